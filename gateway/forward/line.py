"""One association to a destination, opened when it is needed and negotiated anew when it must be."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice

from gateway.association.peer import Peer
from gateway.association.requestor import MOST_CONTEXTS, Timeouts
from gateway.association.storage_scu import StorageAssociation
from gateway.errors import NoPresentationContext, PeerUnreachable
from gateway.forward.reachability import Reachability

Pair = tuple[str, str]
"""SOP Class UID and Transfer Syntax UID."""


class Line:
    """Keeps at most one association.

    Parameters
    ----------
    calling
        Calling AE title.
    reachability
        Told when an association opens and ends.
    """

    def __init__(self, peer: Peer, calling: str, timeouts: Timeouts, reachability: Reachability) -> None:
        self._peer, self._calling, self._timeouts = peer, calling, timeouts
        self._reachability = reachability
        self._association: StorageAssociation | None = None
        self._proposed: tuple[Pair, ...] = ()
        self._declined: set[Pair] = set()

    @property
    def is_open(self) -> bool:
        """Whether an association is kept."""
        return self._association is not None

    def reconsider(self) -> None:
        """Forget what a destination declined that accepted nothing at all; it is asked again."""
        self._declined.clear()

    def get(self, pair: Pair, upcoming: Iterable[Pair]) -> StorageAssociation:
        """Return an association on which `pair` was proposed.

        Parameters
        ----------
        upcoming
            What else will be sent soon; proposed at the same time.

        Raises
        ------
        NoPresentationContext
            The destination declined `pair` together with everything else.
        PeerUnreachable
            No association can be opened.
        """
        if self._association is not None and not (self._association.usable and pair in self._proposed):
            self.release()
        if pair in self._declined:
            raise NoPresentationContext("the destination accepts no presentation context")
        if self._association is None:
            # Pairs of earlier series come last: they may well be needed again.
            wanted = dict.fromkeys(chain((pair,), upcoming, self._proposed))
            self._association = self._open(tuple(islice(wanted, MOST_CONTEXTS)))
        return self._association

    def release(self) -> None:
        """End the association, if there is one."""
        if self._association is None:
            return
        try:
            self._association.close()
        finally:
            self._association = None
            self._reachability.closed()

    def interrupt(self) -> None:
        """Break the connection, from another thread: a transfer that is under way fails."""
        association = self._association
        if association is not None:
            association.interrupt()

    def _open(self, pairs: tuple[Pair, ...]) -> StorageAssociation:
        with self._reachability.opening:
            if self._reachability.resting:
                raise PeerUnreachable("the destination is being left alone")
            try:
                opened = StorageAssociation.open(self._peer, self._calling, pairs, timeouts=self._timeouts)
            except NoPresentationContext:
                self._declined.update(pairs)
                raise
            self._reachability.opened()
        self._proposed = pairs
        return opened
