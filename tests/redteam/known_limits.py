"""Attacks that get through, and why: searching for what the header says cannot stop them.

Each is tested as one that gets through, so that it is noticed when it no longer does.
"""

from __future__ import annotations

from typing import Final

_IMAGE = "bytes inside image data, which only decoding and looking would tell from pixels"
_STRANGER = "a person whom no attribute of the header names"
_ENCODED = "a value in an encoding that nothing announces"

KNOWN_LIMITS: Final[dict[str, str]] = {
    "Cyrillic look-alike": "letters of another script that look alike",
    "letter-spaced name": "single letters are no words of a name",
    "name split into two values": "half a name is a word like any other",
    "name in OB in base64": _ENCODED,
    "name in OW with its bytes swapped": _ENCODED,
    "identifier in binary": "any four bytes are a number",
    "identifier of five digits in IS": "measurements are full of numbers below six digits",
    "identifier touched by other digits": "a longer number is another number",
    "short name as a value of a code string": "a patient called CT must not cost a study",
    "stranger in a code string": _STRANGER,
    "stranger as a code meaning": _STRANGER,
    "name of a coding scheme with its author": _STRANGER,
    "UID cut short in text": "the root of a UID names an organization or a device, not a study",
    "UID that the header does not name": "versions of software look like UIDs",
    "study date in text": "of dates, only the date of birth is searched",
    "birth date in words": "dates can be written in any language",
    "overlay in the high bits": "pixels are not changed before pixel cleaning exists",
    "text as pixels": _IMAGE,
    "JPEG inside the image data": _IMAGE,
    "JPEG as a quantization table": _IMAGE,
    "JPEG as Huffman values": _IMAGE,
    "JPEG comment like an encoder's": "a version of an encoder is a number of some digits",
    "JPEG 2000 digits in a comment like an encoder's": "rates of an encoder are numbers",
}
