"""Ways in which people write about a patient into a text that describes something else."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

from .answer import Class
from .draft import Draft, path_of
from .encoding import DataSet, tag_of, vr_of
from .people import Name

LONGEST: Final = {"SH": 16, "LO": 64, "CS": 16, "ST": 1024, "LT": 10240, "UT": 1 << 20, "UC": 1 << 20}
_MONTHS: Final = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]

Attack = Callable[[Draft], tuple[str, tuple[str, ...]]]
"""Returns a pattern with ``{}`` for the clinical words, and what of it must not stay."""


def _known(write: Callable[[Name], str], *, given: bool = True) -> Attack:
    def attack(draft: Draft) -> tuple[str, tuple[str, ...]]:
        name = draft.patient.name
        return write(name), (name.family, name.given) if given else (name.family,)

    return attack


def _stranger(write: Callable[[Name], str], *, given: bool = True) -> Attack:
    def attack(draft: Draft) -> tuple[str, tuple[str, ...]]:
        name = draft.stranger()
        return write(name), (name.family, name.given) if given else (name.family,)

    return attack


def _fact(pattern: str, fact: Callable[[Draft], str]) -> Attack:
    def attack(draft: Draft) -> tuple[str, tuple[str, ...]]:
        value = fact(draft)
        return pattern.replace("@", value), (value,) if value else ()

    return attack


def _plain(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def _native(draft: Draft) -> str:
    return draft.script.name.split("=")[0].split("^")[0] or draft.patient.name.family


def _spelled(date: str) -> str:
    return f"{date[6:]} {_MONTHS[int(date[4:6]) - 1]} {date[:4]}"


NAMES: Final[dict[str, Attack]] = {
    "for First Last": _known(lambda n: f"{{}} for {n.given} {n.family}"),
    "Last, First": _known(lambda n: f"{{}} {n.family}, {n.given}"),
    "LAST^FIRST in capitals": _known(lambda n: f"{{}} {n.family.upper()}^{n.given.upper()}"),
    "initial and last name": _known(lambda n: f"{{}} {n.given[0]}. {n.family}", given=False),
    "last name first": _known(lambda n: f"{n.family} {{}}", given=False),
    "names glued": _known(lambda n: f"{{}} {n.given}{n.family}"),
    "names with underscores": _known(lambda n: f"{{}}_{n.family}_{n.given}"),
    "patient's name in brackets": _known(lambda n: f"{{}} [{n.family}/{n.given}]"),
    "possessive": _known(lambda n: f"{{}} Mrs {n.family}'s", given=False),
    "in lower case": _known(lambda n: f"{{}} {n.family.lower()}", given=False),
    "zero-width space inside": _fact(
        "{} @", lambda d: f"{d.patient.name.family[:4]}\N{ZERO WIDTH SPACE}{d.patient.name.family[4:]}"
    ),
    "soft hyphen inside": _fact(
        "{} @", lambda d: f"{d.patient.name.family[:5]}\N{SOFT HYPHEN}{d.patient.name.family[5:]}"
    ),
    "in the script of the name": _fact("{} @", _native),
    "in the script, for": _fact("{} for @", _native),
    "without its accents": _fact("{} @", lambda d: _plain(_native(d))),
    "in capitals of its script": _fact("{} @", lambda d: _native(d).upper()),
    "performed by": _stranger(lambda n: f"{{}} performed by Dr. {n.family}", given=False),
    "Performed at": _fact("{} Performed at @", lambda d: d.hospital.name),
    "ordered for by": _stranger(lambda n: f"{{}} Ordered by {n.given} {n.family}"),
    "referred by": _stranger(lambda n: f"{{}} ref. by Dr {n.family}", given=False),
    "signed by": _stranger(lambda n: f"{{}} signed: {n.given} {n.family}, MD"),
    "for a stranger": _stranger(lambda n: f"{{}} for {n.given} {n.family}"),
    "stranger in capitals": _stranger(lambda n: f"{{}} DR {n.family.upper()}", given=False),
    "tech": _stranger(lambda n: f"{{}} tech {n.given} {n.family}"),
    "patient's relative": _stranger(lambda n: f"{{}} husband {n.given} {n.family}"),
}
FACTS: Final[dict[str, Attack]] = {
    "MRN": _fact("{} MRN: @", lambda d: d.patient.patient_id),
    "bare patient ID": _fact("{} @", lambda d: d.patient.patient_id),
    "patient ID in brackets": _fact("{} (@)", lambda d: d.patient.patient_id),
    "accession number": _fact("{} acc# @", lambda d: d.study.accession),
    "birth date": _fact("{} DOB @", lambda d: d.patient.birth_date),
    "birth date with dots": _fact(
        "{} *@",
        lambda d: f"{d.patient.birth_date[6:]}.{d.patient.birth_date[4:6]}.{d.patient.birth_date[:4]}",
    ),
    "birth date with slashes": _fact(
        "{} born @",
        lambda d: f"{d.patient.birth_date[4:6]}/{d.patient.birth_date[6:]}/{d.patient.birth_date[:4]}",
    ),
    "birth date spelled": _fact("{} born @", lambda d: _spelled(d.patient.birth_date)),
    "telephone number": _fact("{} call @", lambda d: d.patient.phone),
    "another telephone number": _fact("{} tel. @", lambda d: f"(01632) 96{d.rng.randrange(1000, 9999)}"),
    "e-mail address": _fact("{} @", lambda d: d.patient.email),
    "social security number": _fact("{} SSN @", lambda d: d.patient.ssn),
    "address": _fact("{} @", lambda d: d.patient.street),
    "town": _fact("{} at @", lambda d: d.patient.town),
    "hospital": _fact("{} @", lambda d: d.hospital.name),
    "host": _fact("{} from @", lambda d: d.hospital.host),
    "URL": _fact("{} https://@/wado", lambda d: d.hospital.host),
    "IP address": _fact("{} @", lambda d: f"10.77.{d.rng.randrange(11, 250)}.{d.rng.randrange(11, 250)}"),
    "UID of the study": _fact("{} @", lambda d: d.study.uid),
    "UID of nobody": _fact("{} @", lambda d: d.new_uid("text")),
    "licence number": _fact("{} lic# @", lambda d: f"RN{d.rng.randrange(10**6, 10**7)}"),
}
DATES: Final[dict[str, Callable[[str], str]]] = {
    "date": lambda date: date,
    "ISO date": lambda date: f"{date[:4]}-{date[4:6]}-{date[6:]}",
    "European date": lambda date: f"{date[6:]}.{date[4:6]}.{date[:4]}",
    "American date": lambda date: f"{date[4:6]}/{date[6:]}/{date[:4]}",
    "date in words": _spelled,
}


def _attacks(vr: str) -> Iterator[tuple[str, Attack]]:
    yield from NAMES.items()
    yield from FACTS.items()


_ALL: Final = tuple(_attacks(""))


def fits(draft: Draft, text: str, vr: str) -> bool:
    """Tell whether a value of a VR can hold a text in the script of the instance."""
    try:
        draft.script.encode(text)
    except ValueError:
        return False
    return len(text) <= LONGEST.get(vr, 64) and "\\" not in text


def attacked(draft: Draft, clinical: str, vr: str) -> tuple[str, tuple[str, ...], str]:
    """Return clinical words with something planted, what was planted, and the name of the attack."""
    for _ in _ALL:
        label, attack = _ALL[draft.turn("texts", len(_ALL))]
        pattern, secrets = attack(draft)
        text = pattern.replace("{}", clinical)
        if secrets and fits(draft, text, vr):
            return text, secrets, label
    return clinical, (), "nothing"


def describe(
    draft: Draft,
    keyword: str,
    clinical: str,
    *,
    data: DataSet | None = None,
    path: str = "",
    retained: bool = True,
    dated: bool = False,
) -> None:
    """Set a text whose clinical words must stay and whose plant must go.

    Parameters
    ----------
    keyword, clinical
        Of the attribute, and what it says of the examination.
    data, path
        The item and the keywords of the sequences it is in; the top level by default.
    retained
        Whether the profile retains the attribute where it is.
    dated
        Whether to plant a date, which is searched in this element alone: another date may be moved onto it.
    """
    target = draft.data if data is None else data
    tag = tag_of(keyword)
    place = f"{path}/{tag:08X}" if path else f"{tag:08X}"
    if dated:
        label, write = list(DATES.items())[draft.turn("dates", len(DATES))]
        planted = write(draft.study.date)
        text = f"{clinical} {planted}"
        target.put(keyword, text)
        draft.check(Class.TEXT_REMOVED, place, planted, f"{label} in text")
    else:
        text, secrets, label = attacked(draft, clinical, vr_of(tag))
        target.put(keyword, text)
        for secret in secrets:
            draft.secret(secret, label, path_of(place))
    if retained:
        draft.retains(place, text, clinical, label)
