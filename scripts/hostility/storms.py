"""Too much of what would be harmless once."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

from hostility import wire
from hostility.case import ENDED, Case, said
from hostility.element import data_set, new_uid
from hostility.messages import ECHO, STORE, sent
from hostility.peer import Peer


def cases() -> Iterator[Case]:
    """Return the cases."""
    cancel = wire.command_set({0x100: wire.C_CANCEL, 0x120: 7, 0x800: wire.NO_DATA_SET})
    numbered = b"".join(
        wire.fragment(
            ECHO, 3, wire.command_set({0x100: wire.C_CANCEL, 0x120: number, 0x800: wire.NO_DATA_SET})
        )
        for number in range(5_000)
    )
    echo = wire.fragment(ECHO, 3, wire.echo_command())
    yield sent(
        "storm: C-CANCEL",
        "5,000 of the same, then a C-ECHO",
        f"0000H|{ENDED}",
        wire.fragment(ECHO, 3, cancel) * 5_000,
        echo,
    )
    yield sent("storm: C-CANCEL of all", "of 5,000 messages, then a C-ECHO", f"0000H|{ENDED}", numbered, echo)
    yield sent(
        "storm: requests ahead", "200 C-ECHO without waiting for an answer", f"0000H|{ENDED}", echo * 200
    )
    yield said(
        "storm: connections", "a hundred that say nothing and close", "closed", _hang_up, contexts=None
    )
    uid = new_uid()
    small = data_set(uid)
    bytewise = [wire.fragment(STORE, 0, small[at : at + 1]) for at in range(len(small) - 1)]
    yield sent(
        "storm: store byte by byte",
        "a C-STORE in fragments of a byte",
        "0000H",
        wire.fragment(STORE, 3, wire.store_command(uid)),
        *bytewise,
        wire.fragment(STORE, 2, small[-1:]),
    )
    yield said("storm: never read", "64 C-STORE whose answers are not read, then cut", "closed", _deaf)


def _hang_up(peer: Peer) -> str:
    address = peer.socket.getpeername()
    for number in range(100):
        with socket.create_connection(address, timeout=30) as other:
            if number % 2:  # reset instead of an orderly end
                other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return "closed"


def _deaf(peer: Peer) -> str:
    for _ in range(64):
        uid = new_uid()
        peer.send(wire.message(STORE, wire.store_command(uid), data_set(uid)))
    peer.close()
    return "closed"
