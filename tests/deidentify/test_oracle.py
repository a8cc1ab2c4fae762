"""The core agrees, element by element, with a slow implementation of the same rules."""

from __future__ import annotations

import struct
import warnings
import zlib
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from pydicom.datadict import dictionary_has_tag

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.instance import Instance
from gateway.errors import Reason, Refused
from gateway.standard.confidentiality_profile import ROWS
from gateway.standard.dictionary import _SINGLE, vr_of
from gateway.standard.method import Option

PHASES = [Phase.explicit, Phase.generate]
"""Without shrinking, which takes minutes here: a difference already names its attribute."""
PYDICOM_FILES = Path(pydicom.__file__).parent / "data" / "test_files"
OPTIONS = {
    "basic": set(),
    "basic_dates": {Option.RETAIN_MODIFIED_DATES, Option.RETAIN_PATIENT_CHARACTERISTICS},
}


@pytest.fixture(scope="session")
def compare(datasets, oracle):
    """Return the differences between oracle and core; None where the core refuses, with the reason."""

    def run(file, profile):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            original = pydicom.dcmread(BytesIO(file))
            instance = Instance(
                str(original.get("SOPClassUID", "")),
                str(original.get("SOPInstanceUID", "")),
                str(original.file_meta.get("TransferSyntaxUID", "")),
                data_set_of(file),
            )
            using = datasets.profile() if profile == "basic" else datasets.basic_dates()
            core = Deidentifier(using, datasets.KEY, unexamined_pixels="pass")
            try:
                result = core.deidentify(instance)
            except Refused as refused:
                return refused.reason
            expected = oracle.Oracle(pydicom.dcmread(BytesIO(file)), datasets.SECRET, OPTIONS[profile]).tree()
            output = pydicom.dcmread(BytesIO(b"".join(result.buffers)))
            ignored = {*result.removed_by_residual, *oracle.MARKERS, *oracle.OFFSET_TABLES}
            return oracle.differences(expected, oracle.output_tree(output), ignored)

    return run


def data_set_of(file):
    """Return the encoded data set of a Part 10 file by its group length."""
    if file[128:132] != b"DICM" or file[132:138] != b"\2\0\0\0UL":
        raise ValueError("no Part 10 file with a group length")
    return file[144 + struct.unpack_from("<L", file, 140)[0] :]


def check_folder(files, compare, subtests):
    compared = 0
    for path in files:
        file = path.read_bytes()
        try:
            data_set_of(file)
        except (ValueError, struct.error):
            continue
        for profile in OPTIONS:
            with subtests.test(f"{path.name} {profile}"):
                try:
                    found = compare(file, profile)
                except (pydicom.errors.InvalidDicomError, EOFError, struct.error, OSError, zlib.error):
                    continue  # pydicom itself cannot read the sample
                if not isinstance(found, Reason):
                    compared += 1
                    assert found == []
    return compared


def test_the_core_agrees_with_the_oracle_on_the_public_samples(corpus, compare, subtests):
    assert check_folder(sorted(corpus.iterdir()), compare, subtests) > 100


def test_the_core_agrees_with_the_oracle_on_the_samples_of_pydicom(compare, subtests):
    assert check_folder(sorted(PYDICOM_FILES.rglob("*.dcm")), compare, subtests) > 50


TABLE = [int(row.tag, 16) for row in ROWS if "x" not in row.tag and row.tag != "private" and row.tag > "0005"]
OTHERS = [tag for tag in sorted(_SINGLE) if tag >> 16 > 8 and not tag >> 16 & 1][::7]
NEVER = {
    *(0x00080016, 0x00080018, 0x0020000D, 0x0020000E, 0x00080005),
    *(tag for tag in _SINGLE if tag >> 16 in (0x0028, 0x7FE0)),
}
# pydicom, which reads for the oracle, does not know the newest attributes of the table.
TAGS = [tag for tag in TABLE + OTHERS if tag not in NEVER and tag & 0xFFFF and dictionary_has_tag(tag)]
SEQUENCES = [tag for tag in TAGS if vr_of(tag) == "SQ"]
PRIVATE = [0x00090010, 0x00091001, 0x00291010, 0x00187777, 0x77770010, 0x60000010, 0x50000010]

