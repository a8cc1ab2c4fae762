"""Where the gateway does something else than PS3.15 Table E.1-1 says: every row is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import combinations
from types import MappingProxyType
from typing import Final

from gateway.deidentify.action import Action
from gateway.deidentify.profile_content import UNAVAILABLE
from gateway.deidentify.rule import DEVICE_DATES, VOCABULARY_DATES
from gateway.standard.attribute_type import attribute_type
from gateway.standard.confidentiality_profile import ROWS, Row
from gateway.standard.method import Option
from scripts.conformance.iod import places
from scripts.conformance.probe import CT, Probe, actions_seen, is_single, tag_of_row

OPTIONS: Final = tuple(option for option in Option if option not in UNAVAILABLE)
_FILE_META: Final = "0002"


class Reason(StrEnum):
    """Why the gateway deviates; the key of a sentence in `WORDS`."""

    NO_DATA_SET = "no data set"
    REFERENCES = "references"
    VOCABULARY = "vocabulary"
    DEVICE_DATE = "device date"
    BYTES = "bytes"
    CODE = "code"
    AGE = "age"
    SAFE = "safe"


WORDS: Final = MappingProxyType(
    {
        Reason.NO_DATA_SET: """Groups 0000 and 0004 belong to commands and to DICOMDIR. What stands in a
            data set under such a tag is removed.""",
        Reason.REFERENCES: """Where the IOD makes the sequence Type 2, references stay, with replaced
            UIDs, instead of being emptied. A value that is a dummy is within Z, and a segmentation
            without its references is none.""",
        Reason.VOCABULARY: """Versions of a vocabulary are public and the same for every patient. Moved,
            they would disclose by how much.""",
        Reason.DEVICE_DATE: """Dates of a device or product are not moved: whoever knows the true one
            would know the shift. They follow the Basic Profile.""",
        Reason.BYTES: """Bytes without a text that could be cleaned or a date that could be moved. They
            follow the Basic Profile.""",
        Reason.CODE: """A code that is no term of the attribute says something of its own. It is not cleaned
            to another code: it follows the Basic Profile.""",
        Reason.AGE: "Ages above 89 years become 090Y. `cap_ages = false` keeps them.",
        Reason.SAFE: "Nothing in it is rewritten: what is known to be safe stays, everything else goes.",
    }
)


@dataclass(frozen=True, slots=True)
class Deviation:
    """One row under one option that is not treated as the table says.

    Parameters
    ----------
    row
        Of the table.
    option
        None for the Basic Profile.
    kind
        Type of the attribute where it deviates; empty where the Type has no part in it.
    expected, action
        What the table asks for, and what is done.
    """

    row: Row
    option: Option | None
    kind: str
    expected: str
    action: Action

    @property
    def reason(self) -> Reason:
        """Why it is so.

        Raises
        ------
        ValueError
            Nobody has said why: a deviation must be wanted.
        """
        found = _reason(self)
        if found is None:
            raise ValueError(
                f"no reason for {self.row.tag} {self.row.keyword}: {self.expected} is {self.action}"
            )
        return found


def _reason(deviation: Deviation) -> Reason | None:
    row, tag = deviation.row, tag_of_row(deviation.row)
    if row.tag[:4] in ("0000", "0004"):
        return Reason.NO_DATA_SET
    if row.basic == "X/Z/U*" and deviation.kind[:1] == "2" and deviation.action is Action.UID:
        return Reason.REFERENCES
    if deviation.option is Option.RETAIN_MODIFIED_DATES:
        if tag in VOCABULARY_DATES:
            return Reason.VOCABULARY
        if tag in DEVICE_DATES:
            return Reason.DEVICE_DATE
    if row.vr == "CS" and deviation.expected == "C" and deviation.action is Action.DUMMY:
        return Reason.CODE
    if deviation.action is Action.CLEAN and row.vr == "AS":
        return Reason.AGE
    if not is_single(row) and deviation.action is Action.KEEP:
        return Reason.SAFE
    return Reason.BYTES if row.vr == "OB" and deviation.expected == "C" else None


def expected(code: str, kind: str | None) -> str:
    """Return the action that PS3.15 Table E.1-1a makes of a code, written out anew.

    Parameters
    ----------
    code
        Such as ``X/Z/D``.
    kind
        Type of the attribute; None where the IOD does not have it.
    """
    alternatives = code.rstrip("*").split("/")
    if len(alternatives) == 1 or kind in (None, "3"):
        return alternatives[0]
    if kind in ("2", "2C"):
        return "Z" if "Z" in alternatives else alternatives[-1]
    return alternatives[-1]


@cache
def deviations() -> tuple[Deviation, ...]:
    """Return every deviation of the Basic Profile and of each option by itself.

    Values are looked at in a CT image, under every option; rules in every IOD that gives an attribute
    another Type. What the Basic Profile already deviates in is not told again of each option.
    """
    found: dict[tuple[str, Option | None, str], Deviation] = {}
    for option in (None, *OPTIONS):
        for deviation in (*_of_values(option), *_of_rules(option)):
            before = found.get((deviation.row.tag, None, deviation.kind))
            if before is None or (before.expected, before.action) != (deviation.expected, deviation.action):
                found.setdefault((deviation.row.tag, option, deviation.kind), deviation)
    return tuple(found.values())


def _of_values(option: Option | None) -> Iterator[Deviation]:
    seen = actions_seen((option,) if option else ())
    for row in ROWS:
        code = row.options.get(option, row.basic) if option else row.basic
        kind = attribute_type(CT, (), tag_of_row(row)) if is_single(row) else None
        if seen[row.tag].value != expected(code, kind):
            yield Deviation(row, option, "", expected(code, kind), seen[row.tag])


def _of_rules(option: Option | None) -> Iterator[Deviation]:
    probe = Probe.of((option,) if option else ())
    for row in filter(is_single, ROWS):
        code = row.options.get(option, row.basic) if option else row.basic
        if row.tag[:4] == _FILE_META or "/" not in code:
            continue
        for kind, place in places(tag_of_row(row)).items():
            action = probe.ruled(row, place.sop_class_uid, place.path)
            if action.value != expected(code, kind):
                yield Deviation(row, option, kind, expected(code, kind), action)


@dataclass(frozen=True, slots=True)
class Choice:
    """A row of which two options ask for different actions, or make a third one together.

    Parameters
    ----------
    row
        Of the table.
    options, codes
        The two options, and what the table has for each; the code of the Basic Profile where it has none.
    action
        What is done.
    """

    row: Row
    options: tuple[Option, Option]
    codes: tuple[str, str]
    action: Action


@cache
def choices() -> tuple[Choice, ...]:
    """Return every row on which two options disagree, or that they treat as neither of them does.

    Values are looked at where one of the two has an action for the row, otherwise the rule.
    """
    found: list[Choice] = []
    for first, second in combinations(OPTIONS, 2):
        if {first, second} != {Option.RETAIN_FULL_DATES, Option.RETAIN_MODIFIED_DATES}:
            found += (choice for row in ROWS if (choice := _choice(row, (first, second))) is not None)
    return tuple(found)


def _choice(row: Row, options: tuple[Option, Option]) -> Choice | None:
    probe = Probe.of(options)
    own = [option for option in options if option in row.options]
    if own:
        action = probe.seen(row)
        usual = {actions_seen((option,))[row.tag] for option in own}
    else:
        action = probe.ruled(row, CT, ())
        usual = {Probe.of(()).ruled(row, CT, ())}
    disagree = len({row.options[option] for option in own}) > 1
    if not disagree and action in usual:
        return None
    first, second = options
    return Choice(
        row, options, (row.options.get(first, row.basic), row.options.get(second, row.basic)), action
    )
