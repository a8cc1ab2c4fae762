"""What an arbitrary instance is made of: attributes, values, character sets, SOP Classes."""

from __future__ import annotations

from pydicom.datadict import dictionary_has_tag

from gateway.standard.confidentiality_profile import ROWS
from gateway.standard.dictionary import _SINGLE, tag_of, vr_of
from gateway.standard.method import Option

OPTIONS_OF = {
    int(row.tag, 16): row.options.keys() for row in ROWS if "x" not in row.tag and row.tag != "private"
}
LISTED = [tag for tag in OPTIONS_OF if tag > 0x00050000]
OTHERS = [tag for tag in sorted(_SINGLE) if tag >> 16 > 8 and not tag >> 16 & 1][::7]
NEVER = {
    *(0x00080016, 0x00080018, 0x0020000D, 0x0020000E, 0x00080005, 0x00420011),
    # Pixels, and samples of waveforms, whose VR pydicom wants to know from other attributes.
    *(tag for tag in _SINGLE if tag >> 16 in (0x0028, 0x5400, 0x7FE0)),
}
# pydicom, which reads for the oracle, does not know the newest attributes of the table.
TAGS = [tag for tag in LISTED + OTHERS if tag not in NEVER and tag & 0xFFFF and dictionary_has_tag(tag)]
SEQUENCES = [tag for tag in TAGS if vr_of(tag) == "SQ"]
CLEANED = {Option.CLEAN_DESCRIPTORS, Option.RETAIN_PATIENT_CHARACTERISTICS}
DESCRIPTIVE = [tag for tag in TAGS if CLEANED & OPTIONS_OF.get(tag, set())]
STRAY = [0x00090010, 0x00091001, 0x00291010, 0x00187777, 0x77770010, 0x60000010, 0x50000010]
"""Private, unknown, or graphics, and out of place as an LO."""
DATED = [tag for tag in TAGS if Option.RETAIN_MODIFIED_DATES in OPTIONS_OF.get(tag, ())]

TEXTS = (
    b"", b"Abdomen", b"Routine 5/2", b"x" * 41, b"A\\B", b"a ", b"CT ABDOMEN with contrast",
    b"left knee, lateral", b"Quexington, Z.", b"seen by Dr. Quexington 17.04.2019", b"1.2.826.0.1.5.1",
    b"series 1.2.826.0.1.5.77 axial", b"T2 TSE sag\\fs", b"MRN PAT-778899", b"tel. +49 30 1234567",
    b"2019-04-17 AX", b"Zebulon", b"B30s \0", b"call z.quexington@example.org", b"St. Ignatz Hospital",
    b"20190417 chest pa", b"\xe4bc", b"\x1b$B;3ED\x1b(B",
)  # fmt: skip
NUMBERS = {"FD": "d", "FL": "f", "SL": "l", "SS": "h", "SV": "q", "UL": "L", "US": "H", "UV": "Q"}
VALUES = {
    vr: tuple(value.encode("latin-1") for value in values.split("|"))
    for vr, values in {
        "AE": "|SCANNER1|A1\\B2",
        "AS": "|045Y|089Y|095Y|011M|old|999M|090Y\\012W",
        "CS": "|M|YES|ORIGINAL\\PRIMARY|A TERM THAT IS LONGER THAN ALLOWED|chest",
        "DA": "|20200229|20190417|2019.04.17|2019|20190229|20190417\\20190418|00010101|20190417\\|20190417-1",
        "DS": "|1.5|-7e3\\2|seven|nan|1,5|1.2.826.0.1.5.1|" + "\\ " * 30 + "x|" + "1 \\ " * 30,
        "DT": "|2019|20190417101112.5+0100|201904|20190417|now|2019041710|20190417101160|20191317",
        "IS": "|7|-12\\3|VII",
        "PN": "|Quexington^Zebulon|Quexington^Zebulon=\\Other^Qvist|\xe4\xf6",
        "TM": "|101112|101112.25|10|noon|10:11:12|2510",
        "UI": "|1.2.826.0.1.5.1|1.2.826.0.1.5.2\\1.2.840.10008.1.2|1.2.840.10008.5.1.4.1.1.2|PIC 4711",
    }.items()
}
"""Values of some VRs, those that are none of the VR too."""
CHARACTER_SETS = (
    *(("", b"Quex"), ("ISO_IR 100", "Qüex".encode("latin-1")), ("ISO_IR 192", "Qüex 王 Abdomen".encode())),
    *(("GB18030", "王 Quex".encode("gb18030")), ("\\ISO 2022 IR 87", "山田 Quex".encode("iso2022_jp"))),
    *(("ISO_IR 192", b"M\xfcller"), ("ISO-IR 100", b"Abdomen"), ("ISO_IR 6", b"M\xfcller")),
    ("ISO 2022 IR 100\\ISO 2022 IR 126", b"Chest \x1b-F\xe1\xe2\x1b-A abdomen \xe4"),
    ("ISO_IR 13", b"\xd4\xcf\xc0\xde"),
    ("ISO 2022 IR 6\\ISO 2022 IR 149", b"\x1b$)C\xb1\xe8 liver"),
)  # fmt: skip
CLASSES = (
    *("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.88.33"),
    *("1.2.840.10008.5.1.4.1.1.481.5", "1.2.840.10008.5.1.4.1.1.11.1", "1.2.826.0.1.99.5"),
    *("1.2.840.10008.5.1.4.1.1.9.1.1", "1.2.840.10008.5.1.4.1.1.77.1.6", "1.2.840.10008.5.1.4.1.1.88.67"),
    *("1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.4.2"),
)
VALUE_OF = {
    "TEXT": "TextValue", "PNAME": "PersonName", "DATE": "Date", "TIME": "Time", "DATETIME": "DateTime",
    "UIDREF": "UID", "CODE": "ConceptCodeSequence", "NUM": "MeasuredValueSequence",
    "COMPOSITE": "ReferencedSOPSequence",
    "IMAGE": "ReferencedSOPSequence", "WAVEFORM": "ReferencedSOPSequence",
}  # fmt: skip
RELATIONS = ("CONTAINS", "HAS OBS CONTEXT", "HAS PROPERTIES", "SELECTED FROM", "INFERRED FROM")
CONTENT_SEQUENCES = tuple(
    map(
        tag_of,
        ("ContentSequence", "AcquisitionContextSequence", "SpecimenPreparationStepContentItemSequence"),
    )
)
OFTEN_OVERRIDDEN = [
    *map(tag_of, ("TextValue", "DateTime", "UID", "ContentSequence", "ConceptCodeSequence", "CodeMeaning")),
    *map(tag_of, ("EncapsulatedDocument", "BurnedInAnnotation", "StationName", "SeriesDescription")),
    *(0x60000022, 0x60003000, 0x50003000, 0x60004000),
]
"""Attributes for which another part of the core has a word as well."""
