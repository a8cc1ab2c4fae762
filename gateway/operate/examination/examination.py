"""What ``gateway check`` looks at; each look is one function that yields findings."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from gateway.association.peer import Peer
from gateway.association.requestor import Timeouts
from gateway.association.transport_security import TransportSecurity
from gateway.association.verification_scu import verify
from gateway.deidentify.pseudonym import KEY_BYTES, PseudonymKey
from gateway.errors import AssociationError, KeyGuardError, SettingsError, TransportSecurityError
from gateway.linkage.key import load_key
from gateway.operate.examination.certificate_examination import certificates
from gateway.operate.examination.commitment_examination import commitments
from gateway.operate.examination.finding import Finding, Verdict
from gateway.operate.examination.pixel_examination import pixel_workers_of
from gateway.operate.examination.store_examination import examine_store
from gateway.operate.supervision import run_directory
from gateway.operate.wiring.composition import destinations, security
from gateway.operate.wiring.intake import deidentifier
from gateway.settings import Settings, Storage

_GIB: Final = 1 << 30
_PEERS_AT_A_TIME: Final = 8
_LEDGER: Final = "ledger.sqlite"


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything that a gateway with these settings needs."""
    yield from _profiles(settings)
    yield _storage(settings.storage)
    yield from _keys(settings)
    yield from examine_store(settings)
    yield from certificates(settings.tls)
    yield from pixel_workers_of(settings)
    yield from _ports(settings)
    yield swap()
    yield from _peers(settings)
    yield from commitments(settings, _timeouts(settings))


def _ok(subject: str, detail: str) -> Finding:
    return Finding(subject, Verdict.OK, detail)


def _failed(subject: str, detail: object) -> Finding:
    return Finding(subject, Verdict.FAILED, str(detail))


def _profiles(settings: Settings) -> Iterator[Finding]:
    for project in settings.project:
        try:
            found = deidentifier(project, PseudonymKey(bytes(KEY_BYTES))).profile
        except SettingsError as error:
            yield _failed(f"project {project.name}", error)
        else:
            yield _ok(f"project {project.name}", f"profile {found.name} {found.fingerprint[:8]}")


def _storage(storage: Storage) -> Finding:
    directory = storage.directory
    place = next(path for path in (directory, *directory.parents) if path.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        return _failed("storage", f"{place} cannot be written by this user")
    free = shutil.disk_usage(place).free / _GIB
    if free < storage.min_free_gib:
        return _failed(
            "storage", f"{directory}: {free:.1f} GiB free, {storage.min_free_gib:.1f} must stay free"
        )
    if place == directory and directory.stat().st_mode & 0o077:
        return Finding("storage", Verdict.WARNING, f"{directory} is open to other users: chmod 700")
    return _ok("storage", f"{directory}: {free:.1f} GiB free")


def _keys(settings: Settings) -> Iterator[Finding]:
    directory = settings.storage.directory
    files = {f"key of {project.name}": Path(project.key_file) for project in settings.project}
    files["sealing key"] = Path(settings.storage.sealing_key_file)
    for subject, file in files.items():
        if not file.exists() and not (directory / _LEDGER).exists():
            yield _ok(subject, f"{file} is made at the first start")
            continue
        try:
            load_key(file, may_create=False)
        except (KeyGuardError, OSError) as error:
            yield _failed(subject, error)
        else:
            yield _ok(subject, str(file))


def _ports(settings: Settings) -> Iterator[Finding]:
    directory, host = settings.storage.directory, settings.server.host
    if run_directory.is_running(directory):
        yield _ok("server", f"a gateway is running on {directory}")
        return
    for port, _ in ports(settings):
        try:
            listen(host, port).close()
        except OSError as error:
            yield _failed("server", f"cannot listen on {host} port {port}: {error.strerror}")
        else:
            yield _ok("server", f"{host} port {port} is free")


def ports(settings: Settings) -> list[tuple[int, bool]]:
    """Return the ports to listen on, and whether TLS is spoken there."""
    tls = settings.tls
    plain = [] if tls.only else [(settings.server.port, False)]
    return [*plain, *([(tls.port, True)] if tls.port else [])]


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket.

    Raises
    ------
    OSError
        The address is not this machine's, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    dualstack = host == "::" and socket.has_dualstack_ipv6()
    return socket.create_server((host, port), family=family, backlog=128, dualstack_ipv6=dualstack)


def swap(swaps: Path = Path("/proc/swaps")) -> Finding:
    """Tell whether memory, and with it an original, may be written to a disk."""
    try:
        areas = [line.split()[0] for line in swaps.read_text(encoding="utf-8").splitlines()[1:]]
    except OSError:
        return Finding("swap", Verdict.WARNING, "cannot be told")
    if areas:
        detail = f"active on {', '.join(areas)}: originals in memory may reach it; encrypt or disable it"
        return Finding("swap", Verdict.WARNING, detail)
    return _ok("swap", "none is active")


def _security(settings: Settings) -> TransportSecurity | None:
    try:
        return security(settings)
    except TransportSecurityError:  # it is a finding of its own
        return None


def _timeouts(settings: Settings) -> Timeouts:
    return Timeouts(
        connect=settings.forward.connect_timeout_s,
        associate=settings.forward.connect_timeout_s,
        response=settings.forward.connect_timeout_s,
        security=_security(settings),
    )


def _peers(settings: Settings) -> Iterator[Finding]:
    """Without a destination nothing is delivered; who retrieves may be away."""
    reachable = [peer for peer in settings.peer if peer.host]
    needed = destinations(settings)
    timeouts = _timeouts(settings)

    def echo(peer: Peer) -> Finding:
        subject, where = f"peer {peer.name}", f"{peer.titles[0]} at {peer.host} port {peer.port}"
        try:
            verify(peer, settings.server.ae_title, timeouts)
        except AssociationError as error:
            verdict = Verdict.FAILED if peer.name in needed else Verdict.WARNING
            return Finding(subject, verdict, f"{where}: {error}")
        return _ok(subject, f"{where} answers C-ECHO")

    with ThreadPoolExecutor(_PEERS_AT_A_TIME) as pool:
        yield from pool.map(echo, reachable)
