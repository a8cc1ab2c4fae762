"""Removes the files of what was delivered, when its time is over or room is needed.

Its row goes to state removed and is committed, then its file is unlinked: a crash in between
leaves a file that the next start removes. Who has the file open reads it to its end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.ledger.message import Ledger
from gateway.ledger.retention_message import RemoveInstances
from gateway.ledger.retention_reader import START, Candidate, Place

_PAGE: Final = 1000
"""Rows that are looked at together."""
_GROUP: Final = 200
"""Rows of one transaction: the writer has others to serve."""
_TURN: Final = 20_000
"""Rows of one turn: a stop need not wait for more."""

SETTLED_S: Final = 86_400.0
"""What was delivered later than so many seconds ago stays, at most as long as it is kept anyway."""
SETTLED_IN_NEED_S: Final = 3600.0
"""The same when room is needed."""


@dataclass(frozen=True, slots=True)
class Term:
    """How long the files of a project are kept.

    Parameters
    ----------
    keep
        Seconds since the reception; None for as long as there is room.
    forwards
        Whether the project has destinations. Without, it is its own archive: only what was never
        to be forwarded goes by age, and nothing goes early.
    """

    project: str
    keep: float | None
    forwards: bool


class Spool(Protocol):
    """Where the files are."""

    @property
    def is_low(self) -> bool:
        """Whether nothing is accepted because of the disk."""

    def remove(self, relatives: Sequence[str]) -> None:
        """Unlink files, and sync their directories."""


class Reader(Protocol):
    """The way to what the ledger has committed."""

    def page(
        self,
        project: str,
        after: Place,
        limit: int,
        *,
        received_before: float,
        delivered_before: float,
        undelivered: bool,
    ) -> list[Candidate]:
        """Return instances behind a place, the oldest first."""


class Retention:
    """Removes files by age, and for room. One thread uses it.

    Every method raises `gateway.errors.StorageError` when the ledger or the spool cannot be
    read or written; what was left is found by the next turn, or the next start.

    Parameters
    ----------
    terms
        Of each project.
    """

    def __init__(self, spool: Spool, ledger: Ledger, reader: Reader, terms: Sequence[Term]) -> None:
        self._spool, self._ledger, self._reader = spool, ledger, reader
        self._aging = _Round([term for term in terms if term.keep is not None])
        self._crowded = _Round([term for term in terms if term.forwards])

    def remove_old(self, now: float, stopped: Callable[[], bool]) -> tuple[int, bool]:
        """Remove what was kept for its time, a bounded number of files.

        Returns
        -------
        tuple of int and bool
            How many, and whether every project was looked through.
        """
        removed = 0
        for _ in range(_TURN // _PAGE):
            term = self._aging.term
            if term is None or stopped():
                break
            keep = term.keep or 0.0
            removed += self._step(self._aging, term, _PAGE, now - keep, now - min(keep, SETTLED_S))
        return removed, self._aging.is_over()

    def make_room(self, now: float, stopped: Callable[[], bool]) -> tuple[int, bool]:
        """Remove what was delivered, of each project the oldest first, until there is room.

        Returns
        -------
        tuple of int and bool
            How many, and whether there is room, or nothing left to remove.
        """
        removed = 0
        for _ in range(_TURN // _GROUP):
            term = self._crowded.term
            if term is None or stopped() or not self._spool.is_low:
                break
            removed += self._step(self._crowded, term, _GROUP, None, now - SETTLED_IN_NEED_S)
            self._crowded.turn()
        return removed, not self._spool.is_low or self._crowded.is_over()

    def _step(
        self, around: _Round, term: Term, limit: int, received_before: float | None, delivered_before: float
    ) -> int:
        """Look at one page of a project; return how many files were removed."""
        undelivered = not term.forwards and received_before is not None
        page = self._reader.page(
            term.project,
            around.place,
            limit,
            received_before=float("inf") if received_before is None else received_before,
            delivered_before=delivered_before,
            undelivered=undelivered,
        )
        found = [candidate.place[1] for candidate in page if candidate.removable]
        removed = 0
        for at in range(0, len(found), _GROUP):
            group = found[at : at + _GROUP]
            paths = self._ledger.call(
                RemoveInstances(term.project, group, received_before, delivered_before, undelivered)
            )
            self._spool.remove(paths)
            removed += len(paths)
        around.passed(page[-1].place if len(page) == limit else None)
        return removed


class _Round:
    """A way through the files of several projects, from the oldest on."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._terms = tuple(terms)
        self._left = deque((term, START) for term in terms)

    @property
    def term(self) -> Term | None:
        """Whose turn it is; None when every project was looked through."""
        return self._left[0][0] if self._left else None

    @property
    def place(self) -> Place:
        """How far that project was looked through."""
        return self._left[0][1]

    def passed(self, place: Place | None) -> None:
        """Note how far it was looked through now; None is to the end."""
        term, _ = self._left.popleft()
        if place is not None:
            self._left.appendleft((term, place))

    def turn(self) -> None:
        """Let the next project go on."""
        self._left.rotate(-1)

    def is_over(self) -> bool:
        """Tell whether every project was looked through; the next round begins then."""
        if self._left:
            return False
        self._left.extend((term, START) for term in self._terms)
        return True
