"""What a running gateway shows of itself below its storage directory.

``lock`` is locked while any process of a gateway lives; ``run/`` holds the sockets of the ledger and of
the pixel workers, and ``state.json``, which names the port and the processes.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from gateway.errors import LedgerUnavailable
from gateway.ledger import endpoint
from gateway.ledger.database import sync_directory
from gateway.operate.supervision.descriptor import Descriptor

_PATIENCE_S: Final = 3.0
"""A killed gateway's processes need a moment to be gone."""
_POLL_S: Final = 0.05
_QUEUE: Final = 1024
"""Instances that may wait for a pixel worker, if the system allows so many (net.core.somaxconn)."""


class State(msgspec.Struct, frozen=True):
    """The content of ``state.json``."""

    pid: int
    host: str
    port: int
    version: str
    started_at: str
    processes: dict[str, int]
    tls_port: int = 0


def make_storage(storage: Path) -> None:
    """Make the storage directory where it is missing, so that a power cut does not take it as a whole.

    Raises
    ------
    OSError
        It cannot be made, or what holds it cannot be synced.
    """
    made = [one for one in (storage, *storage.parents) if not one.exists()]
    storage.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in made:
        sync_directory(one.parent)
    # A start that was killed may have made it and not synced it. Who was given it by an
    # administrator may not be able to read what holds it.
    with suppress(PermissionError):
        sync_directory(storage.parent)


def lock(storage: Path, patience: float = _PATIENCE_S) -> Descriptor:
    """Take the exclusive lock of a storage directory.

    It is held as long as one copy of the descriptor is open in any process: every process of a
    gateway keeps one, so that a second gateway cannot start before the last of them is gone.

    Raises
    ------
    LedgerUnavailable
        Another gateway or a command has it, `patience` seconds long.
    """
    descriptor = os.open(storage / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + patience
    while not _try_lock(descriptor, fcntl.LOCK_EX):
        if time.monotonic() > deadline:
            os.close(descriptor)
            raise LedgerUnavailable(f"another gateway runs on {storage}, or a command works on it")
        time.sleep(_POLL_S)
    return Descriptor(descriptor)


def is_running(storage: Path) -> bool:
    """Tell whether any process of a gateway lives on the storage directory."""
    try:
        descriptor = os.open(storage / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _try_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class RunDirectory:
    """``<storage>/run``, only entered by the process that holds the lock."""

    def __init__(self, storage: Path) -> None:
        self._path = storage / "run"
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.chmod(0o700)
        for left in self._path.glob("pymp-*"):
            shutil.rmtree(left, ignore_errors=True)
        self._descriptor = os.open(self._path, os.O_DIRECTORY | os.O_CLOEXEC)

    @property
    def temporary(self) -> str:
        """A path for what multiprocessing needs, short enough for a socket's name.

        Nothing of a gateway is outside its storage directory.
        """
        return f"/proc/self/fd/{self._descriptor}"

    @staticmethod
    def ledger_socket(storage: Path) -> Path:
        """Return the path of the ledger writer's socket."""
        return storage / "run" / "ledger.sock"

    def listen(self) -> socket.socket:
        """Bind the ledger's socket, which outlives a writer that dies."""
        return endpoint.listen(self._path / "ledger.sock")

    @staticmethod
    def pixels_socket(storage: Path) -> Path:
        """Return the path of the socket on which all pixel workers listen."""
        return storage / "run" / "pixels.sock"

    def listen_for_pixels(self) -> socket.socket:
        """Bind the socket of the pixel workers; its backlog is their queue, and outlives them."""
        return endpoint.listen(self._path / "pixels.sock", backlog=_QUEUE)

    def publish(self, state: State) -> None:
        """Replace the state file."""
        draft = self._path / "state.json.new"
        draft.write_bytes(msgspec.json.encode(state))
        draft.replace(self._path / "state.json")

    def clear(self) -> None:
        """Remove what only a running gateway has."""
        for name in ("state.json", "state.json.new", "ledger.sock", "pixels.sock"):
            (self._path / name).unlink(missing_ok=True)


def state(storage: Path) -> State | None:
    """Return what the running gateway published; None when there is none, or it is starting."""
    if not is_running(storage):
        return None
    try:
        return msgspec.json.decode((storage / "run" / "state.json").read_bytes(), type=State)
    except (OSError, msgspec.DecodeError):
        return None
