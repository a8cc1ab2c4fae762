"""A file sealed in pieces, so that neither writing nor opening it needs all of it at once.

A file is one line of magic, a header in clear behind its length, then pieces, each behind its
length. Every file has a key of its own, HKDF-SHA256 of the purpose's key and a random salt. A piece
is sealed by AES-256-GCM under a nonce of a random prefix, its number, and whether it is the last one
(the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015); magic and header are bound
to each. So no piece can be changed, left out, moved or taken from another file, and a file that
ends between two pieces is seen to be cut. The first piece is a header too, which is not in clear.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, count
from typing import BinaryIO, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.errors import SealBroken

PIECE: Final = 1 << 20
"""Bytes of the data in the longest piece."""

_MAGIC: Final = b"deidentification-gateway sealed file 1\n"
_PURPOSE: Final = b"deidentification-gateway/v1/sealed file/"
_LENGTH: Final = struct.Struct(">I")
_NONCE: Final = struct.Struct(">7sI?")
_SALT_BYTES: Final = 32
_PREFIX_BYTES: Final = 7
_TAG_BYTES: Final = 16
_LONGEST: Final = PIECE + _TAG_BYTES
_MAX_HEADER: Final = 1 << 16
_PADDING: Final = 256
_FIELDS: Final = msgspec.msgpack.Decoder(dict[str, str])


class _Header(msgspec.Struct, frozen=True):
    """What stands in clear."""

    key_id: str
    salt: bytes
    prefix: bytes
    place: dict[str, str]


class FileSealer:
    """Seals and opens the files of one purpose.

    Parameters
    ----------
    key_id
        Names the sealing key in each file.
    key
        The sealing key, 32 bytes; its sub-key of the purpose is what is used.
    purpose
        What the files are; never to be changed.
    """

    def __init__(self, key_id: str, key: bytes, purpose: str) -> None:
        self.key_id = key_id
        self._key = _derived(key, b"", _PURPOSE + purpose.encode())

    def pieces(
        self,
        place: Mapping[str, str],
        hidden: Mapping[str, str],
        data: Iterable[memoryview],
    ) -> Iterator[bytes]:
        """Yield the file from its beginning to its end.

        Parameters
        ----------
        place
            Stands in clear, and the file cannot be opened with another one.
        hidden
            Sealed before the data.
        data
            Sealed piece by piece.
        """
        header = _Header(
            self.key_id, secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_PREFIX_BYTES), dict(place)
        )
        encoded = _framed(msgspec.msgpack.encode(header))
        yield _MAGIC
        yield encoded
        cipher = self._cipher(header)
        waiting: bytes | memoryview = _padded(msgspec.msgpack.encode(dict(hidden)))
        numbers = count()
        for piece in chain.from_iterable(map(_cut, data)):
            yield _framed(cipher.encrypt(_nonce(header, next(numbers)), waiting, _MAGIC + encoded))
            waiting = piece
        yield _framed(cipher.encrypt(_nonce(header, next(numbers), is_last=True), waiting, _MAGIC + encoded))

    def open(self, file: BinaryIO) -> OpenedFile:
        """Open a file that stands at its beginning.

        Raises
        ------
        SealBroken
            It is no such file, was sealed with another key, was altered or is cut.
        OSError
            It cannot be read.
        """
        if file.read(len(_MAGIC)) != _MAGIC:
            raise SealBroken("no sealed file of this program")
        encoded = _frame(file, _MAX_HEADER)
        try:
            header = msgspec.msgpack.decode(encoded, type=_Header)
        except msgspec.DecodeError:
            raise SealBroken("a sealed file was altered") from None
        if header.key_id != self.key_id:
            raise SealBroken(f"sealed with the key {_printable(header.key_id)}, not with {self.key_id}")
        if len(header.salt) != _SALT_BYTES or len(header.prefix) != _PREFIX_BYTES:
            raise SealBroken("a sealed file was altered")
        cipher, bound = self._cipher(header), _MAGIC + _framed(encoded)

        def opened(number: int, sealed: bytes, is_last: bool) -> bytes:
            try:
                return cipher.decrypt(_nonce(header, number, is_last=is_last), sealed, bound)
            except InvalidTag:
                raise SealBroken("a sealed file was altered or is cut") from None

        return OpenedFile(file, header.place, opened)

    def _cipher(self, header: _Header) -> AESGCM:
        return AESGCM(_derived(self._key, header.salt, _PURPOSE + b"one file"))


class OpenedFile:
    """A sealed file whose headers are proven; what comes from it is proven piece by piece.

    Attributes
    ----------
    place
        What stands in clear.
    hidden
        What was sealed before the data.
    """

    def __init__(
        self, file: BinaryIO, place: Mapping[str, str], opened: Callable[[int, bytes, bool], bytes]
    ) -> None:
        self._file, self._opened = file, opened
        self._pieces = self._read()
        self.place = dict(place)
        self.hidden = _FIELDS.decode(_unpadded(next(self._pieces)))

    def pieces(self) -> Iterator[bytes]:
        """Yield the data; it is whole once the iterator has ended.

        Raises
        ------
        SealBroken
            The file was altered or is cut.
        OSError
            It cannot be read.
        """
        return self._pieces

    def _read(self) -> Iterator[bytes]:
        sealed = _frame(self._file, _LONGEST)
        for number in count():
            following = self._file.read(_LENGTH.size)
            is_last = not following
            yield self._opened(number, sealed, is_last)
            if is_last:
                return
            sealed = _body(self._file, following, _LONGEST)


def _derived(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt or None, info=info).derive(key)


def _nonce(header: _Header, number: int, *, is_last: bool = False) -> bytes:
    return _NONCE.pack(header.prefix, number, is_last)


def _cut(data: memoryview) -> Iterator[memoryview]:
    data = data.cast("B")
    return (data[start : start + PIECE] for start in range(0, len(data), PIECE))


def _framed(content: bytes) -> bytes:
    return _LENGTH.pack(len(content)) + content


def _frame(file: BinaryIO, longest: int) -> bytes:
    return _body(file, file.read(_LENGTH.size), longest)


def _body(file: BinaryIO, prefix: bytes, longest: int) -> bytes:
    if len(prefix) < _LENGTH.size:
        raise SealBroken("a sealed file is cut")
    (length,) = _LENGTH.unpack(prefix)
    if length > longest:
        raise SealBroken("a sealed file was altered")
    body = file.read(length)
    if len(body) < length:
        raise SealBroken("a sealed file is cut")
    return body


def _padded(content: bytes) -> bytes:
    """Return `content` behind its length, filled up: its length tells nothing of what it names."""
    framed = _framed(content)
    return framed + bytes(-len(framed) % _PADDING)


def _unpadded(content: bytes) -> bytes:
    (length,) = _LENGTH.unpack_from(content)
    return content[_LENGTH.size : _LENGTH.size + length]


def _printable(text: str) -> str:
    return "".join(one if one.isalnum() and one.isascii() else "." for one in text[:16])
