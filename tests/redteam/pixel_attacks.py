"""Native pixels that the header does not describe, and bytes that it does not count."""

from __future__ import annotations

from .bitstreams import JPEG, jpeg
from .builders import CT, FAMILY, Attack, attack, fragments, short

COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
ULTRASOUND = "1.2.840.10008.5.1.4.1.1.6.1"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
WORDS = FAMILY.encode() + b"  "
FLOAT = {"BitsAllocated": short(32)}
DRAWING = b"".join(short(0x8000 | index) for index in range(64))
"""A plane of an overlay in the highest bit."""


def _native(content: bytes, **header: object) -> Attack:
    return attack({"PixelData": ("OW", content)}, FAMILY, **header)


def _burned_in(sop_class: str = CT, **header: object) -> Attack:
    """Return an image in whose coded pixels a name may be burned."""
    return attack({}, b"\xff\xda", syntax=JPEG, sop_class=sop_class, coded=fragments(jpeg()), **header)


_NATIVE = {
    "behind the last pixel": _native(bytes(128) + WORDS),
    "behind the last pixel, with padding": _native(bytes(128) + WORDS + bytes(400)),
    "behind the last frame": attack({"NumberOfFrames": "2", "PixelData": ("OW", bytes(256) + WORDS)}, FAMILY),
    "pixels without rows": _native(WORDS, without=("Rows", "Columns")),
    "pixels of a report": _native(WORDS, pixels=False, sop_class=COMPREHENSIVE_SR, modality="SR"),
    "pixels of no rows": attack({"Rows": short(0), "PixelData": ("OW", WORDS)}, FAMILY),
    "behind floating point pixels": attack(
        {**FLOAT, "FloatPixelData": ("OF", bytes(256) + WORDS)}, FAMILY, without=("PixelData",)
    ),
    "two kinds of floating point pixels": attack(
        {**FLOAT, "FloatPixelData": ("OF", bytes(256)), "DoubleFloatPixelData": ("OD", (WORDS * 10)[:96])},
        FAMILY,
        without=("PixelData",),
    ),
    "floating point pixels and others": attack(
        {"FloatPixelData": ("OF", bytes(128)), "PixelData": ("OW", (WORDS * 12)[:128])}, FAMILY
    ),
    "overlay in the high bits": attack(
        {
            "PixelData": ("OW", DRAWING),
            0x60000010: ("US", short(8)),
            0x60000011: ("US", short(8)),
            0x60000040: ("CS", "G"),
            0x60000050: ("SS", short(1, 1)),
            0x60000100: ("US", short(16)),
            0x60000102: ("US", short(15)),
        },
        DRAWING,
    ),
    "text as pixels": _native((WORDS + bytes(128))[:128]),
}

_BURNED_IN = {
    "burned in, ultrasound": _burned_in(ULTRASOUND, modality="US"),
    "burned in, ultrasound as a CT": _burned_in(modality="US"),
    "burned in, ultrasound in lower case": _burned_in(modality="us"),
    "burned in, as the header says": attack({"BurnedInAnnotation": "YES"}, bytes(range(128))),
    "burned in, secondary capture": _burned_in(SECONDARY_CAPTURE, modality="OT"),
    "burned in, without rows": _burned_in(ULTRASOUND, modality="US", without=("Rows",)),
}

ATTACKS = {**_NATIVE, **_BURNED_IN}
