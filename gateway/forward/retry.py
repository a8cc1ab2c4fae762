"""How long to wait before the next attempt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off with jitter, for ever.

    Parameters
    ----------
    first
        Seconds after the first failure, before jitter.
    longest
        Seconds that no delay exceeds.
    """

    first: float = 1.0
    longest: float = 300.0

    def delay(self, failures: int, fraction: float) -> float:
        """Return the seconds to wait after so many failures in a row.

        Parameters
        ----------
        failures
            1 or more.
        fraction
            Jitter from 0 to 1, drawn by the caller: what failed at the same time should not
            come back at the same time. The delay is between half of the full one and all of it.
        """
        doublings = min(failures - 1, 64)
        full: float = min(self.first * 2.0**doublings, self.longest)
        return full * (0.5 + 0.5 * fraction)
