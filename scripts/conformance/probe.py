"""Invented instances with one attribute to look at, and what the core does to it."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from functools import cache, cached_property
from types import MappingProxyType
from typing import Final

from gateway.deidentify.action import Action
from gateway.deidentify.data_set import Encoding
from gateway.deidentify.decision import Decision
from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.encode import element, sequence
from gateway.deidentify.instance import Instance
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.deidentify.ruling import Rulebook
from gateway.standard.confidentiality_profile import ROWS, Row
from gateway.standard.dictionary import tag_of
from gateway.standard.method import Option
from gateway.standard.transfer_syntax import EXPLICIT_VR_LITTLE_ENDIAN

CT: Final = "1.2.840.10008.5.1.4.1.1.2"
ENCODING: Final = Encoding(implicit=False, little_endian=True)
_KEY: Final = PseudonymKey(bytes(range(32)))
_FILE_META: Final = 0x0002
_SOP_INSTANCE_UID: Final = "1.2.826.0.1.99.1.1"
_TEXT: Final = "CT ABDOMEN for Quirina Zillbauer"
"""Clinical words, a cue and a name that no header has: cleaned, the first two stay."""
_VALUES: Final[Mapping[str, str | bytes]] = MappingProxyType(
    {
        "AE": "PLANTEDAE", "AS": "095Y", "CS": "PLANTED_CS", "DA": "20190417", "DS": "73.25",
        "DT": "20190417101112", "IS": "41772", "LO": _TEXT, "LT": _TEXT, "OB": b"PlantedBytes",
        "PN": "Murnau^Hedwig", "SH": "CT Dr. Zillbauer", "ST": _TEXT, "TM": "101112", "UC": _TEXT,
        "UI": "1.2.826.0.1.99.7.7", "UN": b"PlantedUnknown", "UR": "urn:planted:ur",
        "US": struct.pack("<H", 3), "UT": _TEXT,
    }
)  # fmt: skip
"""A value of each VR that an action can be seen on."""
_VALUE_OF: Final = MappingProxyType({"TimezoneOffsetFromUTC": "+0100"})
"""Values of attributes that have a form of their own."""
_IDENTITY: Final = (
    ("SOPClassUID", "UI", CT),
    ("SOPInstanceUID", "UI", _SOP_INSTANCE_UID),
    ("PatientName", "PN", "Wolkenstein^Oswald"),
    ("PatientID", "LO", "PAT-778899"),
    ("StudyInstanceUID", "UI", "1.2.826.0.1.99.1.2"),
    ("SeriesInstanceUID", "UI", "1.2.826.0.1.99.1.3"),
)


def _encoded(tag: int, vr: str, value: str | bytes) -> bytes:
    return element(tag, vr, value.encode("ascii") if isinstance(value, str) else value, ENCODING)


def _overlay() -> dict[int, bytes]:
    """Return an overlay plane of 320 x 320 with a filled square, which no letter is."""
    bits = bytearray(320 * 320 // 8)
    for row in range(100, 220):
        bits[row * 40 + 12 : row * 40 + 27] = b"\xff" * 15
    numbers = {0x60000010: 320, 0x60000011: 320, 0x60000100: 1, 0x60000102: 0}
    return {
        **{tag: _encoded(tag, "US", struct.pack("<H", number)) for tag, number in numbers.items()},
        0x60000040: _encoded(0x60000040, "CS", "G"),
        0x60000050: _encoded(0x60000050, "SS", struct.pack("<2h", 1, 1)),
        0x60003000: _encoded(0x60003000, "OB", bytes(bits)),
        0x60004000: _encoded(0x60004000, "LT", _TEXT),
    }


def _curve() -> dict[int, bytes]:
    """Return a curve of two points (PS3.3-2004 C.10.2)."""
    numbers = {0x50000005: 2, 0x50000010: 2, 0x50000103: 0}
    return {
        **{tag: _encoded(tag, "US", struct.pack("<H", number)) for tag, number in numbers.items()},
        0x50000020: _encoded(0x50000020, "CS", "POLY"),
        0x50003000: _encoded(0x50003000, "OW", struct.pack("<4H", 1, 2, 3, 4)),
    }


def _private() -> dict[int, bytes]:
    """Return the first attribute of PS3.15 Table E.3.10-1, in a block of its creator."""
    creator = _encoded(0x70530010, "LO", "Philips PET Private Group")
    return {0x70530010: creator, 0x70531000: _encoded(0x70531000, "DS", "1.5")}


_REPEATING: Final = MappingProxyType(
    {
        "50xxxxxx": (0x50003000, _curve),
        "60xx3000": (0x60003000, _overlay),
        "60xx4000": (0x60004000, _overlay),
        "private": (0x70531000, _private),
    }
)
"""Rows of more than one attribute: the one that is looked at, and what it stands in."""


def tag_of_row(row: Row) -> int:
    """Return the tag of a row's attribute; of a row of several, the one that is looked at."""
    return _REPEATING[row.tag][0] if row.tag in _REPEATING else int(row.tag, 16)


