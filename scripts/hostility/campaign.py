"""Every case against one gateway, and what is looked at after each."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nodes.gateway import Gateway

from hostility import (
    associations,
    groups,
    messages,
    pixels,
    planted,
    queries,
    storms,
    structures,
    truncated,
    values,
    wire,
)
from hostility.case import Case
from hostility.element import data_set, element, new_uid
from hostility.peer import Dial

_CLEAN = ((wire.VERIFICATION, [wire.IMPLICIT]), (wire.MR, [wire.EXPLICIT]))
_MIB = 1 << 20
_FULL, _ATTEMPTS = "A-ASSOCIATE-RJ 2/3/2", 20


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case.

    Parameters
    ----------
    outcome
        A status, an A-ASSOCIATE-RJ with its fields, an A-ABORT, or that the connection was closed.
    seconds
        Until that was known.
    memory_mib
        The most that any receiver took meanwhile, resident.
    serves
        What a C-ECHO and, mostly, a C-STORE right behind it were answered.
    faults
        What is wrong with it; empty when nothing is.
    """

    name: str
    what: str
    outcome: str
    seconds: float
    memory_mib: int
    serves: str
    faults: tuple[str, ...]


def cases(*, slow: bool) -> list[Case]:
    """Return all cases; those that take long only when asked for."""
    modules = (associations, messages, storms, structures, groups, values, pixels, queries, truncated)
    return [case for module in modules for case in module.cases() if slow or not case.slow]


class Campaign:
    """Runs cases against a gateway that runs already.

    Parameters
    ----------
    gateway
        With the peers of `nodes.gateway.Gateway`.
    every
        After so many cases a C-STORE follows on the C-ECHO.
    """

    def __init__(self, gateway: Gateway, every: int = 1) -> None:
        self._gateway, self._every, self._count = gateway, every, 0
        self.processes: dict[str, int] = gateway.status()["state"]["processes"]
        """Their ids at the start, by name."""

    def run(self, chosen: Iterable[Case], ended: Callable[[Result], None] = lambda _: None) -> list[Result]:
        """Run cases one after the other; `ended` is called with each result."""
        results = []
        for case in chosen:
            results.append(self._run(case))
            ended(results[-1])
        return results

    def faults(self) -> list[str]:
        """Return what is wrong with the gateway as a whole, once all cases have run."""
        status = self._gateway.status()
        found = [] if status["state"]["processes"] == self.processes else ["a process was replaced"]
        found += [] if status["balanced"] else ["the sums do not add up"]
        unusual = {"process_died", "uncaught_exception", "withheld"}
        events = (event.get("event") for event in self._gateway.events())
        found += sorted({f"the log has {event}" for event in events if event in unusual})
        leaks = planted.leaks(self._gateway.folder)
        return found + [f"{', '.join(sorted(hits))} in {path}" for path, hits in leaks.items()]

    def _run(self, case: Case) -> Result:
        for pid in self._receivers():
            _forget_peak(pid)
        started = time.monotonic()
        with Dial(self._gateway.address) as dial:
            try:
                outcome = case.act(dial)
            except OSError as error:
                outcome = type(error).__name__
            seconds = time.monotonic() - started
            heard = bytes(dial.heard)
        memory = max(map(_peak_mib, self._receivers()), default=0)
        serves = self._serves()
        faults = tuple(self._faults(case, outcome, heard, serves))
        return Result(case.name, case.what, outcome, round(seconds, 3), memory, serves, faults)

    def _faults(self, case: Case, outcome: str, heard: bytes, serves: str) -> Iterator[str]:
        if not re.fullmatch(case.expected, outcome):
            yield f"expected {case.expected}"
        if not re.fullmatch("0000H( 0000H)?", serves):
            yield "does not serve"
        if hits := planted.found_in(heard):
            yield f"was told {', '.join(sorted(hits))}"
        for name, pid in self.processes.items():
            if not Path(f"/proc/{pid}").exists():
                yield f"{name} is gone"

    def _serves(self) -> str:
        """Ask as a scanner does, which tries again when the gateway is full."""
        self._count += 1
        for _ in range(_ATTEMPTS):
            served = self._served(stores=self._count % self._every == 0)
            if served != _FULL:
                break
            time.sleep(0.1)
        return served

    def _served(self, *, stores: bool) -> str:
        with Dial(self._gateway.address) as dial:
            try:
                peer, uid = dial.peer(), new_uid()
                opened = peer.associate(*_CLEAN)
                if not opened.startswith("A-ASSOCIATE-AC"):
                    return opened
                peer.send(wire.message(1, wire.echo_command()))
                echoed = peer.answer()
                if not stores:
                    return echoed
                peer.send(wire.message(3, wire.store_command(uid), _clean(uid)))
                return f"{echoed} {peer.answer()}"
            except OSError as error:
                return type(error).__name__

    def _receivers(self) -> list[int]:
        return [pid for name, pid in self.processes.items() if name.startswith("receiver")]


def _clean(uid: bytes) -> bytes:
    return data_set(uid, {0x00100020: element(0x00100020, b"LO", "CLEAN")})


def _forget_peak(pid: int) -> None:
    with suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def _peak_mib(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 // _MIB if found else 0


def gateway(folder: Path) -> Gateway:
    """Describe a gateway for the cases: not started yet."""
    server = {"association_timeout_s": 20.0, "pdu_timeout_s": 20.0, "idle_timeout_s": 20.0}
    return Gateway(folder, {}, server=server)


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder outside of the one that a hostile path leads to."""
    return tempfile.TemporaryDirectory(prefix=f"gateway-{os.getpid()}-")