text = st.sampled_from(["", "Abdomen", "Routine 5/2", "x" * 41, "A\\B", "a "])
NUMBERS = {"FD": "d", "FL": "f", "SL": "l", "SS": "h", "SV": "q", "UL": "L", "US": "H", "UV": "Q"}
VALUES = {
    "AS": st.sampled_from(["", "045Y", "089Y", "095Y", "011M", "old"]),
    "CS": st.sampled_from(["", "M", "YES", "ORIGINAL\\PRIMARY"]),
    "DA": st.sampled_from(
        ["", "20200229", "20190417", "2019.04.17", "2019", "20190229", "20190417\\20190418"]
    ),
    "DS": st.sampled_from(["", "1.5", "-7e3\\2", "seven"]),
    "DT": st.sampled_from(["", "2019", "20190417101112.5+0100", "201904", "20190417", "now"]),
    "IS": st.sampled_from(["", "7", "-12\\3", "VII"]),
    "PN": st.sampled_from(["", "Quexington^Zebulon", "Quexington^Zebulon=\\Other^Qvist"]),
    "TM": st.sampled_from(["", "101112", "101112.25", "10", "noon"]),
    "UI": st.sampled_from(
        ["", "1.2.826.0.1.5.1", "1.2.826.0.1.5.2\\1.2.840.10008.1.2", "1.2.840.10008.5.1.4.1.1.2"]
    ),
}


@st.composite
def values(draw, vr, big):
    if vr in VALUES:
        return draw(VALUES[vr])
    if vr in NUMBERS:
        return struct.pack((">" if big else "<") + NUMBERS[vr], draw(st.integers(0, 100)))
    if vr in ("OB", "OW", "OF", "OL", "OD", "OV", "UN", "AT"):
        return bytes(draw(st.integers(0, 4)) * 8)
    return draw(text)


@st.composite
def contents(draw, datasets, implicit, big, depth=0):
    """Encode a few attributes, in items too."""
    found = {}
    for tag in draw(st.sets(st.sampled_from(TAGS + PRIVATE), max_size=10)):
        vr = (vr_of(tag) or "LO")[:2]
        if vr != "SQ":
            found[tag] = datasets.element(tag, vr, draw(values(vr, big)), implicit=implicit, big=big)
    for tag in draw(st.sets(st.sampled_from(SEQUENCES), max_size=3)) if depth < 3 else ():
        items = draw(st.lists(contents(datasets, implicit, big, depth + 1), max_size=2))
        found[tag] = datasets.sequence(tag, *items, undefined=draw(st.booleans()), implicit=implicit, big=big)
    return b"".join(found[tag] for tag in sorted(found)) if depth else found


CHARACTER_SETS = [("", b"Quex"), ("ISO_IR 100", "Qüex".encode("latin-1")), ("ISO_IR 192", "Qüex 王".encode())]
CHARACTER_SETS += [
    ("GB18030", "王 Quex".encode("gb18030")),
    ("\\ISO 2022 IR 87", "山田 Quex".encode("iso2022_jp")),
]
CLASSES = [
    *("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.88.33"),
    *("1.2.840.10008.5.1.4.1.1.481.5", "1.2.840.10008.5.1.4.1.1.11.1", "1.2.826.0.1.99.5"),
]


@pytest.mark.parametrize("form", ["explicit", "implicit", "big endian", "deflated"])
@pytest.mark.parametrize("profile", OPTIONS)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
@given(data=st.data())
def test_the_core_agrees_with_the_oracle_on_arbitrary_data_sets(form, profile, data, datasets, compare):
    implicit, big = form == "implicit", form == "big endian"
    sop_class_uid = data.draw(st.sampled_from(CLASSES))
    terms, words = data.draw(st.sampled_from(CHARACTER_SETS))
    found = data.draw(contents(datasets, implicit, big))
    found[0x00080005] = datasets.element(0x00080005, "CS", terms, implicit=implicit, big=big)
    found[0x00081090] = datasets.element(0x00081090, "LO", words, implicit=implicit, big=big)
    identity = {tag: value for tag, value in datasets.identity(sop_class_uid).items() if tag not in found}
    data_set = datasets.encoded({**identity, **found}, implicit=implicit, big=big)
    syntax = {"implicit": datasets.IMPLICIT, "big endian": datasets.BIG_ENDIAN}.get(form, datasets.EXPLICIT)
    if form == "deflated":
        deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        data_set, syntax = deflater.compress(data_set) + deflater.flush(), datasets.DEFLATED
    meta = datasets.element(0x00020010, "UI", syntax)
    file = (
        bytes(128)
        + b"DICM"
        + datasets.element(0x00020000, "UL", struct.pack("<L", len(meta)))
        + meta
        + data_set
    )
    found = compare(file, profile)
    assume(found is not Reason.RESIDUAL)  # a text drawn for an identifier was drawn for another attribute too
    assert found == []
