from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import DataElement, Dataset, config
from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset

from gateway.deidentify.data_set import Encoding
from gateway.deidentify.encode import element
from gateway.query_retrieve.declined import Declined
from gateway.query_retrieve.identifier import decode, encode

ENCODINGS = [Encoding(True, True), Encoding(False, True), Encoding(False, False)]
every_encoding = pytest.mark.parametrize("encoding", ENCODINGS)


@pytest.fixture(autouse=True)
def lenient(monkeypatch):
    """pydicom would warn of values that are as long as a peer may make them."""
    monkeypatch.setattr(config.settings, "reading_validation_mode", IGNORE)


def data_set(**attributes):
    made = Dataset()
    for keyword, value in attributes.items():
        tag = tag_for_keyword(keyword)
        made[tag] = DataElement(tag, dictionary_VR(tag), value, validation_mode=IGNORE)
    return made


def written(made, encoding):
    buffer = DicomBytesIO()
    buffer.is_implicit_VR, buffer.is_little_endian = encoding
    write_dataset(buffer, made)
    return buffer.getvalue()


def read(encoded, encoding):
    return read_dataset(BytesIO(encoded), encoding.implicit, encoding.little_endian)


@every_encoding
def test_keys_are_read_as_pydicom_writes_them(encoding):
    made = data_set(
        PatientName="Doe^Jane",
        StudyInstanceUID=["1.2", "1.3"],
        StudyDate="20200101-",
        ModalitiesInStudy=["CT", "MR"],
        Rows=[512, 256],
        PatientWeight="70.5",
        StudyDescription=None,
        ReferencedStudySequence=[data_set(ReferencedSOPInstanceUID="1.9")],
    )
    keys = {key.keyword: key.values for key in decode(written(made, encoding), encoding).values()}
    assert keys == {
        "StudyDate": ("20200101-",),
        "ModalitiesInStudy": ("CT", "MR"),
        "StudyDescription": (),
        "ReferencedStudySequence": (),
        "PatientName": ("Doe^Jane",),
        "PatientWeight": ("70.5",),
        "StudyInstanceUID": ("1.2", "1.3"),
        "Rows": ("512", "256"),
    }


@pytest.mark.parametrize(
    ("terms", "raw", "text"),
    [
        ("ISO_IR 100", "Müller".encode("latin-1"), "Müller"),
        ("ISO_IR 192", "山田".encode(), "山田"),
        ("ISO_IR 144", "Люк".encode("iso8859-5"), "Люк"),
        ("GB18030", "王".encode("gb18030"), "王"),
        ("\\ISO 2022 IR 87", b"Y=\x1b$B;3ED\x1b(B", "Y=山田"),
        ("ISO_IR 999", "Müller".encode(), "Müller"),
        ("", "Müller".encode("latin-1"), "Müller"),
    ],
)
def test_text_is_decoded_by_the_character_set_of_the_identifier(terms, raw, text):
    encoding = Encoding(False, True)
    declared = element(0x00080005, "CS", terms.encode(), encoding) if terms else b""
    encoded = declared + element(0x00100010, "PN", raw, encoding)
    assert decode(encoded, encoding)[0x00100010].values == (text,)


def test_private_and_unknown_attributes_are_named_by_their_tag():
    encoding = Encoding(False, True)
    made = Dataset()
    made.add_new(0x00091001, "LO", "x")
    (key,) = decode(written(made, encoding), encoding).values()
    assert (key.keyword, key.name) == ("", "(0009,1001)")


@every_encoding
@given(junk=st.binary(max_size=40))
def test_no_bytes_are_an_error_of_another_kind(encoding, junk):
    with suppress(Declined):
        decode(junk, encoding)


def test_what_does_not_parse_is_declined_without_a_trace_of_it():
    with pytest.raises(Declined) as raised:
        decode(b"\x10\x00\x10\x00PN\xff\xffDoe", Encoding(False, True))
    assert raised.value.status == 0xC000
    assert raised.value.__cause__ is None
    assert "Doe" not in str(raised.value)


texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\\", exclude_categories=("Cc", "Zs")), min_size=1
)


@every_encoding
@given(text=texts, uid=st.just("1.2.3"), number=st.integers(0, 65535))
def test_responses_are_read_by_pydicom_as_they_were_meant(encoding, text, uid, number):
    attributes = {
        0x00280010: ("US", str(number)),
        0x00081030: ("LO", text),
        0x0020000D: ("UI", uid),
        0x00201208: ("IS", str(number)),
        0x00080061: ("CS", "CT\\MR"),
        0x00080080: ("LO", ""),
        0x00081110: ("SQ", ""),
    }
    answer = read(encode(attributes, encoding), encoding)
    assert ("SpecificCharacterSet" in answer) == (not text.isascii())
    assert answer.StudyDescription == text
    assert (answer.Rows, answer.NumberOfStudyRelatedInstances) == (number, number)
    assert (answer.StudyInstanceUID, list(answer.ModalitiesInStudy)) == (uid, ["CT", "MR"])
    assert answer["InstitutionName"].is_empty


def test_a_number_that_does_not_fit_its_vr_is_left_empty():
    answer = read(
        encode({0x00280010: ("US", "70000"), 0x00280011: ("US", "many")}, ENCODINGS[1]), ENCODINGS[1]
    )
    assert answer["Rows"].is_empty
    assert answer["Columns"].is_empty


@every_encoding
def test_a_list_of_uids_may_be_longer_than_a_short_length_tells(encoding):
    uids = [f"1.2.826.0.1.3680043.2.1143.{number:030}" for number in range(2000)]
    answer = read(encode({0x00080058: ("UI", "\\".join(uids))}, encoding), encoding)
    value = answer[0x00080058].value
    assert (value.decode().rstrip("\0").split("\\") if isinstance(value, bytes) else list(value)) == uids
