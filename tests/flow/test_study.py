import io

import pydicom
import pytest
from nodes import invented
from nodes.dcmtk import StoreSCP, found, get_study, move, storage_profile, store
from nodes.gateway import RESEARCHER, SCANNER, Gateway
from nodes.orthanc import Orthanc
from nodes.process import wait_until
from nodes.sample import PUBLIC_WORDS, read
from residual_check import check

# What describes a study in findscu's answer; the original values of all of it are known.
STUDY_KEYS = {
    "QueryRetrieveLevel": "STUDY",
    "PatientID": "",
    "PatientName": "",
    "PatientBirthDate": "",
    "StudyInstanceUID": "",
    "StudyDate": "",
    "StudyDescription": "",
    "AccessionNumber": "",
    "ModalitiesInStudy": "",
    "NumberOfStudyRelatedInstances": "",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory, study):
    folder = tmp_path_factory.mktemp("site")
    with (
        Orthanc(folder / "orthanc") as orthanc,
        StoreSCP(folder / "workstation", RESEARCHER) as workstation,
        Gateway(
            folder / "gateway", {"archive": orthanc.address}, researcher_port=workstation.address.port
        ) as gateway,
    ):
        sent = store(gateway.address, SCANNER, study, *profile(folder, study))
        assert sent.returncode == 0, sent.stdout[-2000:]
        gateway.wait_until_forwarded(len(study))
        yield gateway, orthanc, workstation


def profile(folder, paths):
    samples = [read(path) for path in paths]
    contexts = sorted({(one.sop_class_uid, one.transfer_syntax_uid) for one in samples})
    return storage_profile(folder / "storescu.cfg", contexts)


@pytest.fixture(scope="module")
def delivered(site, study, tmp_path_factory):
    _, orthanc, _ = site
    folder = tmp_path_factory.mktemp("delivered")
    outputs = {}
    for uid, identifier in orthanc.instances().items():
        path = folder / f"{uid}.dcm"
        path.write_bytes(orthanc.file(identifier))
        outputs[int(pydicom.dcmread(path).InstanceNumber)] = path
    return [(original, outputs[place]) for place, original in enumerate(study, 1)]


def test_every_instance_of_a_study_is_at_the_archive_with_its_image_and_without_its_patient(delivered):
    left = {original.name: check(original, output, public=PUBLIC_WORDS) for original, output in delivered}
    assert left == {original.name: [] for original, _ in delivered}


def test_what_is_at_the_archive_says_that_it_is_de_identified(delivered):
    for _, output in delivered:
        data_set = pydicom.dcmread(output)
        assert data_set.PatientIdentityRemoved == "YES"
        assert data_set.LongitudinalTemporalInformationModified == "MODIFIED"
        codes = [item.CodeValue for item in data_set.DeidentificationMethodCodeSequence]
        assert {"113100", "113107", "113108"} <= set(codes)


def test_one_patient_with_two_studies_stays_one_patient_with_two_studies(delivered):
    by_patient = {}
    for original, output in delivered:
        before, after = pydicom.dcmread(original), pydicom.dcmread(output)
        patient = by_patient.setdefault(before.PatientID, {})
        patient.setdefault(before.StudyInstanceUID, set()).add((after.PatientID, after.StudyInstanceUID))
    assert len(by_patient) == 2
    for studies in by_patient.values():
        pairs = set().union(*studies.values())
        assert len(pairs) == len(studies)
        assert len({patient for patient, _ in pairs}) == 1


def test_dates_of_a_patient_move_together(delivered):
    shifts = {}
    for original, output in delivered:
        before, after = pydicom.dcmread(original), pydicom.dcmread(output)
        days = pydicom.valuerep.DA(after.StudyDate) - pydicom.valuerep.DA(before.StudyDate)
        assert after.StudyTime == before.StudyTime
        shifts.setdefault(before.PatientID, set()).add(days.days)
    assert all(len(days) == 1 and 1 <= abs(min(days)) <= 365 for days in shifts.values())


def test_a_researcher_finds_pseudonyms_only(site, tmp_path):
    gateway, _, _ = site
    answers = found(gateway.address, RESEARCHER, STUDY_KEYS, tmp_path)
    assert len(answers) == len(invented.VISITS)
    text = "\n".join(str(answer) for answer in answers)
    for visit in invented.VISITS:
        for value in (
            visit.person.patient_id,
            visit.accession_number,
            visit.date,
            *visit.person.name.split("^"),
        ):
            assert value not in text
    assert sum(int(answer.NumberOfStudyRelatedInstances) for answer in answers) == len(
        [name for visit in invented.VISITS for name in visit.samples]
    )


def test_a_researcher_does_not_find_a_patient_by_the_original_identifier(site, tmp_path):
    gateway, _, _ = site
    keys = {**STUDY_KEYS, "PatientID": invented.WINTERBOTTOM.patient_id}
    assert found(gateway.address, RESEARCHER, keys, tmp_path) == []


def test_c_get_brings_what_the_archive_has(site, tmp_path):
    gateway, orthanc, _ = site
    at_archive = orthanc.instances()
    for answer in found(gateway.address, RESEARCHER, STUDY_KEYS, tmp_path):
        uid, count = str(answer.StudyInstanceUID), int(answer.NumberOfStudyRelatedInstances)
        brought = get_study(gateway.address, RESEARCHER, uid, count, tmp_path / uid)
        assert len(brought) == count
        for path in brought:
            data_set = pydicom.dcmread(path)
            kept = pydicom.dcmread(io.BytesIO(orthanc.file(at_archive[data_set.SOPInstanceUID])))
            assert kept.to_json_dict() == data_set.to_json_dict()


def test_c_move_sends_a_study_to_the_researchers_own_node(site, tmp_path):
    gateway, _, workstation = site
    study, *_ = found(gateway.address, RESEARCHER, STUDY_KEYS, tmp_path)
    keys = {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": study.StudyInstanceUID}
    done = move(gateway.address, RESEARCHER, RESEARCHER, keys)
    assert done.returncode == 0, done.stdout[-2000:]
    expected = int(study.NumberOfStudyRelatedInstances)
    wait_until(lambda: len(workstation.files()) == expected, 10, "the study is at the workstation")


def test_c_move_to_a_node_without_rights_is_refused_as_unknown(site, tmp_path):
    gateway, _, _ = site
    study, *_ = found(gateway.address, RESEARCHER, STUDY_KEYS, tmp_path)
    keys = {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": study.StudyInstanceUID}
    done = move(gateway.address, RESEARCHER, "ELSEWHERE", keys, "-d")
    assert "0xa801" in done.stdout.lower()


def test_the_status_adds_up(site, study):
    gateway, _, _ = site
    status = gateway.status()
    assert status["running"]
    assert status["balanced"]
    (total,) = status["sums"]
    assert (total["answered"], total["stored"], total["forwarded"]) == (len(study),) * 3


def test_the_log_holds_no_value_of_an_original(site):
    gateway, _, _ = site
    log = gateway.log.read_text(encoding="utf-8")
    for visit in invented.VISITS:
        for value in (visit.person.patient_id, visit.accession_number, *visit.person.name.split("^")):
            assert value not in log
