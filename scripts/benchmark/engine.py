"""One engine's process, and what it is asked."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_WORKER: Final = Path(__file__).with_name("worker.py")


class EngineError(Exception):
    """An engine could not do what it was asked."""


@dataclass(frozen=True, slots=True)
class Engine:
    """How an engine is started.

    Parameters
    ----------
    name
        Heading of its column.
    command
        Interpreter, and what `worker.py` is to run.
    is_peer
        Whether it is one of those that the gateway is measured beside.
    """

    name: str
    command: tuple[str, ...]
    is_peer: bool

    def start(self) -> Worker:
        """Start a process of the engine on the core that this process may use."""
        return Worker(self)


class Worker:
    """A running engine."""

    def __init__(self, engine: Engine) -> None:
        python, *arguments = engine.command
        self.engine = engine
        # -P and no PYTHONPATH: an engine sees its own environment and nothing else.
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        self._process = subprocess.Popen(
            [python, "-P", str(_WORKER), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)

    def ask(self, **command: Any) -> dict[str, Any]:
        """Return the answer to a command of `worker.py`.

        Raises
        ------
        EngineError
            The engine failed or its process ended.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise EngineError("the process ended")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise EngineError(answer["error"])
        return answer


def available(root: Path, python: str, peers_python: Path | None, peers: tuple[str, ...]) -> list[Engine]:
    """Return every engine that can run, the gateway with each profile first.

    Parameters
    ----------
    root
        Of the repository.
    python, peers_python
        Interpreters of the gateway and of the peers; None where there are no peers.
    peers
        Their names.
    """
    profiles = [root / "config" / "profiles" / f"{name}.toml" for name in ("basic_dates", "research")]
    engines = [
        Engine(f"gateway {profile.stem}", (python, "gateway", str(profile)), is_peer=False)
        for profile in profiles
        if profile.exists()
    ]
    if peers_python is not None:
        engines += [Engine(name, (str(peers_python), name), is_peer=True) for name in peers]
    return engines
