"""Strings that identify somebody, as a screen shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from numpy.random import Generator

from scripts.pixels import people
from scripts.pixels.dates import shown_date, shown_time
from scripts.pixels.people import Person, Study, pick


@dataclass(frozen=True, slots=True)
class Secret:
    """An identifying string, and a word that may stand before it."""

    text: str
    in_header: bool
    cue: str = ""
    marks: tuple[str, ...] = ()


_NAME_FORMS: Final = (
    "{F}, {G}", "{F}^{G}", "{F} {G}", "{G} {F}", "{F},{G}", "{f}, {g}", "{g} {f}", "{f} {g}", "{F}, {g}",
    "{F} {i}.",
    "{i}. {f}", "{F}^{G}^{M}", "{f}", "{F}", "{F}, {i}", "{g} {i}. {f}", "{F}  {G}",
)  # fmt: skip
_SHARES: Final = {
    "name": 0.27, "id": 0.17, "birth": 0.1, "date": 0.13, "time": 0.07, "accession": 0.06,
    "doctor": 0.06, "institution": 0.07, "station": 0.02, "address": 0.03, "age": 0.02,
}  # fmt: skip
"""How often each value of a header is shown."""
_CUES: Final = {
    "name": ("Name:", "Patient:", "Pat.", "Name", "Nom :", "PATIENT NAME"),
    "id": ("ID:", "ID", "MRN", "Pat-ID:", "PID:", "MRN:"),
    "birth": ("DOB:", "DOB", "Geb.", "Born", "*", "Né(e)"),
    "accession": ("Acc:", "ACC#", "Acc No"),
    "doctor": ("Ref:", "Dr.", "Phys:", "MD:", "Op:"),
    "institution": ("", "", "Inst:"),
}


def secret(rng: Generator, study: Study) -> Secret:
    """Return something that identifies: four of five times a value of the header, some of them altered."""
    if rng.random() < 0.2:
        return _unknown(rng)
    found = _known(rng, study)
    if found.cue != "!" and rng.random() < 0.12 and len(found.text) >= 5:
        return Secret(_mistyped(rng, found.text), in_header=True, cue=found.cue, marks=(*found.marks, "typo"))
    return Secret(found.text, in_header=True, cue=found.cue.replace("!", ""), marks=found.marks)


def clock(study: Study, frame: int) -> str:
    """Return the time of day in a frame of a cine: it runs, a second in some frames."""
    start = int(study.study_time[:2]) * 3600 + int(study.study_time[2:4]) * 60 + int(study.study_time[4:6])
    now = start + frame // 3
    return f"{now // 3600 % 24:02d}:{now // 60 % 60:02d}:{now % 60:02d}"


def _known(rng: Generator, study: Study) -> Secret:
    kinds = tuple(_SHARES)
    kind = str(rng.choice(kinds, p=tuple(_SHARES.values())))
    marks = ("pair",) if study.is_adversarial and kind in {"name", "id"} else ()
    cue = pick(rng, _CUES[kind]) if kind in _CUES and rng.random() < 0.3 else ""
    # What is as short or as plain as this is not mistyped: nobody could tell what it was.
    if kind in {"id", "date", "time", "age", "station"}:
        cue = cue or "!"
    return Secret(_value(rng, study, kind), in_header=True, cue=cue, marks=marks)


def _value(rng: Generator, study: Study, kind: str) -> str:
    match kind:
        case "name":
            return shown_name(rng, study.patient)
        case "birth":
            return shown_date(rng, study.birth_date)
        case "date":
            time = f" {shown_time(rng, study.study_time)}" if rng.random() < 0.3 else ""
            return shown_date(rng, study.study_date) + time
        case "time":
            return shown_time(rng, study.study_time)
        case "doctor":
            who = (study.referring, study.performing, study.operator)[int(rng.integers(3))]
            return shown_name(rng, who)
        case "age":
            return f"{study.age.lstrip('0')}/{study.sex}"
        case "institution":
            return study.institution.upper() if rng.random() < 0.3 else study.institution
        case _:
            values = {
                "id": study.patient_id,
                "accession": study.accession,
                "station": study.station,
                "address": study.address,
            }
            return values[kind]


def _unknown(rng: Generator) -> Secret:
    kind = pick(rng, ("name", "name", "id", "date", "ratio", "institution", "phone", "doctor"))
    cue = pick(rng, _CUES[kind]) if kind in _CUES and rng.random() < 0.3 else ""
    match kind:
        case "name" | "doctor":
            return Secret(shown_name(rng, people.person(rng)), in_header=False, cue=cue)
        case "id":
            return Secret(people.number(rng), in_header=False, cue=cue)
        case "date":
            return Secret(shown_date(rng, people.date(rng, 1930, 2026)), in_header=False)
        case "ratio":
            text = f"{rng.integers(1, 29)}/{rng.integers(1, 13)}/{rng.integers(30, 99)}"
            return Secret(text, in_header=False, marks=("pair",))
        case "phone":
            return Secret(people.phone(rng), in_header=False)
        case _:
            return Secret(people.hospital(rng), in_header=False, cue=cue)


def shown_name(rng: Generator, who: Person) -> str:
    """Write a person's name in one of many orders and cases."""
    form = pick(rng, _NAME_FORMS)
    text = form.format(
        F=who.family.upper(), G=who.given.upper(), M=(who.middle or "A").upper(),
        f=who.family, g=who.given, i=who.given[0],
    )  # fmt: skip
    return text.replace("SS", "ß").replace("ß", "SS") if text.isupper() else text


def _mistyped(rng: Generator, text: str) -> str:
    """Leave a character out, double it, swap it with the next, or change it."""
    place = int(rng.integers(1, len(text) - 1))
    match int(rng.integers(4)):
        case 0:
            return text[:place] + text[place + 1 :]
        case 1:
            return text[:place] + text[place] + text[place:]
        case 2:
            return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        case _:
            other = str(rng.integers(10)) if text[place].isdigit() else pick(rng, "AEIORSTLN")
            return text[:place] + other + text[place + 1 :]
