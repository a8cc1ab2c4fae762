"""An instance while it is made: its elements, and what is noted about each for the answer key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from .answer import Check, Class
from .encoding import DataSet, Value, tag_of, vr_of
from .people import Hospital, Name, Patient, stranger
from .scripts import Script

_MOST_SECRETS = 140
"""Secrets of one instance from which somebody may come twice: there are not many more strangers."""


@dataclass(slots=True)
class Reference:
    """An instance of the study that others refer to."""

    kind: str
    sop_class: str
    uid: str
    series_uid: str


@dataclass(slots=True)
class Study:
    """An invented study."""

    number: int
    uid: str
    date: str
    time: str
    accession: str
    study_id: str
    referring: Name
    frame_uid: str
    instances: list[Reference] = field(default_factory=list)
    series: int = 0

    def of_kind(self, *kinds: str) -> list[Reference]:
        """Return the instances of the study so far that are of these kinds, or all if there is none."""
        return [one for one in self.instances if one.kind in kinds] or self.instances


@dataclass(slots=True)
class Draft:
    """One instance that is being made.

    Parameters
    ----------
    number
        Place in the corpus.
    kind
        Name of the kind of instance.
    turns
        How often each list of variants was asked, over the whole corpus: so each variant has its turn.
    """

    number: int
    kind: str
    patient: Patient
    hospital: Hospital
    study: Study
    script: Script
    rng: Random
    turns: Counter[str]
    data: DataSet = field(default_factory=DataSet)
    checks: list[Check] = field(default_factory=list)
    types: dict[int, int] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    uids: dict[str, str] = field(default_factory=dict)
    sop_class: str = ""
    uid: str = ""
    series_uid: str = ""
    syntax: str = ""
    coded: bool = False
    meta: DataSet = field(default_factory=DataSet)
    preamble: bytes = bytes(128)
    behind: bytes = b""
    undefined: bool = False
    group_lengths: bool = False

    @property
    def owner(self) -> str:
        """The patient as a tool can know him: without a Patient ID a study is all there is."""
        return self.patient.key if self.patient.patient_id else f"study {self.study.uid}"

    def turn(self, name: str, size: int) -> int:
        """Return the next place in a list of `size` variants."""
        self.turns[name] += 1
        return (self.turns[name] - 1) % size

    def put(self, name: str | int, value: Value, vr: str = "") -> None:
        """Set an element of Type 3, about which nothing is checked."""
        self.data.put(name, value, vr)

    def one(self, name: str | int, value: Value, *, keep: bool = True) -> None:
        """Set an element of Type 1; its value must stay unless `keep` is False."""
        self._typed(name, value, 1, keep=keep)

    def two(self, name: str | int, value: Value, *, keep: bool = True) -> None:
        """Set an element of Type 2; its value must stay unless `keep` is False or it is empty."""
        self._typed(name, value, 2, keep=keep and value != "")

    def keep(self, name: str | int, value: Value) -> None:
        """Set an element of Type 3 whose value must stay."""
        self._typed(name, value, 3, keep=True)

    def _typed(self, name: str | int, value: Value, kind: int, *, keep: bool) -> None:
        tag = self.data.put(name, value)
        self.types[tag] = kind
        if keep and isinstance(value, list):
            self.check(Class.TAG_RETAINED, f"{tag:08X}")
        elif keep and not isinstance(value, bytes):
            numbers = value if isinstance(value, tuple) else (value,)
            self.check(Class.TEXT_RETAINED, f"{tag:08X}", "\\".join(map(str, numbers)), "as it was")

    def check(
        self, check: Class, path: str, value: str = "", why: str = "", *, required: bool = False
    ) -> None:
        """Note something for the answer key; a path may name attributes by keyword."""
        self.checks.append(Check(check, path_of(path), value, why, required))

    def retains(self, path: str, text: str, clinical: str, why: str) -> None:
        """Note that clinical words of a text must stay.

        Nothing is asked of text that nobody can read: written in one character set, declared as another.
        """
        if self.script.honest or text.isascii():
            self.check(Class.TEXT_RETAINED, path, clinical, why)

    def secret(self, value: str, why: str, path: str = "") -> str:
        """Note that a value must be nowhere in the output, nor in the element `path`; return it."""
        if value:
            self.secrets.setdefault(value, why)
            if path:
                self.check(Class.TEXT_REMOVED, path, value, why)
        return value

    def secret_name(self, name: Name, why: str, path: str = "") -> Name:
        """Note that nothing may be left of a person's name."""
        self.secret(name.family, why, path)
        self.secret(name.given, why, path)
        return name

    def hide(self, name: str | int, value: Value, why: str, *secrets: str, vr: str = "") -> None:
        """Set an element that holds secrets; all of its text when none are given."""
        tag = self.data.put(name, value, vr)
        for secret in secrets or (str(value),):
            self.secret(secret, why, f"{tag:08X}")

    def date(self, path: str, value: str, why: str = "") -> str:
        """Note that a date must move by the patient's days; return it."""
        self.check(Class.DATE_SHIFTED, path, value, why)
        return value

    def time(self, path: str, value: str) -> str:
        """Note that a time of day must stay, where the element does; return it."""
        self.check(Class.TIME_KEPT, path, value)
        return value

    def when(self, name: str, kind: int = 3) -> None:
        """Set a date and a time of the study, by the name they have in common."""
        date, time = f"{name}Date", f"{name}Time"
        for keyword, value in ((date, self.study.date), (time, self.study.time)):
            self.types[self.data.put(keyword, value)] = kind
        self.date(date, self.study.date)
        self.time(time, self.study.time)

    def refer(self, uid: str, path: str, *, required: bool = False) -> str:
        """Note that a UID must be replaced, and the same way everywhere; return it."""
        self.uids.setdefault(uid, path)
        self.check(Class.UID_CONSISTENT, path, uid, "reference", required=required)
        return uid

    def new_uid(self, what: str) -> str:
        """Return a UID that nobody has; every third gives something away."""
        return uid(self.rng, what, self.patient, self.study.date, self.study.time)

    def stranger(self) -> Name:
        """Return somebody whose name must not leave, and who is nobody else of this instance."""
        name = stranger(self.rng)
        while name.family in self.secrets and len(self.secrets) < _MOST_SECRETS:
            name = stranger(self.rng)
        return name


def uid(rng: Random, what: str, patient: Patient, date: str, time: str) -> str:
    """Return a UID of an invented root, some with a date, a time or the patient's number inside."""
    root = "1.2.826.0.1.3680043.10.1999"
    number = rng.randrange(10**9, 10**10)
    digits = "".join(filter(str.isdigit, patient.patient_id)).lstrip("0")
    choice = number % 3
    if choice == 0 and digits:
        return f"{root}.{len(what)}.{digits}.{number}"
    if choice == 1:
        return f"{root}.{len(what)}.{date}{time}.{number}"
    return f"{root}.{len(what)}.{number}.{rng.randrange(10**6)}"


def path_of(path: str) -> str:
    """Return a path of keywords as one of tags."""
    return "/".join(_step(step) for step in path.split("/")) if path else ""


def _step(step: str) -> str:
    if "," in step or (len(step) == 8 and all(digit in "0123456789ABCDEF" for digit in step)):
        return step
    return f"{tag_of(step):08X}"


def joined(parts: Iterable[str]) -> str:
    """Return a path from its parts."""
    return "/".join(parts)


__all__ = ["Draft", "Reference", "Study", "joined", "path_of", "uid", "vr_of"]
