"""Invented patients, staff and hospitals. Nobody of them exists, and no number leads anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

_STEMS: Final = (
    "Quasten", "Silber", "Winter", "Thistle", "Nettle", "Rossel", "Bromsel", "Ockel", "Grimmel", "Hassel",
    "Wunder", "Zwickel", "Pumper", "Krummel", "Dunkel", "Falken", "Ginster", "Himmel", "Juniper", "Larchen",
)  # fmt: skip
_ENDS: Final = (
    "berg", "vogel", "bottom", "wood", "combe", "thwaite", "mannek", "dorfer", "wickson", "quist",
    "hausen", "stedt", "bridge", "worthy", "feldt",
)  # fmt: skip
_GIVEN: Final = (
    "Leontine", "Perpetua", "Ezekiel", "Ansgar", "Ottokar", "Philippa", "Cosima", "Thaddeus", "Zebulon",
    "Apollonia", "Isidora", "Barnabas", "Clementina", "Leopoldine", "Hildegund", "Ignatius", "Mechthild",
    "Notburga", "Quirinus", "Rosamunde", "Sebaldus", "Theodelinde", "Ulfhild", "Wendelin", "Xaverine",
)  # fmt: skip
_STRANGER_STEMS: Final = (
    "Okon", "Szcze", "Mbe", "Vander", "Kowa", "Rasmu", "Tcha", "Abdul", "Ngoz", "Pietro", "Vasqu", "Yilma",
)  # fmt: skip
_STRANGER_ENDS: Final = (
    "kwolind", "panczyk", "kelwa", "poortink", "lewskar", "ssenborg", "ikovsky", "rahmanov", "ikachuku",
    "vangelo", "ezmontes", "zoglutan",
)  # fmt: skip
_TOWNS: Final = ("Nettlecombe", "Grauwinkel", "Fujimizaka", "Sanktveitlein", "Bromswallow", "Ockelmoor")
_STREETS: Final = ("Quillfeather Lane", "Lindenplatzgasse", "Larkspurton Road", "Rossmarktzeile")


@dataclass(frozen=True, slots=True)
class Name:
    """A person by family and given name."""

    family: str
    given: str

    @property
    def dicom(self) -> str:
        """The name as a value of VR PN."""
        return f"{self.family}^{self.given}"


@dataclass(frozen=True, slots=True)
class Patient:
    """An invented patient."""

    number: int
    name: Name
    patient_id: str
    issuer: str
    birth_date: str
    sex: str
    ssn: str
    phone: str
    email: str
    street: str
    town: str

    @property
    def key(self) -> str:
        """What tells two patients apart."""
        return f"{self.patient_id} of {self.issuer}"


@dataclass(frozen=True, slots=True)
class Hospital:
    """Where the studies are made."""

    name: str
    department: str
    address: str
    host: str
    ae_title: str
    station: str


def name_of(number: int) -> Name:
    """Return the name of the n-th patient; 300 family names before one comes again."""
    stem, end = _STEMS[number % len(_STEMS)], _ENDS[(number // len(_STEMS) + number) % len(_ENDS)]
    return Name(stem + end, _GIVEN[(number * 7 + number // 25) % len(_GIVEN)])


def stranger(rng: Random) -> Name:
    """Return somebody who need not be in any header."""
    return Name(rng.choice(_STRANGER_STEMS) + rng.choice(_STRANGER_ENDS), rng.choice(_GIVEN))


def patient(number: int, rng: Random) -> Patient:
    """Return the n-th patient; each eleventh has no Patient ID."""
    digits = f"{rng.randrange(10**8, 10**9)}"
    forms = (
        f"MRN{digits[:7]}",
        digits,
        f"{digits[:2]}-{digits[2:8]}-K",
        f"QX {digits[:6]}",
        f"{digits[:8]}/7",
    )
    name = name_of(number)
    return Patient(
        number=number,
        name=name,
        patient_id="" if number % 11 == 10 else forms[number % len(forms)],
        issuer=("", "", f"{_TOWNS[number % 6].upper()}_ADT")[number % 3],
        birth_date=f"{rng.randrange(1936, 1995)}{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}",
        sex="FMO"[number % 3],
        ssn=f"9{rng.randrange(10, 99)}-{rng.randrange(10, 99)}-{rng.randrange(1000, 9999)}",
        phone=f"+44 1632 9{rng.randrange(10000, 99999)}",
        email=f"{name.given.lower()}.{name.family.lower()}@{_TOWNS[number % 6].lower()}.example",
        street=f"{rng.randrange(11, 399)} {rng.choice(_STREETS)}",
        town=_TOWNS[number % 6],
    )


def hospital(number: int) -> Hospital:
    """Return one of six hospitals."""
    town = _TOWNS[number % len(_TOWNS)]
    return Hospital(
        name=f"{town} Cottage Hospital",
        department=f"{town} Radiology Annexe",
        address=f"{number % 6 + 14} {_STREETS[number % 4]}, {town}",
        host=f"pacs{number % 6}.{town.lower()}.example",
        ae_title=f"{town.upper()[:11]}_AE{number % 6}",
        station=f"{town.upper()[:10]}_CT{number % 6}",
    )
