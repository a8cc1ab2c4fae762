"""Places in the encoding where a reader does not look, and forms that it does not expect."""

from __future__ import annotations

import struct

from .builders import (
    DEFLATED,
    EXPLICIT,
    FAMILY,
    INSTANCE_UID,
    STRANGER,
    Attack,
    attack,
    code,
    deflate,
    encode,
    instance,
    raw_element,
)

REFERENCED = {"ReferencedSOPClassUID": "1.2.840.10008.3.1.2.1.1", "ReferencedSOPInstanceUID": "1.2.3.99.7"}
DELIMITER = struct.pack("<HHL", 0xFFFE, 0xE00D, 12) + FAMILY.encode() + b"  "


def _nested(depth: int) -> Attack:
    items: dict = {"PatientName": f"{FAMILY}^L", "PatientComments": FAMILY}
    for _ in range(depth):
        items = {"SourceImageSequence": [items]}
    return attack(items, FAMILY)


def _undefined(content: bytes) -> bytes:
    """Encode a sequence and an item without lengths."""
    start = struct.pack("<HH2sHL", 0x0008, 0x2218, b"SQ", 0, 0xFFFFFFFF)
    end = struct.pack("<HHLHHL", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    return start + struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF) + content + end


def _after(behind: bytes, *planted: str) -> Attack:
    return Attack(instance(behind=behind), planted or (FAMILY,))


_PLACES = {
    "private block": attack({0x00090010: ("LO", "ACME"), 0x00091001: ("LO", FAMILY)}, FAMILY),
    "private creator": attack({0x00090010: ("LO", FAMILY)}, FAMILY),
    "private sequence": attack(
        {0x00090010: ("LO", "ACME"), 0x00091001: [{"PatientName": f"{FAMILY}^L", "Manufacturer": FAMILY}]},
        FAMILY,
    ),
    "private block in an item that stays": attack(
        {"AnatomicRegionSequence": [code("Head") | {0x00090010: ("LO", "ACME"), 0x00091001: ("LO", FAMILY)}]},
        FAMILY,
    ),
    "private element without a creator": attack({0x00091010: ("UN", FAMILY)}, FAMILY),
    "group that may not be used": attack(
        {0x00010010: ("LO", STRANGER), 0x00070010: ("LO", STRANGER)}, STRANGER
    ),
    "attribute that the dictionary lacks": attack({0x00180FFE: ("LO", STRANGER)}, STRANGER),
    "group above the pixels": attack({0xFFFE0010: ("LO", STRANGER)}, STRANGER),
    "trailing padding": attack({0xFFFCFFFC: ("OB", FAMILY)}, FAMILY),
    "group length": attack({0x00080000: ("UL", f"{FAMILY}  ")}, FAMILY),
    "file meta information inside": attack({0x00020016: ("AE", FAMILY), 0x00020102: ("OB", FAMILY)}, FAMILY),
    "directory record inside": attack({0x00041500: ("CS", FAMILY), 0x00041130: ("CS", FAMILY)}, FAMILY),
    "overlay": attack(
        {
            0x60000010: ("US", b"\x08\0"),
            0x60000022: ("LO", FAMILY),
            0x60001500: ("LO", FAMILY),
            0x60003000: ("OW", FAMILY),
            0x60004000: ("LT", FAMILY),
        },
        FAMILY,
    ),
    "overlay of another group": attack({0x60200022: ("LO", FAMILY)}, FAMILY),
    "curve": attack({0x50000022: ("LO", FAMILY), 0x50003000: ("OW", FAMILY)}, FAMILY),
    "audio": attack({0x5000200E: ("LT", FAMILY), 0x5000200C: ("OW", FAMILY)}, FAMILY),
    "icon": attack({"IconImageSequence": [{"Rows": b"\1\0", "PixelData": ("OB", FAMILY)}]}, FAMILY),
    "pixels of an item": attack({"SourceImageSequence": [{"PixelData": ("OB", FAMILY)}]}, FAMILY),
    "waveform": attack({"WaveformSequence": [{"WaveformData": ("OW", FAMILY)}]}, FAMILY),
    "waveform of bytes": attack({"WaveformSequence": [{"WaveformData": ("OB", FAMILY)}]}, FAMILY),
    "spectrum": attack({"SpectroscopyData": ("OF", f"{FAMILY}  ")}, FAMILY),
    "digital signature": attack(
        {
            "DigitalSignaturesSequence": [
                {"DigitalSignatureUID": "1.2.3.4.5.67", "CertificateOfSigner": FAMILY}
            ]
        },
        FAMILY,
    ),
    "encrypted attributes": attack(
        {
            "EncryptedAttributesSequence": [
                {
                    "EncryptedContentTransferSyntaxUID": EXPLICIT,
                    "EncryptedContent": b"CMS-ENVELOPED-ORIGINALS.",
                }
            ]
        },
        b"CMS-ENVELOPED-ORIGINALS.",
    ),
    "original attributes": attack(
        {
            "OriginalAttributesSequence": [
                {
                    "SourceOfPreviousValues": "Quillon Hospital",
                    "ModifiedAttributesSequence": [{"PatientID": "OLD88123"}],
                }
            ]
        },
        "OLD88123",
        "Quillon Hospital",
    ),
}

