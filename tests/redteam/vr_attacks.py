"""Text hidden by a value representation: another one than the dictionary's, or one of numbers."""

from __future__ import annotations

import struct

from .builders import FAMILY, IMPLICIT, Attack, attack, code, encode, item, note, short

PADDED = FAMILY.encode() + b"      "


def _as(keyword: str, vr: str, text: str | bytes = FAMILY, **header: object) -> Attack:
    return attack({keyword: (vr, text)}, FAMILY, **header)


def _number(vr: str, text: str, identifier: str, planted: str = "") -> Attack:
    """Write an identifier into an attribute that holds a number."""
    keyword = "XRayTubeCurrent" if vr == "IS" else "TableHeight"
    return attack({keyword: (vr, text)}, planted or text, patient_id=identifier)


_WRONG_VR = {
    f"name in LO written as {vr}": _as("SoftwareVersions", vr, f"for {FAMILY}")
    for vr in ("DS", "IS", "UI", "DA", "TM", "DT", "AS", "AE", "CS", "SH", "PN", "UN", "OB", "ZZ")
}

_BINARY = {
    "name in US": _as("SmallestImagePixelValue", "US", PADDED[:12]),
    "name in FL": _as("TableOfYBreakPoints", "FL", PADDED[:12]),
    "name in FD": _as("AcquisitionDuration", "FD", PADDED[:16]),
    "name in UL": _as("RegionLocationMinX0", "UL", PADDED[:12]),
    "name in AT": _as("FrameIncrementPointer", "AT", PADDED[:12]),
    "name in palette as US": _as("RedPaletteColorLookupTableData", "US", PADDED[:12]),
    "name in palette as OW": _as("RedPaletteColorLookupTableData", "OW", PADDED[:12]),
    "name in LUT data": attack(
        {"ModalityLUTSequence": [{"LUTDescriptor": ("US", short(3, 3, 3)), "LUTData": ("OW", PADDED[:12])}]},
        FAMILY,
    ),
    "name in LUT data in Implicit VR": attack(
        {"ModalityLUTSequence": [{"LUTDescriptor": ("US", short(3, 3, 3)), "LUTData": ("US", PADDED[:12])}]},
        FAMILY,
        syntax=IMPLICIT,
    ),
    "name in OB": _as("ICCProfile", "OB", b"x" * 40 + FAMILY.encode()),
    "name in OB as UTF-16 little endian": _as("ICCProfile", "OB", b"x" * 40 + FAMILY.encode("utf-16-le")),
    "name in OB as UTF-16 big endian": _as("ICCProfile", "OB", b"x" * 40 + FAMILY.encode("utf-16-be")),
    "name in OB as UTF-16 in capitals": _as(
        "ICCProfile", "OB", b"x" * 40 + FAMILY.upper().encode("utf-16-le")
    ),
    "umlauts in OB in capitals": attack(
        {"ICCProfile": b"x" * 40 + "KÖNIGSBÄR".encode()},
        "KÖNIGSBÄR".encode(),
        name="Königsbär^A",
        charset="ISO_IR 192",
    ),
    "name across a window of a large binary value": _as(
        "ICCProfile", "OB", bytes((1 << 20) - 4) + FAMILY.encode() + bytes(2048)
    ),
    "name in OB in base64": attack({"ICCProfile": b"U2lsYmVyaG9ybg=="}, b"U2lsYmVyaG9ybg"),
    "name in OW with its bytes swapped": attack({"ICCProfile": b"iSblreohnr"}, b"iSblreohnr"),
}

_UNKNOWN_VR = {
    "sequence as UN": attack(
        {
            "AnatomicRegionSequence": (
                "UN",
                item(encode({**code(f"x {FAMILY}"), "PatientName": f"{FAMILY}^L"}, implicit=True)),
            )
        },
        FAMILY,
    ),
    "sequence as UN inside a sequence as UN": attack(
        {
            "AnatomicRegionSequence": (
                "UN",
                item(
                    encode(
                        {
                            **code("Head"),
                            "AnatomicRegionModifierSequence": [
                                {**code(FAMILY), "PatientName": f"{FAMILY}^L"}
                            ],
                        },
                        implicit=True,
                    )
                ),
            )
        },
        FAMILY,
    ),
    "person name as UN in Implicit VR": attack(
        {
            "AnatomicRegionSequence": (
                "UN",
                item(
                    encode(
                        {**code("Head"), "OperatorsName": "Grauvogel^J", 0x00091010: ("UN", b"Grauvogel")},
                        implicit=True,
                    )
                ),
            ),
            "SoftwareVersions": "by Grauvogel",
        },
        "Grauvogel",
    ),
    "UN that is no sequence": _as("AnatomicRegionSequence", "UN"),
    "short name as UN": attack({"Manufacturer": ("UN", "Ana Ode")}, "Ana Ode", name="Ode^Ana"),
    "sequence where text is due": attack(
        {"SoftwareVersions": [{"PatientName": f"{FAMILY}^L"}]}, FAMILY, syntax=IMPLICIT
    ),
}

_NUMBERS = {
    "identifier in IS": _number("IS", "553091", "553091"),
    "identifier of five digits in IS": _number("IS", "55309", "55309"),
    "identifier in DS with a zero fraction": _number("DS", "55309174.0", "55309174", "55309174"),
    "identifier in DS with a fraction": _number("DS", "55309174.5", "55309174", "55309174"),
    "identifier in DS with a sign": _number("DS", "+55309174", "55309174"),
    "identifier in DS without its leading zeros": _number("DS", "55309174", "0055309174"),
    "identifier in DS with exponent zero": _number("DS", "55309174E0", "55309174", "55309174"),
    "identifier in DS with an exponent": _number("DS", "5.5309174e7", "55309174"),
    "identifier in DS with a negative exponent": _number("DS", "553091740e-1", "55309174"),
    "identifier as second value of DS": _number("DS", "1.5\\55309174", "55309174", "55309174"),
    "telephone number in DS": attack(
        {"PatientTelephoneNumbers": "0711-955-4820", "TableHeight": ("DS", "07119554820")}, "07119554820"
    ),
    "identifier in binary": attack(
        {"RegionLocationMinX0": struct.pack("<L", 55309174)},
        struct.pack("<L", 55309174),
        patient_id="55309174",
    ),
    "identifier in AS": attack({"PatientAge": "5530917Y"}, "5530917"),
    "age above 89": attack({"PatientAge": "097Y"}, "097Y"),
    "age above 89 as UN": attack({"PatientAge": ("UN", "097Y")}, "097Y"),
    "age above 89 as DS": attack({"PatientAge": ("DS", "97.0")}, "97.0"),
    "identifier as LO that stays in Implicit VR": note("MRN5530917", syntax=IMPLICIT),
}

ATTACKS = {**_WRONG_VR, **_BINARY, **_UNKNOWN_VR, **_NUMBERS}
