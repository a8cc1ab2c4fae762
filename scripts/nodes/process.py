"""A server process: started, waited for, stopped."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"
_RESERVED = contextlib.ExitStack()
"""Sockets that hold ports for the life of this process."""
atexit.register(_RESERVED.close)


def free_port() -> int:
    """Find a TCP port that nobody listens on, and reserve it for the life of this process.

    Chosen below the ephemeral range, so that no outgoing connection takes it before its server does.
    The reservation is a bound socket that does not listen: a server that reuses addresses, as all of
    these do, may have the port, and another search finds it taken.
    """
    low, high = 20000, 32000
    start = low + (os.getpid() * 7919 + time.monotonic_ns() // 1000) % (high - low)
    for offset in range(high - low):
        port = low + (start - low + offset) % (high - low)
        with socket.socket() as candidate:
            try:
                candidate.bind((LOOPBACK, port))
            except OSError:
                continue
        reservation = _RESERVED.enter_context(socket.socket())
        reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reservation.bind((LOOPBACK, port))
        return port
    raise RuntimeError("no free TCP port")


def program(name: str) -> str:
    """Path of an installed program.

    Debian's servers lie outside a user's PATH; and in an activated virtual environment pynetdicom's
    commands hide DCMTK's of the same names.
    """
    environment = str(Path(sys.executable).parent)
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder != environment]
    path = shutil.which(name, path=os.pathsep.join([*folders, "/usr/sbin", "/sbin"]))
    if path is None:
        raise FileNotFoundError(f"{name} is not installed (scripts/set-up installs it when root)")
    return path


def missing(*names: str) -> list[str]:
    """Those of the programs that are not installed."""
    absent = []
    for name in names:
        try:
            program(name)
        except FileNotFoundError:
            absent.append(name)
    return absent


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Ask again and again; raise TimeoutError naming `what` when the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.05)


class Server:
    """One process that serves until it is told to stop.

    Parameters
    ----------
    name
        For messages, and for the log file.
    folder
        Made when it is not there; the log file ``<name>.log`` goes into it.
    """

    STARTS_WITHIN = 60.0
    STOPS_WITHIN = 60.0

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        """What to run."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """What the environment has beyond ours."""
        return {}

    def is_ready(self) -> bool:
        """Tell whether it serves already."""
        raise NotImplementedError

    def start(self) -> Self:
        """Start, and return when it serves."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone; we stop the others in order
                env={**os.environ, **self.environment()},
            )
        try:
            wait_until(self._has_answered, self.STARTS_WITHIN, f"{self.name} answers")
        except BaseException:
            self.kill()
            raise
        return self

    def _has_answered(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{tail}")
        return self.is_ready()

    def stop(self) -> int:
        """Ask it to stop; return its exit code. It is killed when it does not heed."""
        if self.process is None:
            return 0
        self.process.terminate()
        try:
            return self.process.wait(self.STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()
            raise TimeoutError(f"{self.name} did not stop within {self.STOPS_WITHIN:g} s") from None
        finally:
            self.process = None

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.stop()
        else:
            self.kill()
