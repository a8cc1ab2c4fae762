"""The checks of an answer key, applied to an output file."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass, field

from .answer import PASSES_WITHOUT_OUTPUT, Check, Class, Key
from .output import Output
from .verdicts import SIMPLE, days, shifted, texts


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that did not pass."""

    number: int
    kind: str
    script: str
    check: Check
    found: str


@dataclass(slots=True)
class Tally:
    """How often checks of a class passed."""

    passed: Counter[Class] = field(default_factory=Counter)
    total: Counter[Class] = field(default_factory=Counter)
    refused: int = 0
    crashed: int = 0
    failures: list[Failure] = field(default_factory=list)

    @property
    def leaks(self) -> int:
        """Planted values that are somewhere in an output, each counted once per instance."""
        return self.total[Class.NO_LEAK] - self.passed[Class.NO_LEAK]

    @property
    def failed(self) -> int:
        """Checks that did not pass."""
        return self.total.total() - self.passed.total()


class Scorer:
    """Scores the outputs of one tool; what must agree over the corpus is remembered.

    Outputs may come in any order: what was seen first decides for the rest.
    """

    def __init__(self) -> None:
        self.tally = Tally()
        self._uids: dict[str, str] = {}
        self._patients: dict[str, str] = {}
        self._pseudonyms: dict[str, str] = {}
        self._offsets: dict[str, int] = {}

    def score(self, key: Key, file: bytes | None, *, crashed: bool = False) -> None:
        """Apply the checks of a key.

        Parameters
        ----------
        file
            The output; None when there is none.
        crashed
            Whether the tool failed rather than refused.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._score(key, file, crashed=crashed)

    def _score(self, key: Key, file: bytes | None, *, crashed: bool) -> None:
        if file is None:
            self.tally.crashed += crashed
            self.tally.refused += not crashed
            for check in key.checks:
                self._count(key, check, check.check in PASSES_WITHOUT_OUTPUT, "no output")
            return
        try:
            output = Output(file)
            output.values  # noqa: B018 - reads every element
        except Exception as error:  # noqa: BLE001 - whatever a tool wrote, reading it must not end the run
            for check in key.checks:
                self._count(key, check, False, f"unreadable: {type(error).__name__} {error}")
            return
        offset = self._offset(key, output)
        for check in key.checks:
            problem = self._apply(key, check, output, offset)
            self._count(key, check, not problem, problem)

    def _count(self, key: Key, check: Check, passed: bool, found: str) -> None:
        self.tally.total[check.check] += 1
        if passed:
            self.tally.passed[check.check] += 1
        else:
            self.tally.failures.append(Failure(key.number, key.kind, key.script, check, found))

    def _offset(self, key: Key, output: Output) -> int | None:
        """Return by how many days the patient's dates move, as the first Study Date of them says."""
        if key.patient not in self._offsets:
            original = next((one.value for one in key.checks if one.check is Class.INTERVAL), "")
            moved = days(original, texts(output, "00080020"))
            if moved is not None:
                self._offsets[key.patient] = moved
        return self._offsets.get(key.patient)

    def _apply(self, key: Key, check: Check, output: Output, offset: int | None) -> str:
        """Return what is wrong, empty when nothing is."""
        if check.check is Class.PATID_CONSISTENT:
            return self._patient(check, output)
        if check.check is Class.UID_CONSISTENT:
            return self._consistent(check, output)
        if check.check is Class.DATE_SHIFTED:
            return shifted(check, output, offset)
        if check.check is Class.INTERVAL:
            found = days(check.value, texts(output, check.path))
            return (
                "" if found is not None and found == offset else f"moved by {found}, the patient by {offset}"
            )
        return SIMPLE[check.check](check, output)

    def _patient(self, check: Check, output: Output) -> str:
        """One replacement for a patient, and no two patients with the same."""
        found = "".join(texts(output, check.path))
        first = self._patients.setdefault(check.value, found)
        owner = self._pseudonyms.setdefault(found, check.value)
        if not found:
            return "no Patient ID"
        if first != found:
            return f"{found} instead of {first}"
        return "" if owner == check.value else f"{found} is also {owner}"

    def _consistent(self, check: Check, output: Output) -> str:
        """One replacement for a UID wherever it stands; any of the values at the path may be it."""
        found = [text for text in texts(output, check.path) if text]
        if not found:
            return "absent" if check.required else ""
        expected = self._uids.get(check.value)
        if expected is None:
            if len(found) == 1:
                self._uids[check.value] = found[0]
            return ""
        return "" if expected in found else f"{found[0]} instead of {expected}"