def is_single(row: Row) -> bool:
    """Tell whether a row is of one attribute."""
    return row.tag not in _REPEATING


def image_with(extra: Mapping[int, bytes]) -> Instance:
    """Return a CT image without pixels that has some further encoded elements, by tag."""
    elements = {tag_of(keyword): _encoded(tag_of(keyword), vr, value) for keyword, vr, value in _IDENTITY}
    elements |= {tag: encoded for tag, encoded in extra.items() if tag not in elements}
    data_set = b"".join(elements[number] for number in sorted(elements))
    return Instance(CT, _SOP_INSTANCE_UID, EXPLICIT_VR_LITTLE_ENDIAN, data_set)


def _image_of(row: Row) -> Instance:
    """Return a CT image that has the attribute of a row."""
    tag, vr = tag_of_row(row), row.vr[:2]
    if not is_single(row):
        return image_with(_REPEATING[row.tag][1]())
    if vr == "SQ":
        return image_with({tag: sequence(tag, [_item()], ENCODING)})
    return image_with({tag: _encoded(tag, vr, _VALUE_OF.get(row.keyword, _VALUES[vr]))})


def _item() -> bytes:
    """Return a content item whose concept is not listed, so that a sequence of content keeps it."""
    concept = _encoded(tag_of("CodeValue"), "SH", "121106")
    concept += _encoded(tag_of("CodingSchemeDesignator"), "SH", "DCM")
    return (
        _encoded(tag_of("ReferencedSOPInstanceUID"), "UI", "1.2.826.0.1.99.7.8")
        + _encoded(tag_of("ValueType"), "CS", "TEXT")
        + sequence(tag_of("ConceptNameCodeSequence"), [concept], ENCODING)
    )


class Probe:
    """The core under some options and nothing else in the profile.

    Parameters
    ----------
    options
        Options of the profile.
    """

    def __init__(self, options: tuple[Option, ...]) -> None:
        names = ", ".join(f'"{option}"' for option in options)
        self.options = options
        self.profile = Profile.load(f'base = "basic"\noptions = [{names}]\n', "probe.toml")
        self._books: dict[str, Rulebook] = {}

    @staticmethod
    @cache
    def of(options: tuple[Option, ...]) -> Probe:
        """Return the probe of some options, the same for the same."""
        return Probe(options)

    @cached_property
    def _core(self) -> Deidentifier:
        return Deidentifier(self.profile, _KEY, unexamined_pixels="pass")

    def ruled(self, row: Row, sop_class_uid: str, path: tuple[int, ...]) -> Action:
        """Return the action that the rules give the attribute of a row at a place of an IOD."""
        book = self._books.setdefault(sop_class_uid, Rulebook(self.profile, sop_class_uid))
        return book.ruling(path, tag_of_row(row)).action

    def seen(self, row: Row) -> Action:
        """Return what is done to a value of the row's attribute at the top level of a CT image.

        What is cleaned and stays the same counts as kept where the value could have been moved.
        """
        tag = tag_of_row(row)
        if tag >> 16 == _FILE_META:
            # Written anew in every output, with the UID that the instance has there.
            output = self._core.deidentify(_image_of(row))
            return Action.KEEP if output.sop_instance_uid == _SOP_INSTANCE_UID else Action.UID
        decision = self.decision(_image_of(row), tag)
        if row.vr == "SQ" and decision.action is Action.KEEP:
            # It was looked into; with which action only the rule says.
            return self.ruled(row, CT, ())
        if decision.action is Action.CLEAN and row.vr in ("DA", "DT") and decision.before == decision.after:
            return Action.KEEP
        return decision.action

    def decision(self, instance: Instance, tag: int) -> Decision:
        """Return what is done to the one element of the top level that has a tag."""
        (found,) = (one for one in self._core.explain(instance) if one.tag == tag and not one.path)
        return found


@cache
def actions_seen(options: tuple[Option, ...]) -> Mapping[str, Action]:
    """Return what is done under some options to the attribute of each row, by the tag of the row."""
    probe = Probe.of(options)
    return MappingProxyType({row.tag: probe.seen(row) for row in ROWS})
