"""``gateway serve``: runs the gateway until it is asked to stop."""

from __future__ import annotations

import os
import socket
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import click
import structlog

from gateway import __version__
from gateway.errors import OutOfResources, SettingsError
from gateway.operate import composition, log, run_directory
from gateway.operate.admission import Admission
from gateway.operate.command import settings_option
from gateway.operate.crew import recruit
from gateway.operate.examination import Verdict, listen, swap
from gateway.operate.notify import notify
from gateway.operate.process import allow_descriptors, harden
from gateway.operate.run_directory import RunDirectory, State
from gateway.operate.supervisor import Crew, Supervisor
from gateway.settings import Server, Settings, load

_log = structlog.get_logger()


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
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutOfResources(f"{directory} cannot be made: {error.strerror}") from None
    lock = run_directory.lock(directory)
    listener = _listener(settings_file, settings.server)
    if swap().verdict is not Verdict.OK:
        _log.warning("swap_active")
    keys = composition.prepare(settings)
    run = RunDirectory(directory)
    tempfile.tempdir = run.temporary
    crew = recruit(settings, keys, lock, run.listen())
    admission = Admission(settings.server.max_associations, settings.server.max_associations_per_address)
    announce = _Announcement(run, settings, listener)
    supervisor = Supervisor([(listener, False)], crew, admission, settings.server.shutdown_grace_s, announce)
    try:
        supervisor.run()
    finally:
        run.clear()
        lock.close()
    _log.info("gateway_stopped")


def _listener(settings_file: Path, server: Server) -> socket.socket:
    try:
        return listen(server)
    except OSError as error:
        expected = f"an address and port that are free ({server.host} {server.port}: {error.strerror})"
        raise SettingsError(str(settings_file), "server.port", expected) from None


class _Announcement:
    """Says once that the gateway is ready, and keeps the state file true."""

    def __init__(self, run: RunDirectory, settings: Settings, listener: socket.socket) -> None:
        self._run, self._settings, self._port = run, settings, listener.getsockname()[1]
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
            "gateway_ready", host=server.host, port=self._port, processes=len(crew.all), version=__version__
        )

    def _publish(self, processes: dict[str, int]) -> None:
        state = State(
            pid=os.getpid(),
            host=self._settings.server.host,
            port=self._port,
            version=__version__,
            started_at=self._started_at,
            processes=processes,
        )
        with suppress(OSError):  # a full disk must not stop the gateway
            self._run.publish(state)
