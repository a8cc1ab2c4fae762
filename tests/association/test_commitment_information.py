import random

import pytest
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from gateway.association.commitment_information import (
    MOST_REFERENCES,
    Information,
    InvalidInformation,
    Reference,
    TooManyReferences,
    decode,
    encode,
)

IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
SYNTAXES = (IMPLICIT, EXPLICIT, BIG)
CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
WHOLE = Information(
    "2.25.77",
    (Reference(CT, "1.2.3"), Reference(MR, "1.2.34")),
    ((Reference(CT, "1.2.5"), 0x0110), (Reference(MR, "1.2.67"), 0x0119)),
)


def by_pydicom(information, syntax, *, undefined=False, more=None):
    """Encode by pydicom, with what else may be there."""
    data = Dataset()
    data.TransactionUID = information.transaction_uid
    data.RetrieveAETitle = "ARCHIVE"
    data.ReferencedSOPSequence = [_item(one) for one in information.references]
    data.FailedSOPSequence = [_item(one, reason) for one, reason in information.failed]
    step = Dataset()
    step.ReferencedSOPClassUID, step.ReferencedSOPInstanceUID = "1.2.840.10008.3.1.2.3.3", "1.2.9"
    data.ReferencedPerformedProcedureStepSequence = [step]
    for sequence in (
        "ReferencedSOPSequence",
        "FailedSOPSequence",
        "ReferencedPerformedProcedureStepSequence",
    ):
        data[sequence].is_undefined_length = undefined
        for one in data[sequence].value:
            one.is_undefined_length_sequence_item = undefined
    if more is not None:
        data.update(more)
    file = DicomBytesIO()
    file.is_implicit_VR, file.is_little_endian = syntax == IMPLICIT, syntax != BIG
    write_dataset(file, data)
    return file.getvalue()


def _item(reference, reason=None):
    made = Dataset()
    made.ReferencedSOPClassUID = reference.sop_class_uid
    made.ReferencedSOPInstanceUID = reference.sop_instance_uid
    made.RetrieveAETitle = "ARCHIVE"
    if reason is not None:
        made.FailureReason = reason
    return made


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_what_is_encoded_is_decoded(syntax):
    assert decode(encode(WHOLE, syntax), syntax) == WHOLE
    request = Information("2.25.77", WHOLE.references)
    assert decode(encode(request, syntax), syntax) == request


@pytest.mark.parametrize("undefined", [False, True])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_what_others_encode_is_decoded_whatever_else_is_there(syntax, undefined):
    more = Dataset()
    more.add_new(0x00091001, "LO", "PRIVATE")
    more.add_new(0x00091002, "OB", bytes(11))
    assert decode(by_pydicom(WHOLE, syntax, undefined=undefined, more=more), syntax) == WHOLE


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_cut_or_damaged_data_set_is_refused_or_read_and_nothing_else(syntax):
    whole = by_pydicom(WHOLE, syntax, undefined=True)
    for end in range(len(whole)):
        _is_bounded(whole[:end], syntax)
    chance = random.Random(7)
    for _ in range(1500):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.choice((0, 1, 0xFF, 0xFE, chance.randrange(256)))
        _is_bounded(bytes(damaged), syntax)


def _is_bounded(data, syntax):
    try:
        found = decode(data, syntax)
    except InvalidInformation:
        return
    assert found.transaction_uid


def test_the_number_of_references_is_bounded():
    several = tuple(Reference(CT, f"1.2.{number}") for number in range(MOST_REFERENCES))
    assert len(decode(encode(Information("1.2", several), IMPLICIT), IMPLICIT).references) == MOST_REFERENCES
    with pytest.raises(TooManyReferences):
        decode(encode(Information("1.2", (*several, Reference(CT, "1.2"))), IMPLICIT), IMPLICIT)
    with pytest.raises(TooManyReferences):
        decode(encode(Information("1.2", several, ((Reference(CT, "1.2"), 1),)), IMPLICIT), IMPLICIT)


def test_nesting_without_end_is_refused_at_once():
    opening = b"\x08\x00\x99\x11\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    with pytest.raises(InvalidInformation, match="too deep"):
        decode(opening * 60_000, IMPLICIT)


def test_a_value_that_reaches_beyond_the_data_set_is_refused():
    whole = encode(Information("2.25.77", WHOLE.references), IMPLICIT)
    longer = whole[:4] + b"\xff\0\0\0" + b"1.2.3"
    with pytest.raises(InvalidInformation, match="does not fit"):
        decode(longer, IMPLICIT)


def test_elements_without_end_are_refused():
    with pytest.raises(TooManyReferences):
        decode(bytes.fromhex("0900010000000000") * 130_000, IMPLICIT)


@pytest.mark.parametrize(
    "information",
    [
        Information("", WHOLE.references),
        Information("1.2", (Reference("", "1.2"),)),
        Information("1.2", (Reference(CT, ""),)),
        Information("1.2", (Reference(CT, "1" * 200),)),
        Information("1.2", (Reference(CT, "../1.2"),)),
        Information("1.2", (Reference(CT, "1.2\\1.3"),)),
        Information("1.2\n", WHOLE.references),
        Information("1" * 200, WHOLE.references),
    ],
)
def test_an_identifier_that_is_missing_or_too_long_is_refused(information):
    with pytest.raises(InvalidInformation):
        decode(encode(information, EXPLICIT), EXPLICIT)
