"""Examples of descriptors with what must go and what must stay: a hand-written core, and combinations.

The core is in tables beside this file. In `identifying.tsv` a text marks what {must go} and what
[may go or stay]; every other clinical word of it must stay. In `clean.tsv` every word must stay.
The combinations join the clean ones with invented names, numbers and dates; a seed makes them
the same in every run. Every person, place and number is invented.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
SEED: Final = 20150403
_MARK: Final = re.compile(r"\{([^{}]*)\}|\[([^\[\]]*)\]")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")

PLACES: Final = (
    "{Mercy Ridge} [Hospital]",
    "{Larkspur Valley} [Medical Center]",
    "[Klinikum] {Oberhain}",
    "[St.] {Brannock} [Hospital]",
    "[Hospital] {Virgen del Prado}",
    "[Clinique] {Saint-Barnabas}",
    "{Quailhollow} [Imaging Center]",
)
"""Institutions, marked: the generic words of them name none."""
_NO_MARKS: Final = str.maketrans("", "", "{}[]")
_COMBINED: Final = frozenset({"en", "de", "fr", "es"})
_MONTHS: Final = "January February March April May June July August September October November December"
_MONATE: Final = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"


_NAME_FORMS: Final = (
    "{%(f)s, %(g)s} %(t)s",
    "%(t)s for {%(g)s %(f)s}",
    "{%(F)s} %(t)s",
    "%(t)s - {%(g)s %(f)s}",
    "%(t)s_{%(f)s}",
    "{%(F)s^%(G)s} %(t)s",
    "%(t)s ({%(f)s})",
    "{%(l)s} %(t)s",
    "%(t)s [Mr.] {%(f)s}",
    "{%(i)s. %(f)s}: %(t)s",
)
_JOINED_FORMS: Final = (
    "{%(f)s%(g)s} %(t)s",
    "{%(F)s_%(G)s} %(t)s",
    "%(t)s {%(g)s.%(f)s}",
    "{%(g)s%(f)s}_%(t)s",
)
_AMBIGUOUS_FORMS: Final = (
    "{%(f)s, %(g)s} %(t)s",
    "{%(g)s %(f)s} %(t)s",
    "%(t)s {%(F)s^%(G)s}",
    "[Mrs.] {%(f)s} %(t)s",
)
_CUES: Final = (
    "[Dr.] {%(f)s}: %(t)s",
    "[Referring physician]: {%(f)s}, %(t)s",
    "[Mrs.] {%(f)s} %(t)s",
    "[Herr] {%(f)s}, %(t)s",
    "[Mme] {%(f)s} %(t)s",
    "[Sr.] {%(f)s} %(t)s",
    "[performed by] {%(f)s}; %(t)s",
    "[Patient name:] {%(f)s} %(t)s",
    "[requested by] {%(f)s} %(t)s",
)
_NUMBER_CUES: Final = ("MRN", "MRN:", "Accession No.", "Patient ID:", "Pat.-ID", "Case number", "Fallnummer")
_PHONES: Final = (
    "(%(area)d) 555-0%(last)d",
    "%(area)d-555-0%(last)d",
    "+1 %(area)d 555 0%(last)d",
    "+49 89 555%(last)d%(area)d",
)


@dataclass(frozen=True, slots=True)
class Example:
    """A descriptor, what the header knows, and what must become of its parts.

    Parameters
    ----------
    kind
        What it is an example of.
    known
        Values of the header, each "N:", "I:" or "P:" and a name, identifier or place.
    text
        The descriptor.
    go, keep
        What must not be left, and words that must be.
    """

    kind: str
    known: tuple[str, ...]
    text: str
    go: tuple[str, ...]
    keep: tuple[str, ...]


def marked(kind: str, known: str, text: str) -> Example:
    """Return the example that a marked text is: {must go}, [may go or stay], the rest must stay."""
    go = tuple(found[1] for found in _MARK.finditer(text) if found[1])
    keep = tuple(_WORD.findall(_MARK.sub(" 0 ", text)))
    plain = _MARK.sub(lambda found: found[1] if found[1] is not None else found[2], text).strip()
    return Example(kind, tuple(part for part in known.split(";") if part), plain, go, keep)


def _rows(name: str, columns: int) -> Iterator[list[str]]:
    for line in (HERE / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            row = line.split("\t")
            if len(row) != columns:
                raise ValueError(f"{name}: {line!r} has not {columns} columns")
            yield row


def clean_texts() -> list[tuple[str, str]]:
    """Return the style and text of every descriptor in which nothing identifies anybody."""
    return [(style, text) for style, text in _rows("clean.tsv", 2)]


def written() -> list[Example]:
    """Return the examples that are written by hand."""
    clean = [marked(f"clean {style.split('-')[0]}", "", text) for style, text in clean_texts()]
    return clean + [marked(kind, known, text) for kind, known, text in _rows("identifying.tsv", 3)]


def names(kind: str) -> list[str]:
    """Return the invented names of a kind, family and given name with "^" between."""
    return [name for of_kind, name in _rows("names.tsv", 2) if of_kind == kind]


def generated(seed: int = SEED) -> list[Example]:
    """Return the combinations, the same for the same seed."""
    chance = random.Random(seed)
    texts = [
        text
        for style, text in clean_texts()
        if style.split("-")[0] in _COMBINED and len(text) < 50 and not set(text) & set("[]{}%")
    ]
    examples = [example for make in _MAKERS for example in make(chance, texts)]
    return list(dict.fromkeys(examples))


def _date(chance: random.Random) -> date:
    return date(1950, 1, 1) + timedelta(days=chance.randrange(26_000))


def _known_names(chance: random.Random, texts: list[str]) -> Iterator[Example]:
    for name in names("other"):
        for form in chance.sample(_NAME_FORMS, 5):
            yield marked("known-name", f"N:{name}", _filled(form, name, chance.choice(texts)))


def _joined_names(chance: random.Random, texts: list[str]) -> Iterator[Example]:
    for name in names("other"):
        yield marked("joined", f"N:{name}", _filled(chance.choice(_JOINED_FORMS), name, chance.choice(texts)))


def _misspelled_names(chance: random.Random, texts: list[str]) -> Iterator[Example]:
    for name in names("other"):
        family = name.partition("^")[0]
        place = chance.randrange(2, len(family) - 2)
        wrong = chance.choice(
            (
                family[:place] + family[place + 1 :],
                family[:place] + family[place] + family[place:],
                family[: place - 1] + family[place] + family[place - 1] + family[place + 1 :],
            )
        )
        yield marked("fuzzy", f"N:{name}", f"{{{wrong}}} {chance.choice(texts)}")


def _ambiguous_names(chance: random.Random, texts: list[str]) -> Iterator[Example]:
    for name in names("ambiguous"):
        for form in _AMBIGUOUS_FORMS:
            yield marked("ambiguous-known", f"N:{name}", _filled(form, name, chance.choice(texts)))


def _unknown_names(chance: random.Random, texts: list[str]) -> Iterator[Example]:
    for name in names("other"):
        family, _, given = name.partition("^")
        yield marked("unknown-name-after-cue", "", _filled(chance.choice(_CUES), name, chance.choice(texts)))
        whole = chance.choice((family, f"{given} {family}"))
        yield marked("unknown-name", "", f"{chance.choice(texts)} {{{whole}}}")


def _identifiers(chance: random.Random, texts: list[str]) -> Iterator[Example]:
    for _ in range(60):
        digits = str(chance.randrange(1_000_000, 99_999_999))
        code = f"{chance.choice('AHKPX')}{chance.choice('BCDRT')}-{digits[:3]}-{digits[3:]}"
        written_as = chance.choice((code, code.replace("-", "")))
        yield marked("known-id", f"I:{digits}", f"{chance.choice(texts)} {{{digits}}}")
        yield marked("known-id", f"I:{code}", f"{{{written_as}}} {chance.choice(texts)}")
        yield marked(
            "identifier-cue", "", f"{chance.choice(texts)} [{chance.choice(_NUMBER_CUES)}] {{{digits}}}"
        )


def _dates(chance: random.Random, texts: list[str]) -> Iterator[Example]:
    for _ in range(28):
        day = _date(chance)
        english, german = _MONTHS.split()[day.month - 1], _MONATE.split()[day.month - 1]
        for kind, shown in (
            ("date-iso", day.isoformat()),
            ("date-compact", f"{day:%Y%m%d}"),
            ("date-us", f"{day:%m/%d/%Y}"),
            ("date-us", f"{day.month}/{day.day}/{day:%y}"),
            ("date-de", f"{day:%d.%m.%Y}"),
            ("date-name", f"{english} {day.day}, {day.year}"),
            ("date-name", f"{day.day} {english[:3]} {day.year}"),
            ("date-name", f"{day.day}. {german} {day.year}"),
        ):
            text = chance.choice(texts)
            yield marked(kind, "", chance.choice((f"{text} {{{shown}}}", f"{{{shown}}} {text}")))


def _contacts(chance: random.Random, texts: list[str]) -> Iterator[Example]:
    for _ in range(25):
        area, last = chance.randrange(201, 989), chance.randrange(100, 200)
        number = chance.choice(_PHONES) % {"area": area, "last": last}
        yield marked("phone", "", f"{chance.choice(texts)} [Tel.] {{{number}}}")
        family, _, given = chance.choice(names("other")).lower().partition("^")
        yield marked("email", "", f"{chance.choice(texts)} {{{given[0]}.{family}@example.org}}")
        uid = ".".join(str(chance.randrange(1, 99_999)) for _ in range(7))
        yield marked("uid", "", f"{{1.2.840.113619.{uid}}} {chance.choice(texts)}")


def _places(chance: random.Random, texts: list[str]) -> Iterator[Example]:
    for place in PLACES:
        for _ in range(4):
            name = place.translate(_NO_MARKS)
            yield marked("known-place", f"P:{name}", f"{chance.choice(texts)} {place}")
            yield marked("institution", "", f"{chance.choice(texts)} [at] {place}")


def _filled(form: str, name: str, text: str) -> str:
    family, _, given = name.partition("^")
    values = {
        "f": family,
        "g": given,
        "F": family.upper(),
        "G": given.upper(),
        "l": family.lower(),
        "i": given[0],
    }
    return form % {**values, "t": text}


_MAKERS: Final = (
    _known_names,
    _joined_names,
    _misspelled_names,
    _ambiguous_names,
    _unknown_names,
    _identifiers,
    _dates,
    _contacts,
    _places,
)


def examples() -> list[Example]:
    """Return all examples: those written by hand, then the combinations."""
    return [*written(), *generated()]
