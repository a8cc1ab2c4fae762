"""How many connections there may be: in all, and from one address."""

from __future__ import annotations

from collections import Counter


class Admission:
    """Counts the connections that are being served.

    Parameters
    ----------
    limit
        Connections at a time.
    limit_per_address
        Connections at a time from one IP address, so that one peer cannot take all of them.
    patience
        Seconds within which a peer has to say what it wants; until then it is not counted.
    """

    def __init__(self, limit: int, limit_per_address: int, patience: float = 30.0) -> None:
        self._limit, self._limit_per_address = limit, limit_per_address
        self.patience = patience
        self._address: dict[int, str] = {}
        self._count: Counter[str] = Counter()
        self._number = 0

    @property
    def active(self) -> int:
        """Connections being served."""
        return len(self._address)

    def admit(self, address: str) -> int | None:
        """Return the number of a new connection, or None when there may not be another."""
        if self.active >= self._limit or self._count[address] >= self._limit_per_address:
            return None
        self._number += 1
        self._address[self._number] = address
        self._count[address] += 1
        return self._number

    def release(self, number: int) -> None:
        """Forget a connection that is over."""
        address = self._address.pop(number)
        self._count[address] -= 1
        if not self._count[address]:
            del self._count[address]
