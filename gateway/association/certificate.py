"""What a peer proved of itself by TLS, and what its entry in the settings says it must prove."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography import x509

FINGERPRINT: Final = "sha256:"
"""Begins an entry that names a certificate by its SHA-256 fingerprint."""
_COMMON_NAME: Final = "commonName"
_NAMED: Final = ("DNS", "IP Address")
"""Kinds of subject alternative names that name a host."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that the TLS handshake verified.

    Parameters
    ----------
    fingerprint
        SHA-256 of its DER encoding, 64 hexadecimal digits.
    names
        DNS names and IP addresses of its subject alternative name, in lower case; the common
        name of its subject when it has no subject alternative name of any kind (RFC 9525 knows no
        common names any more, but certificates of devices do).
    """

    fingerprint: str
    names: frozenset[str]

    def is_one_of(self, entries: Iterable[str]) -> bool:
        """Tell whether an entry names it, by a name or as ``sha256:`` and its fingerprint.

        Colons and case of a fingerprint do not count.
        """
        return any(self._is(entry.strip().lower()) for entry in entries)

    def _is(self, entry: str) -> bool:
        if entry.startswith(FINGERPRINT):
            return entry.removeprefix(FINGERPRINT).replace(":", "") == self.fingerprint
        return entry in self.names


@dataclass(frozen=True, slots=True)
class Validity:
    """The time for which a certificate counts."""

    begins: datetime
    ends: datetime


def validities(file: Path) -> list[Validity]:
    """Return the time of each certificate in a PEM file.

    Raises
    ------
    OSError, ValueError
        The file cannot be read, or holds no certificate.
    """
    found = x509.load_pem_x509_certificates(file.read_bytes())
    return [Validity(one.not_valid_before_utc, one.not_valid_after_utc) for one in found]


def certificate_of(connection: ssl.SSLSocket) -> Certificate | None:
    """Return the verified certificate of the other side; None when it showed none."""
    encoded = connection.getpeercert(binary_form=True)
    if not encoded:
        return None
    fields: Mapping[str, Any] = connection.getpeercert() or {}
    return Certificate(hashlib.sha256(encoded).hexdigest(), frozenset(_names(fields)))


def _names(fields: Mapping[str, Any]) -> Iterable[str]:
    if alternatives := fields.get("subjectAltName"):
        return [value.lower() for kind, value in alternatives if kind in _NAMED]
    subject = [pair for group in fields.get("subject", ()) for pair in group]
    return [value.lower() for key, value in subject if key == _COMMON_NAME]
