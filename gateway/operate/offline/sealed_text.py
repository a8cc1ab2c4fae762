"""Text in an encrypted file that can be written as a stream, and whose end cannot go unnoticed.

A file is one line of header, then frames. A frame is a byte that says whether it is the last one,
the length of the rest in four bytes, big endian, and what `gateway.linkage.seal.Sealer` made of a
piece of the text: AES-256-GCM with a random nonce. To each piece its place is bound: the header,
which no other file has, its number, and whether it is the last one. So no piece can be changed,
left out, moved or taken from another file, and a file without a last piece is seen to be cut.
"""

from __future__ import annotations

import re
import secrets
import struct
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

from gateway.errors import KeyGuardError
from gateway.linkage.seal import Sealer

PIECE_CHARACTERS: Final = 64 << 10
"""Characters of the longest piece."""
_MAGIC: Final = "deidentification-gateway sealed text 1"
_HEADER: Final = re.compile(rf"{_MAGIC} key ([0-9a-f]{{16}}) file [0-9a-f]{{32}}\n".encode())
_HEADER_BYTES: Final = len(f"{_MAGIC} key {'0' * 16} file {'0' * 32}\n")
_FRAME: Final = struct.Struct(">?I")
_MAX_FRAME: Final = 1 << 20
_TEXT: Final = "text"


class SealedText:
    """A text that is being written; as a context manager, ended when nothing went wrong.

    After an error what was written so far is sealed too, but the text stays without its end.

    Parameters
    ----------
    file
        Where to; positioned at its start.
    sealer
        Seals.
    """

    def __init__(self, file: BinaryIO, sealer: Sealer) -> None:
        self._file, self._sealer = file, sealer
        self._header = f"{_MAGIC} key {sealer.key_id} file {secrets.token_hex(16)}\n".encode()
        self._parts: list[str] = []
        self._waiting, self._number = 0, 0
        file.write(self._header)

    def write(self, text: str) -> int:
        """Write a part of the text; return its number of characters."""
        self._parts.append(text)
        self._waiting += len(text)
        if self._waiting >= PIECE_CHARACTERS:
            waiting = "".join(self._parts)
            whole = len(waiting) - len(waiting) % PIECE_CHARACTERS
            for start in range(0, whole, PIECE_CHARACTERS):
                self._seal(waiting[start : start + PIECE_CHARACTERS], is_last=False)
            self._parts, self._waiting = [waiting[whole:]], len(waiting) - whole
        return len(text)

    def __enter__(self) -> SealedText:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._seal("".join(self._parts), is_last=kind is None)

    def _seal(self, piece: str, *, is_last: bool) -> None:
        place = _place(self._header, self._number, is_last=is_last)
        sealed = self._sealer.seal({_TEXT: piece}, *place)
        self._file.write(_FRAME.pack(is_last, len(sealed)) + sealed)
        self._number += 1


def opened(path: Path, sealer: Sealer) -> Iterator[str]:
    """Yield the pieces of the text in a file, each only once it is proven.

    Raises
    ------
    KeyGuardError
        It cannot be read, is no such file, was sealed with another key, was altered, or has no end.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
            match = _HEADER.fullmatch(header)
            if match is None:
                raise KeyGuardError(f"{path} is no sealed text of this program")
            key_id = match[1].decode("ascii")
            if key_id != sealer.key_id:
                raise KeyGuardError(f"{path} was sealed with the key {key_id}, not with {sealer.key_id}")
            yield from _pieces(file, header, sealer, path)
    except OSError as error:
        raise KeyGuardError(f"{path} cannot be read: {error.strerror}") from None


def _pieces(file: BinaryIO, header: bytes, sealer: Sealer, path: Path) -> Iterator[str]:
    for number in count():
        prefix = file.read(_FRAME.size)
        if len(prefix) < _FRAME.size:
            raise KeyGuardError(f"{path} is cut: its end is missing")
        is_last, length = _FRAME.unpack(prefix)
        if length > _MAX_FRAME:
            raise KeyGuardError(f"{path} was altered")
        sealed = file.read(length)
        if len(sealed) < length:
            raise KeyGuardError(f"{path} is cut: its end is missing")
        yield sealer.open(sealed, *_place(header, number, is_last=is_last))[_TEXT]
        if is_last:
            break
    if file.read(1):
        raise KeyGuardError(f"{path} was altered: something stands behind its end")


def _place(header: bytes, number: int, *, is_last: bool) -> tuple[bytes, str, str]:
    return header, str(number), "last" if is_last else "more"
