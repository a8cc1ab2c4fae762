"""What the header says about people, places and days, at any depth, for whoever reads the pixels.

Every identifying value that the profile does not keep is looked for in the text of a picture, also
one of a private attribute. Like `known_values`, and wider: there a word that is found goes from a
text, here it makes a line of a picture go, which was not proved to be harmless in the first place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.deidentify import temporal
from gateway.deidentify.account import Account
from gateway.deidentify.action import Action
from gateway.deidentify.character_set import CharacterSet
from gateway.deidentify.data_set import DataSet, Element
from gateway.deidentify.kept import as_utf_8
from gateway.deidentify.known_values import kind_of
from gateway.deidentify.pixel.message import Kind, Term
from gateway.deidentify.ruling import Rulebook
from gateway.deidentify.touched import Path
from gateway.errors import Reason, Refused
from gateway.standard.dictionary import tag_of, vr_of

MAX_NAMING: Final = 2_000
"""Names, identifiers and places. Real instances have a dozen; nobody could look for more of them."""
MAX_OTHERS: Final = 1_000
"""Dates, times, ages and texts: a form that is none of the known ones goes from a picture anyway."""
MAX_CHARACTERS: Final = 1024
_MAX_BYTES: Final = 1 << 12
_MIN_TEXT: Final = 3
_TELEPHONES: Final = frozenset(
    tag_of(keyword)
    for keyword in (
        "PatientTelephoneNumbers",
        "PatientTelecomInformation",
        "PersonTelephoneNumbers",
        "ReferringPhysicianTelephoneNumbers",
        "OrderCallbackPhoneNumber",
        "OrderCallbackTelecomInformation",
        "PersonTelecomInformation",
    )
)
_KIND_OF_VR: Final = {
    "DA": Kind.DATE,
    "DT": Kind.DATE,
    "TM": Kind.TIME,
    "AS": Kind.AGE,
    **dict.fromkeys(("AE", "LO", "LT", "SH", "ST", "UC", "UT"), Kind.TEXT),
}
_PATIENT: Final = 0x0010
"""Group of the attributes of the patient."""
_ORDER: Final = {kind: place for place, kind in enumerate(Kind)}
_NAMING: Final = frozenset({Kind.NAME, Kind.IDENTIFIER, Kind.PLACE})
_KIND_OF_NAMING: Final = {"name": Kind.NAME, "identifier": Kind.IDENTIFIER, "place": Kind.PLACE}
_DATE_DIGITS, _TIME_DIGITS = 8, 6
_SURROUNDING: Final = " \0\t\r\n"

_MIN_DIGITS: Final = 4
_PUNCTUATION: Final = dict.fromkeys(map(ord, ".:-"))

_Found = tuple[tuple[int, bool, int], Term]
"""A term behind what it is sorted by: its kind, the patient's first, the less deep first."""


def identifying_terms(account: Account, root: DataSet, rulebook: Rulebook) -> tuple[Term, ...]:
    """Return the identifying values of an instance, each once, the most important first.

    Parameters
    ----------
    account
        Has the bytes, and knows the character sets.
    root
        The parsed data set.
    rulebook
        Says what the profile keeps, which is not looked for.

    Raises
    ------
    Refused
        `Reason.LIMIT` where there are more names and identifiers than anybody could look for.
    """
    ranked: dict[Term, tuple[int, bool, int]] = {}
    naming = 0
    for rank, term in _walk(account, root, rulebook):
        before = ranked.get(term)
        if before is None and term.kind in _NAMING:
            naming += 1
            if naming > MAX_NAMING:
                raise Refused(Reason.LIMIT, "too many names to look for in a picture")
        if before is None or rank < before:
            ranked[term] = rank
    ordered = sorted(ranked, key=ranked.__getitem__)
    return tuple(ordered[: naming + MAX_OTHERS])


def _walk(account: Account, root: DataSet, rulebook: Rulebook) -> Iterator[_Found]:
    pending: list[tuple[DataSet, Path, CharacterSet]] = [(root, (), account.character_set(root, ()))]
    while pending:
        data_set, path, charset = pending.pop()
        for element in data_set.elements:
            if element.items is not None:
                inside = (*path, element.tag)
                pending += [
                    (item, inside, account.character_set(item, charset.terms)) for item in element.items
                ]
                continue
            kind = _kind(account, element, path, rulebook)
            if kind is not None:
                rank = element.tag >> 16 != _PATIENT, len(path)
                for value in _values(account, element, charset):
                    for term in _terms(element, kind, value):
                        yield (_ORDER[term.kind], *rank), term


def _kind(account: Account, element: Element, path: Path, rulebook: Rulebook) -> Kind | None:
    """Return what an attribute says about somebody; None where it says nothing, or stays."""
    tag = element.tag
    if element.fragments is not None or element.value == element.end:
        return None
    place, naming = kind_of(element, path)
    vr = (vr_of(tag) or element.vr)[:2]
    if naming:
        kind = Kind.PLACE if tag in _TELEPHONES else _KIND_OF_NAMING[naming]
    elif tag & 0x10000 and vr == "UN":
        # Nobody knows what a private value is: it is one if it reads as text.
        kind = Kind.TEXT
    elif vr in _KIND_OF_VR:
        kind = _KIND_OF_VR[vr]
    else:
        return None
    action = rulebook.ruling(place[:-1], place[-1]).action
    if kind is Kind.AGE and action is Action.CLEAN:
        text = bytes(account.value(element)).decode("ascii", "replace").strip(_SURROUNDING)
        # A profile that keeps ages keeps those in the picture, too, up to the greatest.
        return None if temporal.capped_age(text) == text else kind
    return None if action is Action.KEEP else kind


def _values(account: Account, element: Element, charset: CharacterSet) -> Iterator[str]:
    """Yield the values of an attribute, decoded."""
    raw = bytes(account.value(element)[:_MAX_BYTES])
    if element.vr == "UN" and element.tag & 0x10000 and not _is_printable(raw):
        return
    readings = {charset.decode(raw)}
    if not raw.isascii():
        # A screen shows the name as it is, also where the header declares another character set.
        readings.add(as_utf_8(raw))
    for reading in sorted(readings):
        yield from (value for part in reading.split("\\") if (value := part.strip(_SURROUNDING)))


def _is_printable(raw: bytes) -> bool:
    text = raw.rstrip(b" \0")
    return text.isascii() and text.decode("ascii").isprintable()


def _terms(element: Element, kind: Kind, value: str) -> Iterator[Term]:
    """Yield what is looked for of a value: nothing, or its day and its time."""
    if kind is Kind.DATE:
        digits = _digits(value, _DATE_DIGITS)
        if digits:
            yield Term(kind, digits)
        value, kind = value[_DATE_DIGITS:], Kind.TIME
        if len(value) < _TIME_DIGITS or element.vr == "DA":
            return
    if kind is Kind.TIME:
        value = _digits(value, _TIME_DIGITS)
    if kind is Kind.TEXT and (len(value) < _MIN_TEXT or not any(map(str.isalnum, value))):
        return
    if value:
        yield Term(kind, value[:MAX_CHARACTERS])


def _digits(value: str, most: int) -> str:
    """Return the first digits of a date or time, empty where it is none."""
    digits = value.translate(_PUNCTUATION)[:most]
    return digits if digits.isdigit() and len(digits) >= _MIN_DIGITS else ""
