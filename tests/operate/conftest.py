import json
import logging
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from gateway.association.peer import Peer, Role
from gateway.association.requestor import Timeouts
from gateway.association.verification_scu import verify
from gateway.ledger.message import RecordInstance

PATIENCE_S = 60.0
SETTINGS = """
[server]
port = 0
processes = 2
shutdown_grace_s = 5.0
{server}
[storage]
min_free_gib = 0.0
max_instance_mib = 64
memory_mib = 128
[forward]
connect_timeout_s = 2.0
[[project]]
name = "default"
ae_title = "GATEWAY"
profile = "basic.toml"
{project}
[[peer]]
name = "ct1"
roles = ["modality"]
ae_titles = ["CT1"]
{peers}
"""


class Gateway:
    """A running `gateway serve`, followed by its log lines."""

    def __init__(self, settings: Path, *, environment: dict[str, str] | None = None) -> None:
        self.settings = settings
        self.storage = settings.parent / "var"
        self.events: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._seen = 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve", "--settings", str(settings)],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._changed:
                event = json.loads(line) if line.startswith("{") else {"event": "text", "text": line.strip()}
                self.events.append(event)
                self._changed.notify_all()
        with self._changed:
            self.events.append({"event": "end of log"})
            self._changed.notify_all()

    def wait_for(self, name: str, **values: Any) -> dict[str, Any]:
        """Return the next event of that name after the last one that was waited for."""

        def found() -> dict[str, Any] | None:
            for index in range(self._seen, len(self.events)):
                event = self.events[index]
                if event["event"] == name and values.items() <= event.items():
                    self._seen = index + 1
                    return event
                assert event["event"] != "end of log", (self.process.wait(PATIENCE_S), self.events)
            return None

        with self._changed:
            event = self._changed.wait_for(found, PATIENCE_S)
        assert event, (name, values, self.events)
        return event

    def ready(self) -> "Gateway":
        self.port = self.wait_for("gateway_ready")["port"]
        return self

    @property
    def state(self) -> dict[str, Any]:
        return json.loads((self.storage / "run" / "state.json").read_text())

    def pid_of(self, child: str) -> int:
        return self.state["processes"][child]

    def echo(self) -> None:
        peer = Peer(
            name="gateway", roles=(Role.ARCHIVE,), ae_title="GATEWAY", host="127.0.0.1", port=self.port
        )
        verify(peer, "CT1", Timeouts(connect=10, associate=10, response=10))

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.end()

    def end(self) -> int:
        code = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        assert not self._reader.is_alive()
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.end()
        self.process.stderr.close()


@pytest.fixture(autouse=True)
def _loud_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what silencing the libraries does to the whole process."""
    for owner, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.setattr(logging, "raiseExceptions", logging.raiseExceptions)
    monkeypatch.setattr(logging.root, "handlers", logging.root.handlers)
    libraries = [logging.getLogger(name) for name in ("pynetdicom", "pydicom", "peewee")]
    for library in libraries:
        for name in ("handlers", "propagate"):
            monkeypatch.setattr(library, name, getattr(library, name))
    levels = [library.level for library in libraries]
    yield
    for library, level in zip(libraries, levels, strict=True):
        library.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def write_settings(tmp_path: Path) -> Callable[..., Path]:
    def write(server: str = "", project: str = "", peers: str = "") -> Path:
        (tmp_path / "basic.toml").write_text('base = "basic"\n')
        file = tmp_path / "gateway.toml"
        file.write_text(SETTINGS.format(server=server, project=project, peers=peers))
        return file

    return write


@pytest.fixture
def serve(write_settings: Callable[..., Path]) -> Iterator[Callable[..., Gateway]]:
    running: list[Gateway] = []

    def start(settings: Path | None = None, **options: Any) -> Gateway:
        running.append(Gateway(settings or write_settings(), **options))
        return running[-1]

    yield start
    for gateway in running:
        gateway.close()


@pytest.fixture
def wait_gone() -> Callable[[int], None]:
    """Wait for the end of a process that is not ours."""

    def wait(descriptor: int) -> None:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        assert poll.poll(10_000), "the process is still there"

    return wait


@pytest.fixture
def received() -> Callable[..., RecordInstance]:
    """Give a function that makes the record of an instance, by a number and its destinations."""

    def message(number: int, destinations: tuple[str, ...] = ("archive", "vna")) -> RecordInstance:
        return RecordInstance(
            project="default",
            input_digest=bytes([number]) * 32,
            output_digest=f"{number:032x}",
            path=f"default/2.25.1/2.25.{number}.dcm",
            size=1,
            sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
            sop_instance_uid=f"2.25.{number}",
            series_instance_uid="2.25.1",
            study_instance_uid="2.25.1",
            transfer_syntax_uid="1.2.840.10008.1.2.1",
            attributes={},
            destinations=list(destinations),
            peer="ct1",
        )

    return message
