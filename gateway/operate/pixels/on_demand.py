"""Examination of pixels for a command: a worker of its own, from the first picture on."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Final, Self

from gateway.deidentify.pixel.message import Coded, Examination, Examined, Request
from gateway.operate.pixels import engine
from gateway.operate.pixels.local import Load, local_examination
from gateway.settings import Pixels

_WORKERS: Final = 1
"""A command looks at one file after the other."""


class OnDemandExamination:
    """Starts a worker when there is a picture, and ends it with the block.

    Parameters
    ----------
    pixels
        Settings of the worker.
    file
        Of the settings, for messages.
    load
        Loads the engines.
    """

    def __init__(self, pixels: Pixels, file: str = "", load: Load = engine.load) -> None:
        self._pixels, self._file, self._load = pixels, file, load
        self._stack = ExitStack()
        self._lock = threading.Lock()
        self._examination: Examination | None = None

    def examine(self, request: Request, frames: Sequence[Coded]) -> Examined:
        """Find text, black it out, and verify; as `gateway.deidentify.pixel.message.Examination` says.

        Raises
        ------
        SettingsError
            An engine is missing.
        """
        return self._started().examine(request, frames)

    def _started(self) -> Examination:
        with self._lock:
            if self._examination is None:
                workers = local_examination(self._pixels, count=_WORKERS, file=self._file, load=self._load)
                self._examination = self._stack.enter_context(workers)
            return self._examination

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
