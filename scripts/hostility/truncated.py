"""Everything cut short: what was begun is never finished, and the connection is closed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from hostility import wire
from hostility.case import ENDED, REFUSED, Case, said, stored
from hostility.element import CONTENT_SEQUENCE, bare, data_set, element, fragments, new_uid, sequence
from hostility.peer import Peer
from hostility.pixels import JPEG_FRAME
from hostility.planted import PERSON


def cases() -> Iterator[Case]:
    """Return the cases."""
    yield from _requests()
    yield from _messages()
    yield from _data_sets()
    yield from _fragments()


def _cut(encoded: bytes, lengths: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    for length in sorted(set(lengths)):
        yield length, encoded[:length]


def _and_end(peer: Peer, *encoded: bytes) -> str:
    peer.send(*encoded)
    peer.end_of_speech()
    return peer.answer()


def _requests() -> Iterator[Case]:
    whole = wire.proposing(
        (wire.MR, [wire.IMPLICIT, wire.EXPLICIT]), further=[wire.item(0x55, PERSON.title.encode())]
    )
    # Within the header, each fixed field, each item's header and body.
    lengths = (*range(12), *range(20, 110, 13), 74, 75, 78, 140, 170, len(whole) - 1)
    for length, part in _cut(whole, lengths):
        yield said(
            f"cut: A-ASSOCIATE-RQ at {length}",
            "then the connection is closed",
            ENDED,
            lambda peer, part=part: _and_end(peer, part),
            contexts=None,
        )
        if length >= 74:
            short = wire.pdu(wire.ASSOCIATE_RQ, part[6:])
            yield said(
                f"cut: A-ASSOCIATE-RQ of {length}",
                "its length says so",
                f"A-ASSOCIATE-.*|{ENDED}",
                lambda peer, short=short: _and_end(peer, short),
                contexts=None,
            )


def _messages() -> Iterator[Case]:
    uid = new_uid()
    command, small = wire.store_command(uid), data_set(uid)
    whole = b"".join(wire.message(3, command, small))
    body = 12 + len(command)
    bounds = [body + more for more in (-1, 0, 1, 6, 11, 12, 40)]
    lengths = (*range(1, 14, 2), 6, 10, 12, 20, 32, *bounds, len(whole) - 1)
    for length, part in _cut(whole, lengths):
        yield said(
            f"cut: C-STORE at {length}",
            "then the connection is closed",
            ENDED,
            lambda peer, part=part: _and_end(peer, part),
        )
    for length, part in _cut(command, (1, 4, 8, 11, 12, 13, 20, len(command) // 2, len(command) - 1)):
        yield said(
            f"cut: command set of {length}",
            "marked as the last fragment",
            ENDED,
            lambda peer, part=part: peer.send(wire.fragment(3, 3, part)),
        )


def _data_sets() -> Iterator[Case]:
    names = sequence(
        CONTENT_SEQUENCE, element(0x00100010, b"PN", PERSON.name), element(0x00100020, b"LO", "A")
    )

    def plain(uid: bytes) -> bytes:
        return data_set(uid, {CONTENT_SEQUENCE: names})

    size = len(plain(b"1.2.3.4.5.100"))
    # In a tag, a VR, a length, a value; of the first, a middle and the last element; within a sequence.
    ends = [size - length for length in (40, 12, 9, 7, 4, 2)]
    for back in (1, 2, 63, 64, 65, 70, 76, 77, 90, *range(100, 180, 13), *ends):
        yield stored(
            f"cut: data set, {back} bytes short",
            "sent as if it were whole",
            REFUSED,
            lambda uid, back=back: plain(uid)[: len(plain(uid)) - back],
        )


def _fragments() -> Iterator[Case]:
    def compressed(_: bytes) -> bytes:
        return fragments(JPEG_FRAME, JPEG_FRAME)

    total = len(compressed(b""))
    places = itertools.chain(
        range(1, 20, 3), (len(JPEG_FRAME), len(JPEG_FRAME) + 8, total - 20, total - 14, total - 10)
    )
    for back in places:
        yield stored(
            f"cut: fragments, {back} bytes short",
            "encapsulated pixels, as if they were whole",
            REFUSED,
            lambda uid, back=back: data_set(uid, {0x7FE00010: b""}, tail=compressed(uid)[: total - back]),
            syntax=wire.JPEG,
        )
    yield stored(
        "cut: item header",
        "an item of four bytes",
        REFUSED,
        lambda uid: data_set(uid, tail=element(CONTENT_SEQUENCE, b"SQ", bare(0xFFFEE000)[:4])),
    )
