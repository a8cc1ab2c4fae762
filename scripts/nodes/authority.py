"""A certificate authority of one's own, and the certificates that it issues, good and bad."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Issued:
    """PEM files of a certificate and its key."""

    certificate: Path
    key: Path

    @property
    def fingerprint(self) -> str:
        """SHA-256, as the settings name it."""
        found = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        return "sha256:" + found.fingerprint(hashes.SHA256()).hex(":")


class Authority:
    """Issues certificates into a folder.

    Parameters
    ----------
    folder
        Gets ``ca.pem`` and the files of every certificate.
    name
        Its own.
    """

    def __init__(self, folder: Path, name: str = "Invented Authority") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        basic = x509.BasicConstraints(ca=True, path_length=None)
        self.file = folder / "ca.pem"
        built = _builder(self._name, self._name, self._key.public_key()).add_extension(basic, critical=True)
        self.file.write_bytes(built.sign(self._key, hashes.SHA256()).public_bytes(_PEM))

    def issue(
        self,
        label: str,
        *,
        names: tuple[str, ...] = ("localhost",),
        addresses: tuple[str, ...] = ("127.0.0.1",),
        days: int = 30,
        self_signed: bool = False,
    ) -> Issued:
        """Issue a certificate.

        Parameters
        ----------
        names, addresses
            Its subject alternative names.
        days
            Until it expires; negative for one that has.
        self_signed
            Signed by nobody else.
        """
        key = rsa.generate_private_key(65537, 2048)  # DCMTK's clients know RSA best
        subject = _name(label)
        alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
        alternatives += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        issuer = subject if self_signed else self._name
        built = _builder(subject, issuer, key.public_key(), days).add_extension(
            x509.SubjectAlternativeName(alternatives), critical=False
        )
        signed = built.sign(key if self_signed else self._key, hashes.SHA256())
        issued = Issued(self._folder / f"{label}.pem", self._folder / f"{label}.key")
        issued.certificate.write_bytes(signed.public_bytes(_PEM))
        # Orthanc and DCMTK read the key in the older form.
        form = serialization.PrivateFormat.TraditionalOpenSSL
        issued.key.write_bytes(key.private_bytes(_PEM, form, serialization.NoEncryption()))
        issued.key.chmod(0o600)
        return issued


_PEM = serialization.Encoding.PEM


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, days: int = 30
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + min(days, 0) * _DAY - _DAY)
        .not_valid_after(now + days * _DAY)
    )
