"""``gateway serve``: runs the gateway until it is asked to stop."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import click
import structlog

from gateway import __version__
from gateway.errors import OutOfResources, SettingsError
from gateway.operate import log
from gateway.operate.command import settings_option
from gateway.operate.examination.examination import listen, ports, swap
from gateway.operate.examination.finding import Verdict
from gateway.operate.supervision import run_directory
from gateway.operate.supervision.admission import Admission
from gateway.operate.supervision.crew import recruit
from gateway.operate.supervision.notify import notify
from gateway.operate.supervision.process import allow_descriptors, harden
from gateway.operate.supervision.run_directory import RunDirectory, State
from gateway.operate.supervision.supervisor import Crew, Supervisor
from gateway.operate.wiring import composition
from gateway.operate.wiring.intake import cleans_pixels
from gateway.settings import Settings, load

_log = structlog.get_logger()

Listener: TypeAlias = tuple[socket.socket, bool]
"""A listening socket, and whether TLS is spoken there."""


@click.command()
@settings_option
def command(settings_file: Path) -> None:
    r"""Run the gateway, in the foreground.

    Ready when it logs the event gateway_ready, which names the port. SIGTERM or SIGINT: no more
    connections, running associations may finish, then it ends with exit code 0; a second one does
    not wait for them.

    \b
    Example:
      gateway serve --settings config/gateway.toml
    """
    harden()
    allow_descriptors()
    settings = load(settings_file)
    log.configure("supervisor", settings.log.level, settings.log.file)
    directory = settings.storage.directory
    try:
        run_directory.make_storage(directory)
    except OSError as error:
        raise OutOfResources(f"{directory} cannot be made: {error.strerror}") from None
    lock = run_directory.lock(directory)
    listeners = _listeners(settings_file, settings)
    if swap().verdict is not Verdict.OK:
        _log.warning("swap_active")
    keys = composition.prepare(settings)
    run = RunDirectory(directory)
    tempfile.tempdir = run.temporary
    pixels = run.listen_for_pixels() if cleans_pixels(settings) else None
    crew = recruit(settings, keys, lock, run.listen(), pixels)
    server = settings.server
    admission = Admission(
        server.max_associations, server.max_associations_per_address, server.association_timeout_s
    )
    announce = _Announcement(run, settings, listeners)
    supervisor = Supervisor(
        listeners, crew, admission, server.shutdown_grace_s, server.heartbeat_timeout_s, announce
    )
    try:
        supervisor.run()
    finally:
        run.clear()
        lock.close()
    _log.info("gateway_stopped")


def _listeners(settings_file: Path, settings: Settings) -> list[Listener]:
    listeners: list[Listener] = []
    host = settings.server.host
    for port, secure in ports(settings):
        try:
            listeners.append((listen(host, port), secure))
        except OSError as error:
            for listener, _ in listeners:
                listener.close()
            expected = f"an address and port that are free ({host} {port}: {error.strerror})"
            key = "tls.port" if secure else "server.port"
            raise SettingsError(str(settings_file), key, expected) from None
    return listeners


class _Announcement:
    """Says once that the gateway is ready, and keeps the state file true."""

    def __init__(self, run: RunDirectory, settings: Settings, listeners: Sequence[Listener]) -> None:
        self._run, self._settings = run, settings
        bound = {secure: listener.getsockname()[1] for listener, secure in listeners}
        self._port, self._tls_port = bound.get(False, 0), bound.get(True, 0)
        self._started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._is_said = False

    def __call__(self, crew: Crew) -> None:
        server = self._settings.server
        self._publish({child.role.name: child.pid for child in crew.all})
        if self._is_said:
            _log.info("processes_replaced", processes=len(crew.all))
            return
        self._is_said = True
        notify("READY=1")
        _log.info(
            "gateway_ready",
            host=server.host,
            port=self._port,
            tls_port=self._tls_port,
            processes=len(crew.all),
            version=__version__,
        )

    def _publish(self, processes: dict[str, int]) -> None:
        state = State(
            pid=os.getpid(),
            host=self._settings.server.host,
            port=self._port,
            tls_port=self._tls_port,
            version=__version__,
            started_at=self._started_at,
            processes=processes,
        )
        with suppress(OSError):  # a full disk must not stop the gateway
            self._run.publish(state)
