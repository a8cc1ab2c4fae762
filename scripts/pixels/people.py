"""Invented people, their studies and everything about them that a header or a screen may show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from numpy.random import Generator

_FAMILY: Final = """
Ashdown Brackenridge Colquhoun Dunmore Ellershaw Fotheringay Greaves Hollingbery O'Sullivan
McAllister Smith Nguyen
Müller Weißhaupt Schönfelder Grünwald Oberländer Kratochwil Jäger Böhmig Vogelsang von_der_Heide
Lefèvre Desrosiers Châtelain Garçonnet Thibodeaux Fontenelle d'Alembert
Peñalver Ibáñez Quiñones Zúñiga García-Márquez Echeverría Muñoz
Bianchetti Cavallaro Dell'Orto Esposito Ferrabosco
Kowalczyk Wiśniewska Szczepański Nowak Dvořák Čermáková Horvátová
Ångström Bjørnstad Kjær Lindqvist Sørensen Rasmussen Hägglund
van_Leeuwenhoek de_Groot Haverkamp Vandenbroucke
Yilmaz Öztürk Çelik Papadopoulos Stavrakis Ivanova Petrenko Sokolov
Tanaka Watanabe Hayashi Wang Zhang Kim Park Tran Patel Krishnamurthy Chatterjee Okonkwo Adeyemi
Haddad Al-Masri
""".split()
_GIVEN: Final = """
John Mary Oliver Harriet Rosalind Edmund Beatrice Walter Ann Lee Jo Eve Ian Max
Jürgen Hannelore Günther Käthe Lieselotte Björn Anneliese Friedrich
François Élodie Benoît Geneviève Céline Jérôme
José María Iñigo Concepción Ángel Lucía Joaquín
Giuseppe Chiara Niccolò Ludovica
Paweł Łucja Zbigniew Jiří Věra Tomáš
Åsa Søren Ingrid Håkon Kristín
Mehmet Ayşe Dimitris Olga Vladimir
Hiroshi Yuki Wei Mei Minh Priya Arjun Chinwe Fatima Omar
""".split()
CLINICAL_FAMILY: Final = (
    "Mark Black Long Head Lungs Hart Stern Chest Bone Short Contrast Field Axel Main".split()
)
"""Names of people that are words of screens as well."""
CLINICAL_GIVEN: Final = "Mark Art Lat Ray Grace Axel Max Ilea Sag Cora".split()
_HOSPITALS: Final = (
    """
