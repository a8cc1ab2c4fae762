"""What ``gateway check`` looks at; each look is one function that yields findings."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from gateway.association.peer import Peer
from gateway.association.requestor import Timeouts
from gateway.association.verification_scu import verify
from gateway.deidentify.pseudonym import KEY_BYTES, PseudonymKey
from gateway.errors import AssociationError, KeyGuardError, SettingsError
from gateway.linkage.key import load_key
from gateway.operate import run_directory
from gateway.operate.composition import deidentifier, destinations
from gateway.settings import Server, Settings, Storage

_GIB: Final = 1 << 30
_PEERS_AT_A_TIME: Final = 8
_LEDGER: Final = "ledger.sqlite"


class Verdict(StrEnum):
    """How a finding is to be read."""

    OK = "ok"
    WARNING = "warning"
    """Works, but the operator should know."""
    FAILED = "failed"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at.

    Parameters
    ----------
    subject
        What it is about: ``peer archive``, ``storage``.
    detail
        A phrase without patient values.
    """

    subject: str
    verdict: Verdict
    detail: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything that a gateway with these settings needs."""
    yield from _profiles(settings)
    yield _storage(settings.storage)
    yield from _keys(settings)
    yield _port(settings.server, settings.storage.directory)
    yield swap()
    yield from _peers(settings)


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


def _port(server: Server, directory: Path) -> Finding:
    where = f"{server.host} port {server.port}"
    if run_directory.is_running(directory):
        return _ok("server", f"a gateway is running on {directory}")
    try:
        listen(server).close()
    except OSError as error:
        return _failed("server", f"cannot listen on {where}: {error.strerror}")
    return _ok("server", f"{where} is free")


def listen(server: Server) -> socket.socket:
    """Open the listening socket.

    Raises
    ------
    OSError
        The address is not this machine's, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    dualstack = server.host == "::" and socket.has_dualstack_ipv6()
    return socket.create_server(
        (server.host, server.port), family=family, backlog=128, dualstack_ipv6=dualstack
    )


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


def _peers(settings: Settings) -> Iterator[Finding]:
    """Without a destination nothing is delivered; who retrieves may be away."""
    reachable = [peer for peer in settings.peer if peer.host]
    needed = destinations(settings)
    timeouts = Timeouts(
        connect=settings.forward.connect_timeout_s,
        associate=settings.forward.connect_timeout_s,
        response=settings.forward.connect_timeout_s,
    )

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
