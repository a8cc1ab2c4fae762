"""RFC 5869 and HMAC-SHA256, written out, and what is made of them."""

from __future__ import annotations

import hmac
from uuid import UUID

from gateway.standard.dictionary import is_well_known_uid

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Keys:
    """Replacements under one secret."""

    def __init__(self, secret: bytes) -> None:
        self._root = hmac.digest(bytes(32), secret, "sha256")

    def digest(self, purpose: str, *parts: str) -> bytes:
        info = f"deidentification-gateway/v1/{purpose}".encode()
        subkey = hmac.digest(self._root, info + b"\1", "sha256")
        message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
        return hmac.digest(subkey, message, "sha256")

    def code(self, purpose: str, *parts: str) -> str:
        bits = "".join(f"{byte:08b}" for byte in self.digest(purpose, *parts))
        return "".join(ALPHABET[int(bits[place : place + 5], 2)] for place in range(0, 65, 5))

    def uid(self, original: str) -> str:
        if is_well_known_uid(original):
            return original
        digits = list(self.digest("uid", original)[:16].hex())
        digits[12] = "8"
        digits[16] = "89ab"[int(digits[16], 16) & 3]
        return f"2.25.{UUID(''.join(digits)).int}"
