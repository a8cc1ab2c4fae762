"""One hostile input: what it is, how it is sent, and what may become of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hostility import wire
from hostility.element import new_uid
from hostility.peer import Dial, Peer


@dataclass(frozen=True, slots=True)
class Case:
    """A hostile input.

    Parameters
    ----------
    name
        Short, with the group in front.
    what
        One line for people.
    expected
        Regular expression of the outcomes that are right.
    act
        Sends it, and says what came of it.
    slow
        Takes too long for every run of the tests.
    """

    name: str
    what: str
    expected: str
    act: Callable[[Dial], str]
    slow: bool = False


HANDLED = "0000H"
REFUSED = "C00[1-9]H"
"""With the reason as a status."""
EITHER = f"{HANDLED}|{REFUSED}"
ENDED = "A-ABORT|connection closed"
"""The association is over."""
REJECTED = "A-ASSOCIATE-RJ ./././*.*"


def stored(
    name: str,
    what: str,
    expected: str,
    encode: Callable[[bytes], bytes],
    *,
    syntax: bytes = wire.EXPLICIT,
    sop_class: bytes = wire.MR,
    instance: bytes | None = None,
    slow: bool = False,
) -> Case:
    """Make the case of a C-STORE request with a hostile data set.

    Parameters
    ----------
    encode
        Gets the SOP Instance UID of the command and returns the data set.
    instance
        That UID, if it is to be a certain one.
    """

    def act(dial: Dial) -> str:
        peer, uid = dial.peer(), new_uid() if instance is None else instance
        opened = peer.associate((sop_class, [syntax]))
        if opened != "A-ASSOCIATE-AC 1 of result 0":
            return opened
        peer.send(wire.message(1, wire.store_command(uid, sop_class), encode(uid)))
        return peer.answer()

    # What takes long may take longer than the gateway lets a sender wait.
    return Case(name, what, f"{expected}|A700H" if slow else expected, act, slow)


def said(
    name: str,
    what: str,
    expected: str,
    speak: Callable[[Peer], str | None],
    *,
    contexts: tuple[wire.Proposal, ...] | None = (
        (wire.VERIFICATION, [wire.IMPLICIT]),
        (wire.MR, [wire.EXPLICIT]),
    ),
    calling: bytes = b"SCANNER",
    slow: bool = False,
) -> Case:
    """Make the case of a peer that says something, on an association unless `contexts` is None.

    Parameters
    ----------
    speak
        Returns what came of it, or None to have the next answer read.
    """

    def act(dial: Dial) -> str:
        peer = dial.peer()
        if contexts is not None:
            opened = peer.associate(*contexts, calling=calling)
            if not opened.startswith("A-ASSOCIATE-AC"):
                return opened
        return speak(peer) or peer.answer()

    return Case(name, what, expected, act, slow)
