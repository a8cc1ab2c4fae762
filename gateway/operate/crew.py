"""The processes of a gateway, ready to be started."""

from __future__ import annotations

import os
import socket
from multiprocessing import get_context
from typing import Final

from gateway.linkage.key import Keys
from gateway.operate import composition, forwarder, receiver, steward, writer
from gateway.operate.child import Child, Role
from gateway.operate.descriptor import Descriptor
from gateway.operate.supervisor import Crew
from gateway.settings import Settings

_COUNTER_BYTES: Final = 8
"""Of each receiver in the memory that `gateway.association.byte_budget.ByteBudget` shares."""
_MOST_RECEIVERS: Final = 8
"""On a machine with many cores, unless the settings ask for more."""


def recruit(settings: Settings, keys: Keys, lock: Descriptor, listener: socket.socket) -> Crew:
    """Describe the processes; none is started.

    Parameters
    ----------
    lock
        Of the storage directory; every process keeps a copy.
    listener
        The ledger's socket.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(["gateway.operate.preload"])
    count = receivers(settings)
    counters = _shared_memory(_COUNTER_BYTES * count)
    return Crew(
        writer=Child(context, Role("ledger", writer.main, (settings, lock, listener))),
        receivers=[
            Child(
                context, Role(f"receiver-{number}", receiver.main, (settings, lock, keys, counters, number))
            )
            for number in range(count)
        ],
        forwarder=Child(context, Role("forwarder", forwarder.main, (settings, lock)))
        if composition.destinations(settings)
        else None,
        steward=Child(context, Role("steward", steward.main, (settings, lock, keys))),
    )


def receivers(settings: Settings) -> int:
    """Return how many receivers there are: as set, or one for each processor core."""
    return settings.server.processes or min(len(os.sched_getaffinity(0)), _MOST_RECEIVERS)


def _shared_memory(size: int) -> Descriptor:
    """Make memory, zero at first, that processes share by a descriptor."""
    descriptor = os.memfd_create("gateway-counters", os.MFD_CLOEXEC)
    os.ftruncate(descriptor, size)
    return Descriptor(descriptor)
