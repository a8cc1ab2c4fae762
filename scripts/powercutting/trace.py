"""What strace wrote, as system calls that begin and end."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

MAKE = ("open", "openat", "creat", "mkdir", "mkdirat", "link", "linkat", "rename", "renameat", "renameat2")
REMOVE = ("unlink", "unlinkat", "rmdir")
WRITE = ("write", "writev", "pwrite64", "pwritev", "ftruncate", "truncate", "fallocate")
SYNC = ("fsync", "fdatasync")
SEND = ("sendto", "sendmsg")
UNFOLLOWED = (
    *("pwritev2", "copy_file_range", "sendfile", "splice", "symlink", "symlinkat"),
    *("sync", "syncfs", "sync_file_range", "msync"),
)
"""Calls that nothing here makes of the storage directory; a recording with one of them is not judged."""
TRACED = (*MAKE, *REMOVE, *WRITE, *SYNC, *SEND, *UNFOLLOWED)
"""Memory maps are not among them: SQLite maps its -shm file alone, which is no durable state."""

_WHOLE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+|\?)(.*)", re.DOTALL)
_BEGUN = re.compile(r"(\d+) +(\w+)\((.*?)\s*<unfinished \.\.\.>", re.DOTALL)
_ENDED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+|\?)(.*)", re.DOTALL)
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_PLACE = re.compile(r"(?:AT_FDCWD|\d+)<((?:\\x[0-9a-f]{2})*)>")


class TraceError(Exception):
    """The recording cannot be followed; the message says why."""


@dataclass(slots=True, eq=False)
class Call:
    """One system call.

    Attributes
    ----------
    arguments
        As strace shows them, texts and paths in hexadecimal.
    result
        What it returned; None while it has not.
    at
        Path of the descriptor that it returned, where it returned one.
    """

    pid: int
    name: str
    arguments: str
    result: int | None = None
    at: str = ""
    state: object = field(default=None)

    @property
    def place(self) -> str:
        """Path of the first descriptor among the arguments, as it was when the call began."""
        found = _PLACE.search(self.arguments)
        return _decoded(found[1]).decode(errors="replace") if found else ""

    @property
    def paths(self) -> list[str]:
        """The paths it names, absolute."""
        bases = [_decoded(one).decode(errors="replace") for one in _PLACE.findall(self.arguments)]
        names = [_decoded(text).decode(errors="replace") for text, _ in _TEXT.findall(self.arguments)]
        bases += bases[:1] * (len(names) - len(bases)) or [""] * len(names)
        return [os.path.normpath(Path(base, name)) for base, name in zip(bases, names, strict=False)]

    @property
    def data(self) -> bytes:
        """What it writes or sends."""
        texts = _TEXT.findall(self.arguments)
        if any(cut for _, cut in texts):
            raise TraceError(f"strace shortened what {self.name} wrote")
        return b"".join(_decoded(text) for text, _ in texts)

    @property
    def numbers(self) -> list[int]:
        """The numbers among its arguments from the last backwards: a length, an offset."""
        return [int(one) for one in reversed(self.arguments.split(", ")) if one.strip().isdecimal()]


def read(path: Path, storage: Path) -> Iterator[tuple[Call, bool]]:
    """Yield each call that concerns `storage` or a socket, when it begins (False) and ends (True).

    strace stops the caller at both, so that what one call caused in another process is behind it.

    Raises
    ------
    TraceError
        A line that is none of strace's, or a call that is not followed.
    """
    parent = f"<{_hexadecimal(storage.parent)}>"
    wanted = (_hexadecimal(storage), parent, _hexadecimal("socket:"))
    open_calls: dict[int, Call | None] = {}
    with path.open(encoding="ascii") as lines:
        for line in lines:
            yield from _events(line, wanted, open_calls)


def _events(
    line: str, wanted: tuple[str, str, str], open_calls: dict[int, Call | None]
) -> Iterator[tuple[Call, bool]]:
    if ended := _ENDED.match(line):
        call = open_calls.pop(int(ended[1]), None)
        if call is not None:
            _end(call, ended[4], ended[5])
            yield call, True
    elif begun := _BEGUN.match(line):
        call = _call(begun, wanted)
        open_calls[int(begun[1])] = call
        if call is not None:
            yield call, False
    elif (whole := _WHOLE.match(line)) and (call := _call(whole, wanted)):
        yield call, False
        _end(call, whole[4], whole[5])
        yield call, True


def _call(match: re.Match[str], wanted: tuple[str, str, str]) -> Call | None:
    name, arguments = match[2], match[3]
    storage, parent, socket = wanted
    concerned = storage in arguments or (name in SYNC and parent in arguments)
    if name in UNFOLLOWED and (concerned or name == "sync"):
        raise TraceError(f"{name} of the storage directory is not followed")
    speaks = name in (*SEND, "write", "writev") and socket in arguments
    return Call(int(match[1]), name, arguments) if concerned or speaks else None


def _end(call: Call, result: str, rest: str) -> None:
    call.result = -1 if result == "?" else int(result)
    opened = re.match(r"<((?:\\x[0-9a-f]{2})*)>", rest)
    call.at = _decoded(opened[1]).decode(errors="replace") if opened else ""


def _decoded(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _hexadecimal(text: str | Path) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(text))
