"""The answer key: what must hold of the output of one instance."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum


class Class(StrEnum):
    """What a check is about; those of MIDI-B by their names there, and further ones."""

    TAG_RETAINED = "tag_retained"
    TEXT_NOTNULL = "text_notnull"
    TEXT_RETAINED = "text_retained"
    TEXT_REMOVED = "text_removed"
    NO_LEAK = "no_leak"
    DATE_SHIFTED = "date_shifted"
    TIME_KEPT = "time_kept"
    INTERVAL = "interval"
    UID_CHANGED = "uid_changed"
    UID_CONSISTENT = "uid_consistent"
    PATID_CONSISTENT = "patid_consistent"
    PIXELS_RETAINED = "pixels_retained"
    VALID = "valid"
    MARKER = "marker"
    CHARSET = "charset"


PASSES_WITHOUT_OUTPUT = frozenset({Class.TEXT_REMOVED, Class.NO_LEAK, Class.DATE_SHIFTED, Class.UID_CHANGED})
"""What cannot go wrong when nothing leaves; all other checks fail then, as in MIDI-B."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold.

    Parameters
    ----------
    check
        Its class.
    path
        Tags from the top level, as eight hexadecimal digits joined by ``/``; a private one as
        ``gggg,CREATOR,ee``. Items have no number: any of them counts. Empty: the whole file.
    value
        What was planted, or what must stay.
    why
        The attack, for reports.
    required
        Whether an absent element fails the check too.
    """

    check: Class
    path: str
    value: str
    why: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """Answer key of an instance."""

    number: int
    kind: str
    patient: str
    script: str
    syntax: str
    checks: tuple[Check, ...]

    def line(self) -> str:
        """Return the key as a line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def read(cls, line: str) -> Key:
        """Read what `line` wrote."""
        content = json.loads(line)
        checks = tuple(Check(**{**one, "check": Class(one["check"])}) for one in content.pop("checks"))
        return cls(**content, checks=checks)


@dataclass(frozen=True, slots=True)
class Planted:
    """An instance as a Part 10 file, and its answer key."""

    file: bytes
    key: Key
