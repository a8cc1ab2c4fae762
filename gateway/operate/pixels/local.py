"""Pixel workers of a command's own, for when there is no gateway around it."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import connection, get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

import msgspec

from gateway.errors import SettingsError
from gateway.ledger.endpoint import listen
from gateway.operate import log
from gateway.operate.pixels import engine
from gateway.operate.pixels.client import WorkerExamination
from gateway.operate.pixels.confinement import confine
from gateway.operate.pixels.death import Deaths
from gateway.operate.pixels.engine import Loaded
from gateway.operate.pixels.worker import Place, serve
from gateway.operate.supervision.child import delay
from gateway.operate.supervision.process import become_child
from gateway.settings import Pixels

Load = Callable[[Pixels], Loaded]
"""Loads the engines in a worker; a function of a module."""

_MOST: Final = 4
"""Workers on a machine with many cores, unless the settings ask for more: each takes 500 MiB."""
_PRELOAD: Final = ["gateway.operate.pixels.preload", "gateway.operate.pixels.worker"]
_QUEUE: Final = 256
_START_S: Final = 120.0
_LONGEST: Final = 4096


class _Report(msgspec.Struct):
    """What a worker says when it has loaded its engines, or could not."""

    names: tuple[str, ...] = ()
    missing: tuple[str, str] | None = None
    """Key of the setting, and what was expected."""


def pixel_workers(pixels: Pixels) -> int:
    """Return how many pixel workers there are: as set, or one for each processor core."""
    return pixels.workers or min(len(os.sched_getaffinity(0)), _MOST)


@contextmanager
def local_examination(
    pixels: Pixels | None = None, *, count: int = 0, file: str = "", load: Load = engine.load
) -> Iterator[WorkerExamination]:
    """Start pixel workers for the block, with the limits of those of a gateway.

    Parameters
    ----------
    pixels
        Their settings; by default, what settings are by default.
    count
        How many; 0 for as many as the settings say.
    file
        Of the settings, for messages.
    load
        Loads the engines.

    Yields
    ------
    WorkerExamination
        For any number of threads; it has the names of the engines.

    Raises
    ------
    SettingsError
        An engine is missing.
    """
    pixels = pixels or Pixels()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-")))
        listener = stack.enter_context(listen(folder / "pixels.sock", _QUEUE))
        crew = _Crew(pixels, listener, count or pixel_workers(pixels), load)
        stack.callback(crew.stop)
        crew.start(file)
        yield WorkerExamination(folder / "pixels.sock", pixels.timeout_s, crew.deaths, names=crew.names)


class _Worker:
    """One worker process, as the command sees it; a new one takes the place of one that died."""

    def __init__(self, start: Callable[[socket.socket], ForkServerProcess]) -> None:
        self.end, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = start(theirs)
        self.pid = self.process.pid or 0

    def report(self) -> _Report:
        """Return what it says once it has started; of one that died, nothing but that."""
        self.end.settimeout(_START_S)
        try:
            return msgspec.msgpack.decode(self.end.recv(_LONGEST), type=_Report)
        except (OSError, msgspec.DecodeError):
            return _Report(missing=("pixels", "engines with which a worker starts"))

    def stop(self) -> int | None:
        """Ask it to end, end it, and return its exit code."""
        self.end.close()
        self.process.kill()
        self.process.join()
        return self.process.exitcode


class _Crew:
    """The workers, and a thread that replaces who dies."""

    def __init__(self, pixels: Pixels, listener: socket.socket, count: int, load: Load) -> None:
        self.deaths = Deaths.make(count)
        self.names: tuple[str, ...] = ()
        self._pixels, self._listener, self._count, self._load = pixels, listener, count, load
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload(_PRELOAD)
        self._workers: list[_Worker] = []
        self._deaths = 0
        self._is_over = threading.Event()
        self._wake, self._woken = socket.socketpair()
        self._watcher = threading.Thread(target=self._watch, name="pixel-workers", daemon=True)

    def start(self, file: str) -> None:
        """Return when all have loaded their engines."""
        for number in range(self._count):
            self._workers.append(self._begin(number))
        for worker in self._workers:
            report = worker.report()
            self.names = report.names
            if report.missing is not None:
                raise SettingsError(file, *report.missing)
        self._watcher.start()

    def stop(self) -> None:
        """End all."""
        self._is_over.set()
        self._wake.close()
        if self._watcher.is_alive():
            self._watcher.join()
        self._woken.close()
        for worker in self._workers:
            worker.stop()

    def _begin(self, number: int) -> _Worker:
        def start(end: socket.socket) -> ForkServerProcess:
            arguments = (self._pixels, self._load, self._listener, number, end)
            process = self._context.Process(target=_main, args=arguments, name=f"pixels-{number}")
            process.start()
            return process

        return _Worker(start)

    def _watch(self) -> None:
        while not self._is_over.is_set():
            sentinels = [worker.process.sentinel for worker in self._workers]
            ready = connection.wait([*sentinels, self._woken])
            for number, sentinel in enumerate(sentinels):
                if sentinel in ready:
                    self._replace(number)

    def _replace(self, number: int) -> None:
        dead = self._workers[number]
        self.deaths.note(number, dead.pid, dead.stop(), is_silent=False)
        self._deaths += 1
        if not self._is_over.wait(delay(self._deaths)):  # one that dies at once must not take all the time
            self._workers[number] = self._begin(number)


def _main(pixels: Pixels, load: Load, listener: socket.socket, number: int, end: socket.socket) -> None:
    become_child(f"pixels-{number}")
    log.configure(f"pixels-{number}", "error")
    confine(pixels.private_tmpfs)
    try:
        loaded = engine.settled(load, pixels)
    except SettingsError as error:
        end.send(msgspec.msgpack.encode(_Report(missing=(error.key, error.expected))))
        os._exit(1)
    end.send(msgspec.msgpack.encode(_Report(names=loaded.names)))
    serve(Place(number, listener, pixels.timeout_s), loaded.examination, end)
    os._exit(0)
