"""The loop of a pixel worker: take a job, examine it within its allowance, answer."""

from __future__ import annotations

import gc
import mmap
import os
import select
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from gateway.deidentify.pixel.message import Coded, Examination
from gateway.errors import OutOfResources, Reason, Refused
from gateway.operate.pixels import job, shared_memory
from gateway.operate.pixels.allowance import OVERRUN, allowance
from gateway.operate.pixels.job import Declined, Done, Garbled, Job, Reply, Short, Turn

_log = structlog.get_logger()

_LARGE: Final = 16 << 20
"""Bytes of pixels that are not left to the next collection."""
_PATIENCE_S: Final = 30.0
"""What a caller whose turn it is may take to send, and to take the answer."""


class Waitable(Protocol):
    """Something that select can wait for."""

    def fileno(self) -> int:
        """Its descriptor."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a worker works.

    Parameters
    ----------
    number
        Which of the workers it is, from 0.
    listener
        Does not block; shared by all workers, so that whoever is free takes the next job.
    seconds
        Of the processor, for a small image.
    """

    number: int
    listener: socket.socket
    seconds: float


def serve(place: Place, examination: Examination, end: Waitable) -> None:
    """Do one job after the other until `end` becomes readable.

    Memory for one job at a time is all that is taken. What a caller that is gone had asked for is
    brought to its end, within its allowance.
    """
    for number in OVERRUN:
        signal.signal(number, signal.SIG_DFL)
    poll = select.poll()
    poll.register(place.listener, select.POLLIN)
    poll.register(end, select.POLLIN | select.POLLHUP)
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        if end.fileno() in ready:
            return
        try:
            connection, _ = place.listener.accept()
        except (BlockingIOError, ConnectionError):  # another worker was faster, or the caller gave up
            continue
        with connection:
            _attend(place, examination, connection)


def _attend(place: Place, examination: Examination, connection: socket.socket) -> None:
    try:
        job.send(connection, job.encoded(Turn(place.number, os.getpid())), _soon())
        asked, descriptor = job.receive(connection, job.JOB, _soon())
        reply, result = _answer(asked, descriptor, examination, place.seconds)
        try:
            job.send(connection, job.encoded(reply), _soon(), result)
        finally:
            if result is not None:
                os.close(result)
    except OSError:  # the caller is dead, or has given up: nobody waits for an answer
        return
    except Garbled:
        _log.error("pixels_job_garbled")


def _soon() -> float:
    return time.monotonic() + _PATIENCE_S


def _answer(
    asked: Job, descriptor: int | None, examination: Examination, seconds: float
) -> tuple[Reply, int | None]:
    """Examine; return the answer, and the memory that travels with it."""
    if descriptor is None:
        return Short(), None
    try:
        with allowance(seconds, asked.request.image, sum(asked.lengths)).enforced():
            memory = shared_memory.mapped(descriptor, asked.lengths, writable=True)
            return _examined(asked, memory, examination)
    except Refused as refusal:
        return Declined(refusal.reason, refusal.detail, refusal.tag), None
    except OutOfResources:
        return Short(), None
    except MemoryError:
        return Declined(Reason.PIXELS_UNDECODABLE, "examining it takes too much memory"), None
    except Exception as error:  # noqa: BLE001 - the boundary to decoders: any error refuses the instance
        _log.error("pixels_failed", error=type(error).__name__, where=_where(error))
        return Declined(Reason.PIXELS_UNDECODABLE, "unexpected error in the examination"), None
    finally:
        os.close(descriptor)
        if sum(asked.lengths) > _LARGE:
            gc.collect()  # a cycle of a decoder may hold it all


def _examined(asked: Job, memory: mmap.mmap, examination: Examination) -> tuple[Reply, int | None]:
    frames = tuple(shared_memory.frames_of(memory, asked.lengths))
    examined = examination.examine(asked.request, frames)
    lengths = tuple(memoryview(frame).nbytes for frame in examined.frames)
    if not lengths:
        return Done(examined.outcome), None
    if lengths == tuple(asked.lengths):
        _copy(examined.frames, memory, frames)
        return Done(examined.outcome, lengths, is_in_place=True), None
    return Done(examined.outcome, lengths), shared_memory.written(examined.frames, final=True)


def _copy(made: Sequence[Coded], memory: mmap.mmap, frames: Sequence[memoryview]) -> None:
    """Put frames of the same lengths where the old ones are: a large native image is not held once more."""
    for frame, old in zip(made, frames, strict=True):
        if not (isinstance(frame, memoryview) and frame.obj is memory):
            old[:] = memoryview(frame).cast("B")


def _where(error: BaseException) -> str:
    from gateway.operate.log import place

    return place(error.__traceback__)
