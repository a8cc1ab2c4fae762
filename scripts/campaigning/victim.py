"""The gateway that is killed, with all its processes as the kernel knows them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from nodes.dcmtk import Address
from nodes.gateway import Gateway
from nodes.process import wait_until

from campaigning.injection.kill_board import Board
from campaigning.sender import Association

INJECTION: Final = Path(__file__).with_name("injection")
_GONE_WITHIN_S: Final = 10.0
_PROFILE: Final = """base = "basic"
options = ["retain_modified_dates", "retain_patient_characteristics", "clean_pixel_data"]
"""
"""As basic_dates, but pixels are cleaned: by a stand-in (`injection`), in worker processes."""


def _status_of(folder: Path) -> tuple[str, int, int]:
    """State, parent and session of a process (proc_pid_stat(5))."""
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    return fields[0], int(fields[1]), int(fields[3])


def living(session: int) -> dict[int, int]:
    """Processes of a session that run, with their parents; one that nobody reaped yet is none."""
    found = {}
    for folder in Path("/proc").glob("[1-9]*"):
        try:
            state, parent, of = _status_of(folder)
        except (OSError, IndexError, ValueError):
            continue
        if of == session and state not in "ZX":
            found[int(folder.name)] = parent
    return found


class Victim(Gateway):
    """A gateway whose processes can be killed one by one, all at once, and at every named step.

    Parameters
    ----------
    program
        Folder that the package ``gateway`` is taken from.
    answer_timeout
        Seconds from the last byte of an instance to its answer.

    Attributes
    ----------
    orphans
        Processes that outlived their supervisor.
    """

    def __init__(self, folder: Path, archive: Address, program: Path, answer_timeout: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        profile = folder / "cleaning.toml"
        profile.write_text(_PROFILE, encoding="utf-8")
        super().__init__(
            folder,
            {"archive": archive},
            project={"profile": str(profile)},
            server={"processes": 3, "answer_timeout_s": answer_timeout},
            storage={"min_free_gib": 0.01},
            forward={},
            pixels={"workers": 2},
        )
        self._program = program
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.board = Board(str(folder / "board"))
        self.orphans = 0

    def environment(self) -> Mapping[str, str]:
        """What the environment has beyond ours."""
        return {
            "PYTHONPATH": os.pathsep.join((str(INJECTION), str(self._program))),
            "PYTHONSAFEPATH": "1",
            "GATEWAY_KILL_BOARD": str(self.folder / "board"),
            "TMPDIR": str(self.temporary),
        }

    def is_ready(self) -> bool:
        """Tell whether it accepts an association."""
        try:
            association = Association(self.address)
        except OSError:
            return False
        try:
            association.release()
        except OSError:
            return False
        finally:
            association.close()
        return True

    @property
    def session(self) -> int:
        """Of the supervisor and everything that it started."""
        assert self.process is not None
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether the supervisor runs."""
        return self.process is not None and self.process.poll() is None

    def family(self) -> dict[int, int]:
        """Processes that run, with their parents."""
        return living(self.session)

    def fork_server(self, children: Mapping[str, int]) -> int:
        """Process that the children are forked from; 0 when it is not known at the moment."""
        family = self.family()
        parents = {family.get(pid, 0) for pid in children.values()} - {0, self.session}
        return min(parents, default=0)

    def kill_everything(self) -> None:
        """Kill all processes at one instant, if there are any."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def bury(self) -> None:
        """Wait for the end of a supervisor that was killed; what survives it for long is an orphan."""
        assert self.process is not None
        session = self.session
        self.process.wait()
        self.process = None
        self._end(session)

    def stop(self) -> int:
        """Ask it to stop, and return its exit code; what survives it is an orphan here as well."""
        session = self.session
        try:
            return super().stop()
        finally:
            self._end(session)

    def _end(self, session: int) -> None:
        deadline = time.monotonic() + _GONE_WITHIN_S
        while (left := living(session)) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.orphans += len(left)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill(self) -> None:
        """End whatever is left of it."""
        if self.process is not None:
            self.kill_everything()
            self.bury()

    def close(self) -> None:
        """End it, and let go of its board."""
        self.kill()
        self.board.close()

    def wait_until_gone(self, pid: int) -> None:
        """Return when a process of the gateway is dead."""
        wait_until(lambda: pid not in self.family(), _GONE_WITHIN_S, "a killed process is gone")

    def unfinished(self) -> list[str]:
        """Names in the spool's folder of unfinished files."""
        return [path.name for path in (self.storage / "spool" / "tmp").iterdir()]
