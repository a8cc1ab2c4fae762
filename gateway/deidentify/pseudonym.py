"""Keyed, deterministic replacements: sub-keys by purpose and their codes.

Everything that replaces an identity is HMAC-SHA256 under a key of the project, so the same
original gives the same replacement on every node, and nobody without the key can recompute or
enumerate it (PS3.15 E.1.1 warns against unkeyed digests).
"""

from __future__ import annotations

import hmac
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES: Final = 32
CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that a code survives being read aloud."""


class PseudonymKey:
    """A project's key for life.

    Parameters
    ----------
    secret
        32 random bytes.

    Raises
    ------
    ValueError
        When `secret` has another length.
    """

    __slots__ = ("_secret", "subkey")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a pseudonym key has {KEY_BYTES} bytes")
        self._secret = secret
        self.subkey = cache(self._derive)
        """Return the 32-byte HKDF-SHA256 sub-key of a purpose."""

    def _derive(self, purpose: str) -> bytes:
        info = b"deidentification-gateway/v1/" + purpose.encode()
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self._secret)

    @property
    def identifier(self) -> str:
        """Name of the key in reports: 16 hexadecimal digits from which nothing can be derived."""
        return self.subkey("identifier")[:8].hex()

    def digest(self, purpose: str, *parts: str) -> bytes:
        """Return 32 bytes that depend on the purpose and on each of `parts`.

        The parts are length-delimited, so that no two lists give the same input.
        """
        return hmac.digest(self.subkey(purpose), delimited(*parts), "sha256")


def delimited(*parts: str) -> bytes:
    """Return `parts` in UTF-8, each behind its length of four bytes."""
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    return b"".join([len(part).to_bytes(4, "big") + part for part in encoded])


def base32(digest: bytes, length: int) -> str:
    """Return the first ``5 * length`` bits of `digest` in Crockford's base 32.

    Parameters
    ----------
    digest
        At least ``5 * length / 8`` bytes.
    length
        Number of characters; 13 of them hold 65 bits.
    """
    number = int.from_bytes(digest, "big") >> (len(digest) * 8 - 5 * length)
    return "".join([CROCKFORD[number >> 5 * place & 31] for place in range(length - 1, -1, -1)])
