"""What every process of the gateway does before anything else.

Promise 2 of the design: the original never touches a disk. A core dump would be a copy of memory,
so there is none, and no other process of the user may read the memory either.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NAME: Final = 15
_UMASK: Final = 0o077
_STATM: Final = Path("/proc/self/statm")
_DATA_PAGES: Final = 5
"""Field of data and stack in proc_pid_statm(5)."""
_STACK_BYTES: Final = 8 << 20


def forbid_dumps() -> None:
    """Forbid core dumps, and tracing by other processes of the user.

    Raises
    ------
    OSError
        The kernel refused; the process must not go on.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(_PR_SET_DUMPABLE, 0)


def harden() -> None:
    """Forbid dumps, and files that others can read.

    Raises
    ------
    OSError
        The kernel refused; the process must not go on.
    """
    forbid_dumps()
    os.umask(_UMASK)


def limit_memory(more: int) -> None:
    """Let this process take `more` bytes of memory beyond what it has; then allocations fail.

    That refuses one instance for now, where the kernel would have ended a process of its choice
    to find memory (RLIMIT_DATA, setrlimit(2)).
    """
    pages = int(_STATM.read_text().split()[_DATA_PAGES])
    limit = pages * resource.getpagesize() + more
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def stack_bytes() -> int:
    """Return what the stack of one thread takes of the memory that `limit_memory` counts."""
    soft, _ = resource.getrlimit(resource.RLIMIT_STACK)
    return _STACK_BYTES if soft == resource.RLIM_INFINITY else max(soft, _STACK_BYTES)


def allow_descriptors() -> None:
    """Use as many file descriptors as the service may have: an association takes several."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def die_with_parent() -> None:
    """Have the kernel end this process when its parent ends, even while it is stopped."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def become_child(name: str) -> None:
    """Make this process end with its parent, and leave signals to the supervisor.

    A terminal or a service manager sends its signal to every process of the group; only the
    supervisor acts on it, so that processes stop in the right order. SIGKILL is what the kernel
    sends when the parent is gone: everything that matters is durable at any instant. A parent
    that died before the call is noticed by the end of the control channel.

    Parameters
    ----------
    name
        What ps(1) and top(1) show; the kernel keeps 15 characters.
    """
    harden()
    _prctl(_PR_SET_NAME, ctypes.create_string_buffer(name.encode()))
    die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _prctl(option: int, value: int | ctypes.Array[ctypes.c_char]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    argument = ctypes.c_ulong(value) if isinstance(value, int) else value
    if libc.prctl(option, argument, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
