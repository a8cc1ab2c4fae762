"""The Unix socket of the ledger writer, in a directory that only its owner can enter.

A socket's path may have 108 bytes only, so both ends name it through a descriptor of its
directory: ``/proc/self/fd/<descriptor>/<name>``.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def listen(path: Path, backlog: int = 128) -> socket.socket:
    """Return a listening socket at `path`; a socket left there by a dead writer is replaced.

    Raises
    ------
    OSError
        The directory cannot be made or the socket not be bound.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    with suppress(FileNotFoundError):
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short(path) as short:
            listener.bind(short)
        listener.listen(backlog)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def connect(path: Path, timeout: float) -> socket.socket:
    """Return a socket connected to the writer at `path`.

    Parameters
    ----------
    timeout
        Seconds that connecting may take.

    Raises
    ------
    OSError
        Nobody listens there.
    """
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        client.settimeout(timeout)
        with _short(path) as short:
            client.connect(short)
        client.settimeout(None)
    except OSError:
        client.close()
        raise
    return client


@contextmanager
def _short(path: Path) -> Iterator[str]:
    descriptor = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{path.name}"
    finally:
        os.close(descriptor)
