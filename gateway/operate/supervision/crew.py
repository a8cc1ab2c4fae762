"""The processes of a gateway, ready to be started."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from multiprocessing import get_context
from typing import Final

from gateway.linkage.key import Keys
from gateway.operate.pixels.death import Deaths
from gateway.operate.pixels.local import pixel_workers
from gateway.operate.supervision import forwarder, pixel_worker, receiver, steward, writer
from gateway.operate.supervision.child import Child, Role
from gateway.operate.supervision.descriptor import Descriptor
from gateway.operate.supervision.heartbeat import Pulse
from gateway.operate.supervision.supervisor import Crew
from gateway.operate.supervision.suspect import Board
from gateway.operate.wiring import composition
from gateway.receive.late_work import MOST_LATE
from gateway.settings import Settings

_COUNTER_BYTES: Final = 8
"""Of each receiver in the memory that `gateway.association.byte_budget.ByteBudget` shares."""
_MOST_RECEIVERS: Final = 8
"""On a machine with many cores, unless the settings ask for more."""


def recruit(
    settings: Settings,
    keys: Keys,
    lock: Descriptor,
    listener: socket.socket,
    pixels: socket.socket | None = None,
) -> Crew:
    """Describe the processes; none is started.

    Parameters
    ----------
    lock
        Of the storage directory; every process keeps a copy.
    listener
        The ledger's socket.
    pixels
        The pixel workers' socket; None if no project has pixels cleaned.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(["gateway.operate.supervision.preload"])
    count = receivers(settings)
    counters = _shared_memory(_COUNTER_BYTES * count)
    board = Board.make(count, 2 * settings.server.max_associations + MOST_LATE)
    workers = pixel_workers(settings.pixels) if pixels is not None else 0
    deaths = Deaths.make(max(1, workers))
    pulses = iter(Pulse.several(count + 3 + workers))

    def child(name: str, main: Callable[..., None], *arguments: object) -> Child:
        return Child(context, Role(name, main, (settings, lock, *arguments)), next(pulses))

    return Crew(
        writer=child("ledger", writer.main, listener),
        receivers=[
            child(f"receiver-{number}", receiver.main, keys, counters, board, number, deaths)
            for number in range(count)
        ],
        forwarder=child("forwarder", forwarder.main) if composition.destinations(settings) else None,
        steward=child("steward", steward.main, keys),
        board=board,
        pixels=[child(f"pixels-{number}", pixel_worker.main, pixels, number) for number in range(workers)],
        deaths=deaths,
    )


def receivers(settings: Settings) -> int:
    """Return how many receivers there are: as set, or one for each processor core."""
    return settings.server.processes or min(len(os.sched_getaffinity(0)), _MOST_RECEIVERS)


def _shared_memory(size: int) -> Descriptor:
    """Make memory, zero at first, that processes share by a descriptor."""
    descriptor = os.memfd_create("gateway-counters", os.MFD_CLOEXEC)
    os.ftruncate(descriptor, size)
    return Descriptor(descriptor)
