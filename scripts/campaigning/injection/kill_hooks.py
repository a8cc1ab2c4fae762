"""Puts the named steps around the functions that take them, as soon as their modules are imported.

The program knows nothing of it. A function that has gone stops the gateway's start: a step that is
never reached would prove nothing.
"""

from __future__ import annotations

import importlib.machinery
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any, Final

import pixel_stand_in
from kill_board import Board

_DATA_PDU: Final = 0x04
_COMMAND, _LAST = 0x01, 0x02
_CONTROL_AT: Final = 11
"""Of the message control header of the first PDV in a P-DATA-TF PDU (PS3.8 9.3.5)."""
_FIELD: Final = b"\0\0\0\1\2\0\0\0"
"""Command Field (0000,0100) with its length; the two octets behind it are its value (PS3.7 E.1)."""
_STORE_REQUEST, _STORE_RESPONSE = _FIELD + b"\1\0", _FIELD + b"\1\x80"

Test = Callable[[Sequence[Any]], bool]


def install(board: Board) -> None:
    """Surround the steps of this process, and of all that are forked from it."""
    hooks = _Hooks(board)
    hooks.around(os, "fdatasync", "sync")
    for name in ("rename", "replace"):
        hooks.around(os, name, "rename", lambda arguments: str(arguments[1]).endswith(".dcm"))
    sys.meta_path.insert(0, _Finder(hooks))


class _Hooks:
    """The steps by the module that they are in."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.by_module: dict[str, Callable[[ModuleType], None]] = {
            "gateway.spool.durable": self._spool,
            "gateway.linkage.store": lambda module: self.around(
                module.LinkageStore, "commit", "linkage commit"
            ),
            "gateway.ledger.instance_store": lambda module: self.around(
                module.LedgerStore, "commit", "ledger commit"
            ),
            "gateway.ledger.client": self._client,
            "gateway.association.byte_stream": self._connection,
            "gateway.operate.pixels.engine": pixel_stand_in.install,
        }

    def around(self, owner: Any, name: str, action: str, applies: Test = lambda _: True) -> None:
        """Have the process die before or after a function, when it is called for `action`."""
        original = getattr(owner, name)
        before, after = self._board.point(f"before {action}"), self._board.point(f"after {action}")

        def replacement(*arguments: Any, **named: Any) -> Any:
            counts = applies(arguments)
            if counts and before():
                self._board.die()
            result = original(*arguments, **named)
            if counts and after():
                self._board.die()
            return result

        setattr(owner, name, replacement)

    def _spool(self, module: ModuleType) -> None:
        self._within_write(module)
        self.around(module, "write_all", "write")
        # A series' directory, by its UID; those above are synced before anything is in them.
        self.around(module, "sync_directory", "directory sync", lambda given: given[0].name[:1].isdigit())

    def _within_write(self, module: ModuleType) -> None:
        original, due = module.write_all, self._board.point("within write")

        def write_all(descriptor: int, buffers: Iterable[bytes | memoryview]) -> int:
            if due():
                content = b"".join(buffers)
                original(descriptor, [content[: len(content) // 2]])
                self._board.die()
            return int(original(descriptor, buffers))

        module.write_all = write_all

    def _client(self, module: ModuleType) -> None:
        self.around(
            module.LedgerClient,
            "call",
            "response is recorded",
            lambda given: type(given[1]).__name__ == "TaskOutcome",
        )

    def _connection(self, module: ModuleType) -> None:
        self._within_send(module.ByteStream)
        self.around(module.ByteStream, "send", "answer", lambda given: _is_command(given[1], _STORE_RESPONSE))
        self._around_send(module.ByteStream)

    def _within_send(self, stream: Any) -> None:
        original, due = stream.send, self._board.point("within send")

        def send(this: Any, data: bytes) -> None:
            if _is_end_of_data_set(data) and due():
                original(this, data[: len(data) // 2])
                self._board.die()
            original(this, data)

        stream.send = send

    def _around_send(self, stream: Any) -> None:
        original = stream.send
        before, after = self._board.point("before send"), self._board.point("after send")

        def send(this: Any, data: bytes) -> None:
            if _is_command(data, _STORE_REQUEST) and before():
                self._board.die()
            original(this, data)
            if _is_end_of_data_set(data) and after():
                self._board.die()

        stream.send = send


def _is_command(pdu: bytes, field: bytes) -> bool:
    return pdu[0] == _DATA_PDU and bool(pdu[_CONTROL_AT] & _COMMAND) and field in pdu[:256]


def _is_end_of_data_set(pdu: bytes) -> bool:
    if pdu[0] != _DATA_PDU or multiprocessing.current_process().name != "forwarder":
        return False
    return pdu[_CONTROL_AT] & (_COMMAND | _LAST) == _LAST


class _Finder(MetaPathFinder):
    """Imports modules as ever, and has the steps put in once each was executed."""

    def __init__(self, hooks: _Hooks) -> None:
        self._hooks = hooks.by_module

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Find a module that has steps."""
        surround = self._hooks.get(name)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target) if surround else None
        if spec is None or spec.loader is None or surround is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            surround(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
