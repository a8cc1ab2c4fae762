"""How a receiver, or a command, has pixels examined by the workers."""

from __future__ import annotations

import mmap
import os
import socket
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from gateway.deidentify.pixel.message import Coded, Examined, Request
from gateway.errors import OutOfResources, Reason, Refused
from gateway.ledger.endpoint import connect
from gateway.operate.pixels import job, shared_memory
from gateway.operate.pixels.allowance import Allowance, allowance
from gateway.operate.pixels.death import Death, Deaths
from gateway.operate.pixels.job import Declined, Done, Garbled, Gone, Job, Turn
from gateway.receive.deadline import Deadline, current

_WAITING_PART: Final = 0.5
"""Of the time left, what is waited for a worker: the instance has yet to be written after it."""
_LONGEST_WAIT_S: Final = 3600.0
_SLACK_S: Final = 10.0
"""Beyond its allowance a worker is dead; what it takes to notice."""
_LONGEST_DETAIL: Final = 64


class Room(Protocol):
    """What memory is taken from (`gateway.association.byte_budget.ByteBudget`)."""

    def reserve(self, count: int) -> bool:
        """Take so many bytes, or none and say False."""

    def release(self, count: int) -> None:
        """Give them back."""


class _Boundless:
    """All the memory that there is."""

    def reserve(self, _count: int) -> bool:
        return True

    def release(self, _count: int) -> None:
        return None


class _Killed(Exception):
    """A worker was ended, perhaps by somebody, while it had the job."""


class _Charge:
    """Bytes taken from the room, until they are given back; that may be done again."""

    def __init__(self, room: Room, count: int) -> None:
        if not room.reserve(count):
            raise OutOfResources("memory for instances in flight is used up")
        self._room, self._count = room, count

    def release(self) -> None:
        """Give them back."""
        self._room.release(self._count)
        self._count = 0

    def passed_on(self, memory: mmap.mmap) -> None:
        """Give them back when `memory` is not used any more."""
        weakref.finalize(memory, self._room.release, self._count)
        self._count = 0


@dataclass(frozen=True, slots=True)
class _Order:
    """An instance, and what its examination may take."""

    message: bytes
    frames: Sequence[Coded]
    lengths: tuple[int, ...]
    allowance: Allowance

    @property
    def size(self) -> int:
        """Bytes of all frames."""
        return sum(self.lengths)


class WorkerExamination:
    """Has pixels examined in other processes; for any number of threads.

    Parameters
    ----------
    path
        Socket on which the workers listen.
    seconds
        Of the processor, that a small image may take.
    deaths
        How workers died.
    room
        What the memory is taken from in which pixels travel.
    names
        Names and versions of the engines, where that is known.
    """

    def __init__(
        self,
        path: Path,
        seconds: float,
        deaths: Deaths,
        room: Room | None = None,
        names: tuple[str, ...] = (),
    ) -> None:
        self.names = names
        self._path, self._seconds, self._deaths = path, seconds, deaths
        self._room: Room = room or _Boundless()

    def examine(self, request: Request, frames: Sequence[Coded]) -> Examined:
        """Find text, black it out, and verify; as `gateway.deidentify.pixel.message.Examination` says.

        While a worker has the instance, the clock of its deadline stands still.
        """
        order = self._order(request, frames)
        for is_last in (False, True):
            try:
                return self._placed(order)
            except _Killed:  # once more, but not for ever: it may be what the instance does to everyone
                if is_last:
                    break
        raise Refused(Reason.PIXELS_UNDECODABLE, "the processes that examined it were killed")

    def _order(self, request: Request, frames: Sequence[Coded]) -> _Order:
        lengths = tuple(memoryview(frame).nbytes for frame in frames)
        if not sum(lengths):
            raise Refused(Reason.PIXELS_UNDECODABLE, "no pixels")
        try:
            message = job.encoded(Job(request, lengths))
        except Garbled:
            raise Refused(Reason.PIXELS_NOT_CLEAN, "values of the header cannot be passed on") from None
        return _Order(message, frames, lengths, allowance(self._seconds, request.image, sum(lengths)))

    def _placed(self, order: _Order) -> Examined:
        deadline = current()
        with self._connected(deadline) as (sock, turn), deadline.standing(order.allowance.clock + _SLACK_S):
            charge = _Charge(self._room, order.size)
            try:
                return self._worked(sock, turn, order, charge)
            finally:
                charge.release()

    @contextmanager
    def _connected(self, deadline: Deadline) -> Iterator[tuple[socket.socket, Turn]]:
        """Wait for a worker, for a part of the time that is left."""
        deadline.check()
        wait = min(_WAITING_PART * deadline.remaining, _LONGEST_WAIT_S)
        until = time.monotonic() + wait
        try:
            sock = connect(self._path, wait)
        except OSError:
            raise OutOfResources("nobody examines pixels now") from None
        with sock:
            try:
                turn, descriptor = job.receive(sock, job.TURN, until)
            except (Garbled, OSError):
                raise OutOfResources("nobody could examine the pixels in time") from None
            if descriptor is not None:
                os.close(descriptor)
            yield sock, turn

    def _worked(self, sock: socket.socket, turn: Turn, order: _Order, charge: _Charge) -> Examined:
        until = time.monotonic() + order.allowance.clock + _SLACK_S
        with ExitStack() as descriptors:
            try:
                memory = shared_memory.written(order.frames, final=False)
                descriptors.callback(os.close, memory)
                job.send(sock, order.message, until, memory)
                reply, result = job.receive(sock, job.REPLY, until)
            except Gone:
                raise self._lost(turn) from None
            except Garbled:
                raise _garbled() from None
            except (OSError, MemoryError):  # no memory; or it, or the whole machine, is stopped
                raise OutOfResources("the examination does not answer") from None
            if result is not None:
                descriptors.callback(os.close, result)
            return self._examined(reply, memory if result is None else result, charge)

    def _lost(self, turn: Turn) -> Exception:
        death = self._deaths.of(turn.worker, turn.pid)
        if death is Death.KILLED:
            return _Killed()
        is_overrun = death is Death.OVERRUN
        phrase = "takes too long to examine" if is_overrun else "ended the process that examined it"
        return Refused(Reason.PIXELS_UNDECODABLE, phrase)

    def _examined(self, reply: job.Reply, memory: int, charge: _Charge) -> Examined:
        if isinstance(reply, Declined):
            detail = reply.detail if reply.detail.isascii() and reply.detail.isprintable() else ""
            raise Refused(reply.reason, detail[:_LONGEST_DETAIL], reply.at)
        if not isinstance(reply, Done):
            raise OutOfResources("the examination was short of resources")
        if bool(reply.lengths) != reply.outcome.is_changed:
            raise _garbled()
        if not reply.lengths:
            return Examined(reply.outcome)
        try:
            mapped = shared_memory.mapped(memory, reply.lengths)
        except shared_memory.Unsound:
            raise _garbled() from None
        if not reply.is_in_place:
            charge.release()
            charge = _Charge(self._room, sum(reply.lengths))
        charge.passed_on(mapped)
        return Examined(reply.outcome, tuple(shared_memory.frames_of(mapped, reply.lengths)))


def _garbled() -> Refused:
    return Refused(Reason.PIXELS_UNDECODABLE, "no valid answer of the examination")