_NESTING = {
    "ten sequences deep": _nested(10),
    "sequences without lengths": attack(
        {"AnatomicRegionSequence": [code("Head")]},
        FAMILY,
        without=("AnatomicRegionSequence",),
        behind=_undefined(encode({"PatientName": f"{FAMILY}^L", **code(FAMILY)})),
    ),
    "other patient of an item": attack(
        {"SourceImageSequence": [{"PatientID": "MOTHER88123", "PatientName": f"{STRANGER}^M"}]},
        "MOTHER88123",
        STRANGER,
    ),
    "referenced patient of a referenced study": attack(
        {
            "ReferencedStudySequence": [
                {
                    **REFERENCED,
                    "ReferencedPatientSequence": [
                        {**REFERENCED, "PatientName": f"{STRANGER}^M", "PatientID": "MOTHER88123"}
                    ],
                }
            ],
            "SoftwareVersions": f"for {STRANGER}",
        },
        STRANGER,
        "MOTHER88123",
        "1.2.3.99.7",
    ),
    "patient of a request of a referenced procedure": attack(
        {
            "RequestAttributesSequence": [
                {
                    "RequestedProcedureID": "RP884412",
                    "ScheduledProtocolCodeSequence": [
                        code("CT", "P1", "99L", ProtocolContextSequence=[{"PersonName": f"{STRANGER}^M"}])
                    ],
                }
            ],
            "SoftwareVersions": f"{STRANGER} RP884412",
        },
        STRANGER,
        "RP884412",
    ),
    "name that only a removed sequence tells": attack(
        {
            "SourceImageSequence": [
                {"PurposeOfReferenceCodeSequence": [code("x", OperatorsName=f"{STRANGER}^J")]}
            ],
            "Manufacturer": f"{STRANGER} Ltd",
        },
        STRANGER,
    ),
}

_FORMS = {
    "deflated": attack({"SoftwareVersions": FAMILY}, FAMILY, syntax=DEFLATED),
    "behind the deflated data set": Attack(
        deflate(instance()) + b"Silbers1", ("Silbers1",), transfer_syntax_uid=DEFLATED
    ),
    "attribute twice": _after(encode({"PatientName": FAMILY})),
    "attributes out of order": Attack(encode({"SoftwareVersions": FAMILY}) + instance(), (FAMILY,)),
    "delimiter with a value behind the last element": _after(DELIMITER),
    "delimiter with a value in an item": attack(
        {"SourceImageSequence": ("SQ", struct.pack("<HHL", 0xFFFE, 0xE000, len(DELIMITER)) + DELIMITER)},
        FAMILY,
    ),
    "value of odd length": _after(raw_element(0x00990010, "LO", FAMILY.encode() + b"x")),
    "text of odd length that stays": attack(
        {"StationName": "A"},
        FAMILY,
        without=("StationName",),
        behind=raw_element(0x7FE10010, "LO", b"ACME") + raw_element(0x7FE11001, "LO", FAMILY.encode() + b"x"),
    ),
    "element that the last item does not hold": attack(
        {"SourceImageSequence": ("SQ", struct.pack("<HHL", 0xFFFE, 0xE000, 4) + FAMILY.encode() + b"  ")},
        FAMILY,
    ),
}

_INDEX = {
    "person of the index as a sequence": attack(
        {"ReferringPhysicianName": [{"ReferringPhysicianName": f"{STRANGER}^Greta"}]}, STRANGER
    ),
    "accession number as a sequence": attack({"AccessionNumber": [{"PatientName": STRANGER}]}, STRANGER),
    "study description as a sequence": attack({"StudyDescription": [{"PatientName": STRANGER}]}, STRANGER),
    "patient identifier as a sequence": attack({"PatientID": [{"PatientID": "QF88143"}]}, "QF88143"),
    "instance UID": attack({}, INSTANCE_UID),
}

ATTACKS = {**_PLACES, **_NESTING, **_FORMS, **_INDEX}
