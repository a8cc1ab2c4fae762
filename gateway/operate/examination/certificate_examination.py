"""What ``gateway check`` says of the files of TLS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from gateway.association.certificate import Validity, validities
from gateway.association.transport_security import TransportSecurity
from gateway.errors import TransportSecurityError
from gateway.operate.examination.finding import Finding, Verdict
from gateway.settings import Tls

_SUBJECT: Final = "tls"
_SOON: Final = timedelta(days=30)


def certificates(tls: Tls, now: datetime | None = None) -> Iterator[Finding]:
    """Look at certificate, key and authorities.

    Parameters
    ----------
    now
        The time to judge by; by default the present.
    """
    if not tls.is_set:
        return
    try:
        TransportSecurity(Path(tls.certificate_file), Path(tls.key_file), Path(tls.ca_file), tls.profile)
    except TransportSecurityError as error:
        yield Finding(_SUBJECT, Verdict.FAILED, str(error))
        return
    if Path(tls.key_file).stat().st_mode & 0o077:
        yield Finding(_SUBJECT, Verdict.FAILED, f"{tls.key_file} is open to other users: chmod 600")
    for name in dict.fromkeys((tls.certificate_file, tls.ca_file)):
        for validity in validities(Path(name)):
            yield _judged(name, validity, now or datetime.now(UTC))


def _judged(file: str, validity: Validity, now: datetime) -> Finding:
    if now > validity.ends:
        return Finding(_SUBJECT, Verdict.FAILED, f"{file}: expired on {validity.ends:%Y-%m-%d}")
    if now < validity.begins:
        return Finding(_SUBJECT, Verdict.FAILED, f"{file}: not valid before {validity.begins:%Y-%m-%d}")
    verdict = Verdict.WARNING if validity.ends - now < _SOON else Verdict.OK
    return Finding(_SUBJECT, verdict, f"{file}: valid until {validity.ends:%Y-%m-%d}")
