"""A scanner's pictures through a running gateway with its default profile, as the demonstration has it."""

import pydicom
import pytest
from demonstration import pictures
from demonstration.pictures import Picture
from nodes import invented
from nodes.dcmtk import storage_profile, store
from nodes.gateway import ROOT, SCANNER, Gateway
from nodes.sample import read
from nodes.ultrasound import LABELS

RESEARCH = ROOT / "config" / "profiles" / "research.toml"


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """An ultrasound that names its patient, and a CT image without text."""
    (staging, *_), scan = invented.VISITS, invented.SCAN
    folder = tmp_path_factory.mktemp("sent")
    return invented.write(folder, (scan, invented.Visit(**{**fields(staging), "samples": ("CT_small.dcm",)})))


def fields(visit):
    return {name: getattr(visit, name) for name in visit.__slots__}


@pytest.fixture(scope="module")
def delivered(sent, tmp_path_factory):
    """The two as they are in the gateway, which is its own archive, and what it has on record of them."""
    folder = tmp_path_factory.mktemp("gateway")
    contexts = [(one.sop_class_uid, one.transfer_syntax_uid) for one in map(read, sent)]
    with Gateway(folder, {}, project={"profile": str(RESEARCH), "unexamined_pixels": "refuse"}) as gateway:
        done = store(gateway.address, SCANNER, sent, *storage_profile(folder / "storescu.cfg", contexts))
        assert done.stdout.count("Received Store Response (Success)") == len(sent), done.stdout[-2000:]
        outputs = {
            int(pydicom.dcmread(path, stop_before_pixels=True).InstanceNumber): path
            for path in (folder / "var").rglob("*.dcm")
        }
        return [
            Picture(original, outputs[place], gateway.record(outputs[place].name.rsplit(".", 2)[0])["pixels"])
            for place, original in enumerate(sent, 1)
        ]


def test_what_the_device_wrote_of_the_patient_is_black_and_what_is_clinical_is_as_it_was(delivered):
    ultrasound, _ = delivered
    assert pictures.still_there(ultrasound, invented.identifying(invented.SCAN)) == []
    assert pictures.altered(ultrasound, LABELS) == []


def test_the_picture_stays_coded_as_it_was_and_says_that_it_was_examined(delivered):
    ultrasound, _ = delivered
    before, after = (pydicom.dcmread(path) for path in (ultrasound.original, ultrasound.output))
    assert after.file_meta.TransferSyntaxUID == before.file_meta.TransferSyntaxUID
    assert after.BurnedInAnnotation == "NO"
    assert "113101" in {code.CodeValue for code in after.DeidentificationMethodCodeSequence}
    assert after.LossyImageCompressionRatio == before.LossyImageCompressionRatio


def test_the_record_says_where_and_why_and_not_what(delivered):
    ultrasound, _ = delivered
    assert ultrasound.record["verdict"] == "identifying_text"
    assert {"match", "clinical"} <= {area["ground"] for area in ultrasound.record["areas"]}
    assert not any(line.text.casefold() in str(ultrasound.record).casefold() for line in LABELS)
    assert "winterbottom" not in str(ultrasound.record).casefold()


def test_pixels_without_text_keep_their_bytes(delivered):
    _, image = delivered
    assert image.record["verdict"] == "no_text"
    assert not pictures.is_changed(image.original, image.output)
