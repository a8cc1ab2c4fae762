"""Over which inputs did a receiver die? What the supervisor finds out after each death.

One death proves little: of everything that was in work one input may be to blame, or none, when
somebody killed the process. So after a death each input that was in work is a suspect and from
then on worked on alone. One that lives through that is acquitted. One over which a process dies
again, and nothing else was in work, is condemned: it is refused until the gateway starts anew.
"""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from gateway.operate.supervision.heartbeat import INTERVAL_S
from gateway.operate.supervision.suspect import MOST_SUSPECTS, Board, Standing

_log = structlog.get_logger()

_VMSTAT: Final = Path("/proc/vmstat")
_OOM_KILLS: Final = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)

_STATUS_LOST: Final = 255
"""Exit code of a process whose fork server died with it."""
_EXPLAINED: Final = 2
"""What a death counts that an input can cause: a fatal signal, an exit, no sign of life, the
out-of-memory killer."""
_UNEXPLAINED: Final = 1
"""What a SIGKILL counts that neither the supervisor nor the kernel sent: a person may have."""
_CONDEMNING: Final = 3
"""Two deaths, one of them explained; or three."""


def oom_kills() -> int:
    """Return how many processes the kernel's out-of-memory killer has ended since the machine started."""
    with suppress(OSError):
        if found := _OOM_KILLS.search(_VMSTAT.read_text()):
            return int(found[1])
    return 0


class Inquest:
    """Keeps the entries of the shared memory; in the supervisor.

    Parameters
    ----------
    board
        The shared memory.
    oom_kills
        Counts what the out-of-memory killer ended.
    """

    def __init__(self, board: Board, oom_kills: Callable[[], int] = oom_kills) -> None:
        self._board, self._oom_kills = board, oom_kills
        self._killed_for_memory = (oom_kills(),) * 2  # at the last two looks
        self._deaths: dict[bytes, int] = {}
        self._weight: dict[bytes, int] = {}
        self._condemned: set[bytes] = set()

    def died(self, receiver: int, code: int | None, silence: float) -> None:
        """Find out over what a receiver died.

        Parameters
        ----------
        code
            As of `multiprocessing.Process.exitcode`.
        silence
            Seconds that it had shown no life, if it was killed for that; otherwise 0.
        """
        work = self._board.collect(receiver)
        weight = self._weight_of(code, silence)
        # Whoever began after the last sign of life is not why there was none. But what hangs the
        # interpreter may have begun just before the sign that was to come next, and that may be late.
        began_until = time.monotonic() - silence + 2 * INTERVAL_S
        involved = {one.digest for one in work if not silence or one.began <= began_until} or {
            one.digest for one in work
        }
        for digest in involved:
            self._suspect(digest, weight, is_alone=len(involved) == 1)
        if involved:
            self._publish()
            _log.warning("inputs_suspected", count=len(involved))

    def attend(self) -> None:
        """Look what the out-of-memory killer did; every second or so."""
        self._killed_for_memory = (self._killed_for_memory[1], self._oom_kills())

    def acquit(self, digest: bytes) -> None:
        """Forget a suspect that was worked on and over which nobody died."""
        if digest in self._deaths and digest not in self._condemned:
            self._forget(digest)
            self._publish()

    def _suspect(self, digest: bytes, weight: int, *, is_alone: bool) -> None:
        deaths = self._deaths.pop(digest, 0) + 1  # the last one involved comes last
        self._deaths[digest] = deaths
        self._weight[digest] = self._weight.get(digest, 0) + weight
        if deaths > 1 and is_alone and self._weight[digest] >= _CONDEMNING:
            self._condemned.add(digest)
            _log.error("input_refused_after_deaths", count=deaths)

    def _weight_of(self, code: int | None, silence: float) -> int:
        if code not in (-signal.SIGKILL, _STATUS_LOST) or silence:
            return _EXPLAINED
        return _EXPLAINED if self._oom_kills() > self._killed_for_memory[0] else _UNEXPLAINED

    def _publish(self) -> None:
        while len(self._deaths) > MOST_SUSPECTS:
            oldest = next(iter(self._deaths))
            self._forget(next((one for one in self._deaths if one not in self._condemned), oldest))
        self._board.write(
            {
                digest: Standing.CONDEMNED if digest in self._condemned else Standing.SUSPECT
                for digest in self._deaths
            }
        )

    def _forget(self, digest: bytes) -> None:
        del self._deaths[digest], self._weight[digest]
        self._condemned.discard(digest)
