import io
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file
from pydicom.filereader import read_dataset
from pydicom.uid import ImplicitVRLittleEndian

from gateway.deidentify.part10 import instance_of
from gateway.deidentify.transcode import OTHER_NATIVE, transcoded
from gateway.errors import Refused

SAMPLES = (
    "MR_small.dcm",
    "MR_small_implicit.dcm",
    "rtplan.dcm",
    "reportsi.dcm",
    "CT_small.dcm",
    "eCT_Supplemental.dcm",
)


def read(data_set, syntax):
    return read_dataset(io.BytesIO(b"".join(data_set)), syntax == ImplicitVRLittleEndian, True)


def public(ds):
    ds.remove_private_tags()
    return {element.tag: str(element.value) for element in ds.iterall() if element.VR != "SQ"}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_public_value_is_the_same_in_the_other_syntax(name):
    instance = instance_of(Path(get_testdata_file(name)).read_bytes())
    syntax = instance.transfer_syntax_uid

    pieces = transcoded(instance.data_set, syntax)

    assert public(read(pieces, OTHER_NATIVE[syntax])) == public(read([instance.data_set], syntax))


@pytest.mark.parametrize("name", SAMPLES)
def test_there_and_back_is_read_the_same(name):
    instance = instance_of(Path(get_testdata_file(name)).read_bytes())
    syntax = instance.transfer_syntax_uid

    there = b"".join(transcoded(instance.data_set, syntax))
    back = transcoded(there, OTHER_NATIVE[syntax])

    assert public(read(back, syntax)) == public(read([instance.data_set], syntax))


def test_pixels_are_not_copied():
    instance = instance_of(Path(get_testdata_file("CT_small.dcm")).read_bytes())

    pixels = [
        piece for piece in transcoded(instance.data_set, instance.transfer_syntax_uid) if len(piece) == 32768
    ]

    assert isinstance(pixels[0], memoryview)
    assert pixels[0].obj is memoryview(instance.data_set).obj


def test_what_does_not_parse_is_refused():
    with pytest.raises(Refused):
        transcoded(b"\x08\x00\x05\x00\xff\xff\xff\x00", "1.2.840.10008.1.2")
