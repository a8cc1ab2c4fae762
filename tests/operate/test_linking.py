from io import BytesIO
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.instance import Instance
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.linkage.linker import Kind, Linker
from gateway.linkage.reidentification import Reidentifier
from gateway.linkage.seal import Sealer
from gateway.linkage.store import LinkageStore
from gateway.operate.wiring.linking import ProjectLinker

PATIENT = {
    "PatientID": "MRN-90412-K",
    "IssuerOfPatientID": "Old Town Clinic",
    "PatientName": "Fehlerquist^Ottilie",
    "PatientBirthDate": "19510203",
    "PatientSex": "F",
}
STUDY = {
    "AccessionNumber": "ACC-77120",
    "StudyID": "S-2210",
    "StudyDate": "20240102",
    "StudyTime": "101112",
    "StudyDescription": "Control of the left knee",
    "ReferringPhysicianName": "Quackernack^Ole",
}
UIDS = {
    "StudyInstanceUID": "1.2.3.4.1",
    "SeriesInstanceUID": "1.2.3.4.2",
    "SOPInstanceUID": "1.2.3.4.3",
    "FrameOfReferenceUID": "1.2.3.4.4",
}


@pytest.fixture
def output():
    data_set = Dataset()
    data_set.SOPClassUID, data_set.Modality = MRImageStorage, "MR"
    for keyword, value in (PATIENT | STUDY | UIDS).items():
        setattr(data_set, keyword, value)
    data_set.Rows = data_set.Columns = 8
    data_set.SamplesPerPixel, data_set.PhotometricInterpretation = 1, "MONOCHROME2"
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit, data_set.PixelRepresentation = 8, 8, 7, 0
    data_set.PixelData = bytes(64)
    encoded = BytesIO()
    dcmwrite(encoded, data_set, implicit_vr=False, little_endian=True)
    instance = Instance(
        str(MRImageStorage), UIDS["SOPInstanceUID"], str(ExplicitVRLittleEndian), encoded.getvalue()
    )
    deidentifier = Deidentifier(Profile.load('base = "basic"\n', "basic.toml"), PseudonymKey(bytes(32)))
    return deidentifier.deidentify(instance)


@pytest.fixture
def reidentifier(tmp_path: Path, output):
    sealer, blind = Sealer("k", b"s" * 32), b"b" * 32
    store = LinkageStore(tmp_path / "linkage.sqlite")
    store.begin()
    store.apply(ProjectLinker(Linker(sealer, blind)).rows("trial", output))
    store.commit()
    store.close()
    made = Reidentifier(
        tmp_path / "linkage.sqlite", {"k": sealer}, {"trial": blind}, audit=lambda entry: None
    )
    yield made
    made.close()


def test_everything_that_names_the_patient_and_study_of_an_instance_is_sealed(output, reidentifier):
    who = {"peer": "lab", "reason": "a finding"}
    assert reidentifier.reidentify("trial", Kind.PATIENT_ID, output.pseudonym, **who) == [PATIENT]
    assert reidentifier.reidentify("trial", Kind.ACCESSION_NUMBER, output.accession_number, **who) == [STUDY]


def test_every_uid_is_sealed_with_its_replacement(output, reidentifier):
    who = {"peer": "lab", "reason": "a finding"}
    assert output.uids.keys() >= set(UIDS.values())
    for original, replacement in output.uids.items():
        assert reidentifier.reidentify("trial", Kind.UID, replacement, **who) == [{"UID": original}]
        assert reidentifier.find("trial", Kind.UID, original, **who) == [replacement]


def test_no_original_is_in_the_database_in_clear(output, reidentifier, tmp_path):
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for value in (PATIENT | STUDY | UIDS).values():
        assert len(value) < 4 or value.encode() not in content
