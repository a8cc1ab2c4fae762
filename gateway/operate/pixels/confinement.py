"""What a pixel worker cannot do, whatever a decoder is made to do: write a file, connect to anybody.

Landlock (Linux 5.13, landlock(7)) takes the right to open a file for writing and to make, rename or
remove one; unnamed memory is none. From version 4 it takes TCP as well, from version 6 signals to
processes outside. RLIMIT_FSIZE could not do this: a limit of 0 forbids writing to unnamed memory, too,
in which the pixels travel.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
from pathlib import Path
from typing import Final

from gateway.operate.supervision.process import limit_memory

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
"""System calls; the same numbers on every architecture."""
_VERSION: Final = 1
"""LANDLOCK_CREATE_RULESET_VERSION: return the version."""
_PATH_BENEATH: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38

_WRITE_FILE: Final = 1 << 1
_CHANGE_FOLDER: Final = sum(1 << bit for bit in range(4, 13))
"""Remove a folder or a file; make a device, folder, file, socket, pipe or link."""
_REFER: Final = 1 << 13
_TRUNCATE: Final = 1 << 14
_TCP: Final = 3
"""Bind and connect."""
_SCOPES: Final = 3
"""Abstract sockets of others, and signals to them."""
_DESCRIPTORS: Final = 128
_MIB: Final = 1 << 20
SINK: Final = Path("/dev/null")
"""Libraries open it for writing."""


def landlock_version() -> int:
    """Return the version of Landlock in this kernel, 0 if it has none."""
    version = int(_libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION))
    return max(0, version)


def confine(writable: str = "") -> bool:
    """Take from this thread, and those that it starts, what an examination does not need.

    Parameters
    ----------
    writable
        A folder in which files may be written all the same; empty for none.

    Returns
    -------
    bool
        Whether the kernel forbids it to write files.

    Raises
    ------
    OSError
        It cannot be taken although the kernel knows how.
    """
    _checked(_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    version = landlock_version()
    if not version:
        return False
    files = (
        _WRITE_FILE | _CHANGE_FOLDER | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    )
    attributes = struct.pack("=QQQ", files, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _checked(_libc().syscall(_CREATE_RULESET, attributes[:size], ctypes.c_size_t(size), 0))
    try:
        _allow(ruleset, SINK, files & (_WRITE_FILE | _TRUNCATE))
        if writable:
            _allow(ruleset, Path(writable), files)
        _checked(_libc().syscall(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def limit(memory_mib: int) -> None:
    """Bound what this process may take from now on; its time is bounded for each instance.

    Parameters
    ----------
    memory_mib
        Beyond what it has, and of each piece of unnamed memory that it fills.
    """
    limit_memory(memory_mib * _MIB)
    resource.setrlimit(resource.RLIMIT_FSIZE, (memory_mib * _MIB,) * 2)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_DESCRIPTORS, hard),) * 2)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, descriptor)
        _checked(_libc().syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0))
    finally:
        os.close(descriptor)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "a right that is not needed could not be given up")
    return result