St. Alban's Infirmary|Riverside General Hospital|Klinikum Nordhafen|Universitätsklinikum Ahrenstadt
CHU de Valmontine|Hôpital Saint-Blaise|Clínica San Eulogio
Hospital Vall d'Ombra|Ospedale Santa Lucilla|Szpital Wielkolipski
Nemocnice Horní Vrbová|Lasarettet Kungsviken|Sygehus Vesterlund|AZ Sint-Goedele|Mercy Lakes Medical Center
Praxis Dr. Oberländer|Radiologie am Marktplatz|Three Rivers Imaging LLC|MVZ Lindental|Kreiskrankenhaus Althain
""".strip()
    .replace("\n", "|")
    .split("|")
)
_STREETS: Final = (
    "Elm Street|Lindenallee|Rue du Puits|Calle Mayor|Via Roma|Station Road|Hafenweg|Kirchplatz".split("|")
)
_TOWNS: Final = (
    "Ahrenstadt|Valmontine|Kungsviken|Port Ellery|Althain|Santa Eulogia|Nordhafen|Millbridge".split("|")
)
_IDS: Final = (
    "#######", "########", "MRN#######", "MR-######", "P######", "##-##-##", "#####-#", "A##B####",
    "PID######",
    "H#########", "###-##-####", "######/####", "UH###-####", "X#-#####", "#### #### ####",
)  # fmt: skip
_PROBE_IDS: Final = ("C#-#", "L##-#", "S#-#", "PA###", "M#S#", "#C#")
"""Patient's numbers that look like the names of ultrasound probes."""
_PHONES: Final = (
    "+49 30 ########", "(0###) ######", "###-###-####", "+33 # ########", "0##/#######", "(###) ###-####",
    "+44 20 #### ####",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """A family name and a given name, in the order of a PN's components."""

    family: str
    given: str
    middle: str = ""
    prefix: str = ""

    @property
    def value(self) -> str:
        """The PN."""
        return "^".join((self.family, self.given, self.middle, self.prefix)).rstrip("^")


@dataclass(frozen=True, slots=True)
class Study:
    """Everything about an instance that identifies somebody; dates and times as in DICOM."""

    patient: Person
    referring: Person
    performing: Person
    operator: Person
    patient_id: str
    other_id: str
    accession: str
    study_id: str
    birth_date: str
    study_date: str
    study_time: str
    sex: str
    age: str
    institution: str
    address: str
    department: str
    station: str
    phone: str
    is_adversarial: bool


def pick(rng: Generator, items: object) -> str:
    """Return one of some strings."""
    chosen = list(items)  # type: ignore[call-overload]
    return str(chosen[int(rng.integers(len(chosen)))])


def filled(rng: Generator, form: str) -> str:
    """Replace each number sign by a digit."""
    return "".join(str(rng.integers(10)) if letter == "#" else letter for letter in form)


def measured(rng: Generator, form: str) -> str:
    """Replace each number sign by a digit, the first of whole numbers not by zero."""
    made = ""
    for place, letter in enumerate(form):
        is_first = form[place + 1 : place + 2] == "#" and form[place - 1 : place] not in {"#", "."}
        made += str(rng.integers(int(is_first), 10)) if letter == "#" else letter
    return made


def number(rng: Generator) -> str:
    """Return a patient's or an order's number, of many forms."""
    return filled(rng, pick(rng, _IDS))


def phone(rng: Generator) -> str:
    """Return a telephone number."""
    return filled(rng, pick(rng, _PHONES))


def hospital(rng: Generator) -> str:
    """Return the name of an institution."""
    return pick(rng, _HOSPITALS)


def person(rng: Generator, *, is_adversarial: bool = False) -> Person:
    """Return somebody; an adversarial one is called like a word of a screen."""
    if is_adversarial:
        return Person(pick(rng, CLINICAL_FAMILY), pick(rng, CLINICAL_GIVEN))
    family = pick(rng, _FAMILY).replace("_", " ")
    middle = pick(rng, _GIVEN) if rng.random() < 0.15 else ""
    prefix = "Dr." if rng.random() < 0.05 else ""
    given = pick(rng, _GIVEN)
    if rng.random() < 0.08:
        family = f"{family}-{pick(rng, _FAMILY).replace('_', ' ')}"
    return Person(family, given, middle, prefix)


def date(rng: Generator, first: int, last: int) -> str:
    """Return a day of some years as YYYYMMDD."""
    return f"{rng.integers(first, last)}{rng.integers(1, 13):02d}{rng.integers(1, 29):02d}"


def study(rng: Generator) -> Study:
    """Return an invented patient and study."""
    is_adversarial = bool(rng.random() < 0.12)
    birth, done = date(rng, 1928, 2020), date(rng, 2004, 2026)
    town = pick(rng, _TOWNS)
    seconds = f"{rng.integers(7, 20):02d}{rng.integers(60):02d}{rng.integers(60):02d}"
    return Study(
        patient=person(rng, is_adversarial=is_adversarial),
        referring=person(rng),
        performing=person(rng),
        operator=person(rng),
        patient_id=filled(rng, pick(rng, _PROBE_IDS)) if is_adversarial else number(rng),
        other_id=number(rng),
        accession=filled(rng, pick(rng, ("########", "ACC######", "A-####-####", "##.######", "R########"))),
        study_id=filled(rng, pick(rng, ("####", "#####", "S####"))),
        birth_date=birth,
        study_date=done,
        study_time=seconds,
        sex=pick(rng, "MFO"),
        age=f"{max(0, int(done[:4]) - int(birth[:4])):03d}Y",
        institution=hospital(rng),
        address=f"{rng.integers(1, 200)} {pick(rng, _STREETS)}, {town}",
        department=pick(
            rng, ("Radiologie", "Cardiology", "Dept. of Radiology", "Ultraschall", "Imagerie", "ED")
        ),
        station=filled(
            rng, pick(rng, ("US##", "CTAWP#####", "ECHO-ROOM#", "XA_LAB#", "DXR#-###", "PC######"))
        ),
        phone=phone(rng),
        is_adversarial=is_adversarial,
    )
