"""Sealing values, and finding them again without opening anything."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import KeyGuardError
from gateway.linkage.key import check_value

_NONCE_BYTES: Final = 12
_BLOCK: Final = 64
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(dict[str, str])


class Sealer:
    """AES-256-GCM with a random nonce; the place of a value is authenticated with it.

    Parameters
    ----------
    key_id
        Names the key beside what it sealed, as from `key_id_of`.
    key
        32 random bytes.
    """

    def __init__(self, key_id: str, key: bytes) -> None:
        self.key_id = key_id
        self._cipher = AESGCM(key)

    def seal(self, values: Mapping[str, str], *place: str | bytes) -> bytes:
        """Return `values` sealed: nonce, ciphertext and tag.

        Parameters
        ----------
        place
            Table, project and row. The values cannot be opened in another place.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, _padded(_ENCODER.encode(dict(values))), self._bind(place))

    def open(self, sealed: bytes, *place: str | bytes) -> dict[str, str]:
        """Return the values.

        Raises
        ------
        KeyGuardError
            They were sealed with another key or for another place, or were altered.
        """
        try:
            content = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._bind(place))
        except (InvalidTag, ValueError):
            raise KeyGuardError("sealed values do not open: another key, or they were altered") from None
        length = int.from_bytes(content[:4], "big")
        return _DECODER.decode(content[4 : 4 + length])

    def _bind(self, place: Iterable[str | bytes]) -> bytes:
        return delimited(self.key_id, *place)


class BlindIndex:
    """Keyed digests by which original values are found.

    Parameters
    ----------
    key
        32 bytes that outlive a rotation of the sealing key.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, project: str, kind: str, *values: str) -> bytes:
        """Return 32 bytes for `values`; spaces around them and Unicode forms make no difference."""
        return hmac.digest(self._key, delimited(project, kind, *map(normalised, values)), "sha256")


def normalised(value: str) -> str:
    """Return `value` in NFC without padding (PS3.5 6.2: spaces, and NUL for UIDs)."""
    return unicodedata.normalize("NFC", value).strip(" \0")


def key_id_of(key: bytes) -> str:
    """Return 16 hexadecimal digits that name a sealing key."""
    return check_value("key id", key)[:16]


def delimited(*parts: str | bytes) -> bytes:
    """Return `parts`, each behind its length of four bytes, so that no two lists are the same."""
    encoded = [part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _padded(content: bytes) -> bytes:
    """Return `content` behind its length, filled up: a ciphertext must not tell a name's length."""
    framed = len(content).to_bytes(4, "big") + content
    return framed + bytes(-len(framed) % _BLOCK)
