"""Instances that are being received right now."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.errors import OutOfResources


class InFlight:
    """Lets one thread at a time receive the same instance."""

    def __init__(self) -> None:
        self._digests: set[bytes] = set()
        self._changed = threading.Condition()

    @contextmanager
    def alone(self, digest: bytes, patience: float) -> Iterator[None]:
        """Be the only one with this digest inside the block.

        Parameters
        ----------
        patience
            Seconds that a second copy waits for the first.

        Raises
        ------
        OutOfResources
            The first copy takes too long.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: digest not in self._digests, patience):
                raise OutOfResources("the same instance is still being received")
            self._digests.add(digest)
        try:
            yield
        finally:
            with self._changed:
                self._digests.discard(digest)
                self._changed.notify_all()
