"""TLS in both directions, by the secure transport connection profiles of PS3.15 Annex B."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from gateway.association.accepted_socket import SecureSocket
from gateway.association.certificate import certificate_of
from gateway.errors import TransportSecurityError


class Profile(StrEnum):
    """Which cipher suites of TLS 1.2 are negotiated; TLS 1.3 is always offered, 1.1 never."""

    BCP195 = "bcp195"
    """BCP 195 RFC 8996, 9325 TLS Secure Transport Connection Profile (PS3.15 B.12)."""
    EXTENDED = "extended"
    """Keys of 256 bits only, as the Extended BCP 195 profile asks (PS3.15 B.11)."""


_TLS_1_2_SUITES: Final = {
    Profile.BCP195: (
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
        "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
        "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
    ),
    Profile.EXTENDED: (
        "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-GCM-SHA384:"
        "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
    ),
}
_ALPN: Final = ["dicom"]
"""PS3.15 B.12 registers it; a peer that knows no ALPN is served all the same."""


class TransportSecurity:
    """The gateway's own certificate, and whom it believes.

    Files that were replaced are read again at the next connection; replaced by something that
    cannot be used, the old ones go on.

    Parameters
    ----------
    certificate_file, key_file
        PEM: the gateway's certificate with its chain, and the private key.
    ca_file
        PEM: authorities whose certificates are believed, of peers that call and that are called.
    profile
        Cipher suites.

    Raises
    ------
    TransportSecurityError
        A file cannot be used.
    """

    def __init__(
        self, certificate_file: Path, key_file: Path, ca_file: Path, profile: Profile = Profile.BCP195
    ) -> None:
        self._files = (certificate_file, key_file, ca_file)
        self._profile = profile
        self._server = _Renewed(self._files, lambda: self._context(ssl.PROTOCOL_TLS_SERVER))
        self._client = _Renewed(self._files, lambda: self._context(ssl.PROTOCOL_TLS_CLIENT))

    @property
    def server(self) -> ssl.SSLContext:
        """What is spoken with peers that call; each has to show a certificate."""
        return self._server.context

    @property
    def client(self) -> ssl.SSLContext:
        """What is spoken with peers that are called; the certificate has to be that of their host."""
        return self._client.context

    def _context(self, protocol: int) -> ssl.SSLContext:
        certificate, key, authorities = self._files
        context = ssl.SSLContext(protocol)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(_TLS_1_2_SUITES[self._profile])
        context.set_alpn_protocols(_ALPN)
        # Compression and renegotiation are attack surface without a use here.
        context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
        context.verify_mode = ssl.CERT_REQUIRED
        if protocol == ssl.PROTOCOL_TLS_SERVER:
            context.sslsocket_class = SecureSocket
        try:
            # The password callback keeps OpenSSL from asking on the terminal.
            context.load_cert_chain(certificate, key, password=lambda: "")
            context.load_verify_locations(authorities)
        except FileNotFoundError:
            missing = next((file for file in self._files if not file.exists()), certificate)
            raise TransportSecurityError(f"{missing} is missing") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "not PEM"
            names = ", ".join(str(file) for file in self._files)
            raise TransportSecurityError(f"cannot be used: {reason} (of {names})") from None
        return context


class _Renewed:
    """A context that is made anew when its files were replaced."""

    def __init__(self, files: tuple[Path, ...], make: Callable[[], ssl.SSLContext]) -> None:
        self._files, self._make = files, make
        self._lock = threading.Lock()
        self._context, self._version = make(), self._versions()

    @property
    def context(self) -> ssl.SSLContext:
        """The newest that can be used."""
        with self._lock:
            version = self._versions()
            if version != self._version:
                self._version = version
                with suppress(TransportSecurityError):  # `gateway check` says what is wrong with them
                    self._context = self._make()
            return self._context

    def _versions(self) -> tuple[tuple[int, int] | None, ...]:
        return tuple(_version_of(file) for file in self._files)


def _version_of(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


@dataclass(frozen=True, slots=True)
class Handshake:
    """How to secure a connection to one peer.

    Parameters
    ----------
    context
        As `TransportSecurity.client`.
    host
        Name or address that the certificate must be for.
    certificates
        Entries of which one must name the certificate; none for any of that host.
    """

    context: ssl.SSLContext
    host: str
    certificates: tuple[str, ...] = ()

    def secure(self, connection: socket.socket, seconds: float | None) -> ssl.SSLSocket:
        """Shake hands on a connected socket, which becomes the result's own.

        Raises
        ------
        OSError
            It failed; `failure` puts it into words.
        """
        secured = self.context.wrap_socket(
            connection, server_hostname=self.host, do_handshake_on_connect=False
        )
        try:
            secured.settimeout(seconds)
            secured.do_handshake()
            shown = certificate_of(secured)
            if self.certificates and (shown is None or not shown.is_one_of(self.certificates)):
                raise ssl.SSLError("another certificate than the peer's entry names")
        except BaseException:
            secured.close()
            raise
        return secured


def failure(error: OSError) -> str:
    """Say why a handshake failed, for an operator; no text of the peer's is repeated."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: the certificate of the other side: {error.verify_message}"
    if isinstance(error, ssl.SSLEOFError | ConnectionError):
        return "TLS: the other side hung up during the handshake"
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "reason", None)  # only OpenSSL's own have one
        said = reason.replace("_", " ").lower() if reason else str(error.args[0])
        return f"TLS: {_HINTS.get(said, said)}"
    if isinstance(error, TimeoutError):
        return "TLS: no handshake in time"
    return f"TLS: {error.strerror or type(error).__name__}"


_HINTS: Final = {
    "wrong version number": "the other side does not speak TLS",
    "http request": "the other side does not speak TLS",
    "peer did not return a certificate": "the other side showed no certificate",
    "tlsv13 alert certificate required": "the other side wants a certificate of the gateway",
    "sslv3 alert certificate expired": "the other side says that the gateway's certificate has expired",
    "tlsv1 alert unknown ca": "the other side does not know who issued the gateway's certificate",
    "tlsv1 alert decrypt error": "the other side does not take the gateway's certificate",
    "sslv3 alert bad certificate": "the other side does not take the gateway's certificate",
    "sslv3 alert certificate unknown": "the other side does not take the gateway's certificate",
    "tlsv1 alert protocol version": "the other side speaks no common version of TLS",
    "unsupported protocol": "the other side speaks no common version of TLS",
    "no shared cipher": "no common cipher suite",
    "sslv3 alert handshake failure": "the other side found no common cipher suite, or misses a certificate",
}
"""What OpenSSL's words mean to an operator."""
