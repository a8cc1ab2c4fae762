"""Mutations that know what an element is: libFuzzer's own hardly ever keep a data set readable."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from typing import Final

from gateway.deidentify.data_set import LONG_VRS, SHORT_VRS
from gateway.standard.confidentiality_profile import ROWS
from gateway.standard.dictionary import vr_of
from gateway.standard.safe_private import ROWS as SAFE
from gateway.standard.structured_content import ROWS as CONCEPTS
from scripts.fuzzing.seeds import (
    FAMILY,
    HEADER,
    INSTANCE_UID,
    PATIENT_ID,
    SERIES_UID,
    SOP_CLASSES,
    STUDY_UID,
    SYNTAXES,
    at,
)
from scripts.fuzzing.tree import Broken, Node, Syntax, read, written

TEXTS: Final = (
    b"", b" ", b"\0", b"\\\\\\", FAMILY.encode(), b"silberhorn^x=\x1b$B;3ED", b"20190417", b"99999999",
    b"1.2.3", b"-1e309", b"\xff\xfe\xfd", b"A" * 300, b"\x1b", b"\xfe\xff\x00\xe0\xff\xff\xff\xff",
    b"Dr. Silberhorn", INSTANCE_UID.encode(), PATIENT_ID.encode(), b"0" * 64, b"CT ABDOMEN with contrast",
    b"Silberhorn, L., left knee", b"S i l b e r h o r n",
    b"seen by Dr. L. Silberhorn on 17 Apr 2019 at 14:32", b"SILBERHORN\\axial", b"T2 TSE sag",
    b"mrn 5530917", b"\xbb\xa7\x95\x84 liver", b"1.2.826.0.1.99.7.40221.3 and 1.2.840.10008.5.1.4.1.1.2",
    b"S\xfclberhorn", b"10:15 17.04.1961", b"\\ " * 30 + b"x", b" " * 3_000 + b"x", b"a" * 3_000,
    b"mm " * 700, b"\\" * 1_000, b"1.5\\" * 300 + b"2",
)  # fmt: skip
CHARACTER_SETS: Final = (
    b"", b"ISO_IR 100", b"ISO_IR 192", b"GB18030", b"GBK", b"ISO 2022 IR 149", b"\\ISO 2022 IR 87",
    b"ISO_IR 13", b"ISO 2022 IR 100\\ISO 2022 IR 126\\ISO 2022 IR 144", b"ISO-IR 100", b"nonsense",
    b"\\\\\\",
)  # fmt: skip
LENGTHS: Final = (0, 1, 2, 7, 8, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
VRS: Final = (*sorted(LONG_VRS | SHORT_VRS), b"ZZ", b"  ")
LISTED: Final = tuple(int(row.tag, 16) for row in ROWS if "x" not in row.tag and row.tag != "private")
FURTHER: Final = (
    0x00080005, 0x00080018, 0x00080103, 0x00081030, 0x00081115, 0x00100010, 0x00100020, 0x00204000,
    0x0040A730, 0x0040A123, 0x0040A160, 0x00420011, 0x00420012, 0x00700001, 0x00700006, 0x60003000,
    0x60004000, 0x50003000, 0x00080300, 0x7FE00010, 0x7FE00001, 0xFFFCFFFC, 0xFFFAFFFA, 0x04000561,
    0x00280002, 0x00280008, 0x00280010, 0x00280011, 0x00280100, 0x00080100, 0x00080102, 0x00080104,
    0x0040DB73, 0x00400555, 0x00189445,
)  # fmt: skip

Mutation = Callable[[list[Node], random.Random], None]


def _all(nodes: list[Node]) -> list[list[Node]]:
    """Return the lists of elements at every level."""
    found, pending = [], [nodes]
    while pending:
        level = pending.pop()
        found.append(level)
        pending += [item for node in level for item in node.items or ()]
    return found


def _level(nodes: list[Node], choice: random.Random) -> list[Node]:
    return nodes if choice.random() < 0.4 else choice.choice(_all(nodes))


def _even(value: bytes) -> bytes:
    return value + b" " * (len(value) % 2)


def _text(choice: random.Random) -> bytes:
    text = choice.choice(TEXTS)
    if choice.random() < 0.25:
        text = text[: choice.randrange(20)] + choice.choice(TEXTS)[:60] + text[-8:]
    return text


def _fresh(tag: int, choice: random.Random) -> Node:
    """Return an element with a value that its VR, or another one, may have."""
    vr = (vr_of(tag) or "LO")[:2].encode()
    if choice.random() < 0.1:
        vr = choice.choice(VRS[:-2])
    if vr == b"SQ":
        inner = [_fresh(choice.choice(LISTED), choice) for _ in range(choice.randrange(3))]
        inner = [node for node in inner if node.items is None]
        return Node(tag, vr, items=[inner] * choice.randrange(3), undefined=choice.random() < 0.5)
    if vr in (b"OB", b"OW", b"UN", b"US", b"UL", b"FD", b"FL", b"SS", b"SL", b"AT"):
        numbers = bytes(choice.randrange(256) for _ in range(8 * choice.randrange(1, 4)))
        return Node(tag, vr, numbers if choice.random() < 0.8 else _even(_text(choice)))
    return Node(tag, vr, _even(_text(choice)))


def _value(nodes: list[Node], choice: random.Random) -> None:
    """Put another value into an element."""
    plain = [node for node in _level(nodes, choice) if node.items is None and node.fragments is None]
    if plain:
        node = choice.choice(plain)
        node.value = _even(_text(choice)) if choice.random() < 0.8 else bytes(reversed(node.value))


def _spliced(nodes: list[Node], choice: random.Random) -> None:
    """Write a part of one value into another, as people do."""
    plain = [node for level in _all(nodes) for node in level if node.items is None and node.value]
    if len(plain) > 1:
        one, other = choice.sample(plain, 2)
        at = choice.randrange(len(one.value) + 1)
        piece = other.value[: choice.choice((8, 64, 4096))].rstrip(b" \0")
        one.value = _even(one.value[:at] + piece + one.value[at:])[: 1 << 16]


def _added(nodes: list[Node], choice: random.Random) -> None:
    _level(nodes, choice).append(_fresh(choice.choice(LISTED + FURTHER), choice))


def _retagged(nodes: list[Node], choice: random.Random) -> None:
    level = _level(nodes, choice)
    if level:
        choice.choice(level).tag = choice.choice(LISTED + FURTHER)


def _removed(nodes: list[Node], choice: random.Random) -> None:
    level = _level(nodes, choice)
    if level:
        level.pop(choice.randrange(len(level)))


def _other_vr(nodes: list[Node], choice: random.Random) -> None:
    level = _level(nodes, choice)
    if level:
        node = choice.choice(level)
        node.vr = choice.choice((b"UN", choice.choice(VRS)))
        node.undefined = node.undefined and node.items is not None


def _characters(nodes: list[Node], choice: random.Random) -> None:
    _level(nodes, choice).append(Node(0x00080005, b"CS", _even(choice.choice(CHARACTER_SETS))))


def _private(nodes: list[Node], choice: random.Random) -> None:
    """Add a safe private attribute, its creator, and a neighbour that is on no list."""
    row, block = choice.choice(SAFE), choice.choice((0x10, 0x11, 0xFF))
    group = row.group << 16
    level = _level(nodes, choice)
    level.append(Node(group | block, b"LO", _even(row.creator.encode())))
    level.append(Node(group | block << 8 | 0xF7, b"LO", _even(_text(choice))))
    node = _fresh(choice.choice(LISTED), choice)
    vr = (row.vr or "DS")[:2].encode()
    node.tag = group | block << 8 | row.offset
    if vr != b"SQ":
        node = Node(
            node.tag, choice.choice((vr, b"UN")), _even(choice.choice((b"1.5", b"12", _text(choice))))
        )
    level.append(node)


def _concept(nodes: list[Node], choice: random.Random) -> None:
    """Give a content item the name of a concept that identifies."""
    named = [level for level in _all(nodes) for node in level if node.tag == 0x00080100]
    if named:
        row, level = choice.choice(CONCEPTS), choice.choice(named)
        level.append(Node(0x00080100, b"SH", _even(row.value.encode())))
        level.append(Node(0x00080102, b"SH", _even(row.scheme.encode())))


def _nested(nodes: list[Node], choice: random.Random) -> None:
    """Move elements of a level into an item of a sequence, a few levels down."""
    level = _level(nodes, choice)
    if not level:
        return
    content = [node.copy() for node in choice.sample(level, min(len(level), 3))]
    for _ in range(choice.choice((1, 1, 2, 5, 60))):
        tag = choice.choice((0x0040A730, 0x00081140, 0x00081115, 0x20050010, 0x00400555, 0x0040A043))
        vr = choice.choice((b"SQ", b"SQ", b"SQ", b"UN"))
        content = [Node(tag, vr, items=[content], undefined=choice.random() < 0.5)]
    level += content


def _repeated(nodes: list[Node], choice: random.Random) -> None:
    """Repeat the items of a sequence, or the fragments of an image."""
    several = [node for level in _all(nodes) for node in level if node.items or node.fragments]
    if not several:
        return
    node, times = choice.choice(several), choice.choice((0, 2, 3, 20))
    if node.items is not None and len(node.items) * times < 2_000:
        node.items = [[inner.copy() for inner in item] for item in node.items * times]
    elif node.fragments is not None and len(node.fragments) * times < 2_000:
        node.fragments = node.fragments * times


def _fragment(nodes: list[Node], choice: random.Random) -> None:
    """Damage an image's fragment, or put a text into it."""
    coded = [node for node in nodes if node.fragments]
    if coded:
        parts = choice.choice(coded).fragments or []
        place = choice.randrange(len(parts))
        part = bytearray(parts[place])
        for _ in range(choice.randrange(4)):
            if part:
                part[choice.randrange(len(part))] = choice.randrange(256)
        at = choice.randrange(len(part) + 1)
        part[at:at] = _even(_text(choice))[:200] if choice.random() < 0.3 else b""
        parts[place] = _even(bytes(part))


MUTATIONS: Final[tuple[Mutation, ...]] = (
    *(_value, _value, _value, _spliced, _spliced, _added, _added, _added, _retagged, _retagged, _removed),
    *(_other_vr, _characters, _private, _private, _concept, _concept, _nested, _repeated, _fragment),
)


def _bytes(data: bytes, choice: random.Random) -> bytes:
    """Break a length, a header or some bytes: what the parser is for."""
    found = bytearray(data)
    for _ in range(choice.randrange(1, 4)):
        if len(found) < HEADER + 16:
            break
        at = choice.randrange(HEADER, len(found) - 12)
        match choice.randrange(4):
            case 0:
                found[at] = choice.randrange(256)
            case 1:
                found[at : at + 4] = struct.pack("<L", choice.choice(LENGTHS))
            case 2:
                del found[at : at + choice.randrange(1, 60)]
            case _:
                found[at:at] = found[at : at + choice.randrange(8, 200)]
    return bytes(found)


def syntax_of(data: bytes) -> Syntax:
    """Return how the data set of an input is written."""
    return SYNTAXES[data[0] % len(SYNTAXES)].syntax


def _identity(header: bytes) -> list[Node]:
    """Return what the command says of an instance; one that says something else is refused at once."""
    sop_class_uid = SOP_CLASSES[header[1] % len(SOP_CLASSES)]
    uids = {
        0x00080016: sop_class_uid,
        0x00080018: INSTANCE_UID,
        0x0020000D: STUDY_UID,
        0x0020000E: SERIES_UID,
    }
    return [at(tag, "UI", uid) for tag, uid in uids.items()]


def mutated(data: bytes, seed: int, largest: int) -> bytes:
    """Return an input with one to four elements changed; one in ten is broken instead."""
    choice = random.Random(seed)
    if len(data) <= HEADER or choice.random() < 0.1:
        return _bytes(data, choice)[:largest]
    header = bytearray(data[:HEADER])
    if choice.random() < 0.2:
        header[choice.randrange(1, HEADER)] = choice.randrange(256)
    syntax = syntax_of(data)
    try:
        nodes = read(data[HEADER:], syntax)
    except (Broken, struct.error):
        return _bytes(data, choice)[:largest]
    for _ in range(choice.randrange(1, 5)):
        choice.choice(MUTATIONS)(nodes, choice)
    for _ in range(len(data) >> 11):
        # Large inputs take long, and small ones find the same.
        _removed(nodes, choice)
    if choice.random() < 0.95:
        nodes += _identity(header)
    if choice.random() < 0.1:
        # The same content in another syntax: values of numbers turn over, which is welcome.
        header[0] = choice.randrange(len(SYNTAXES))
        syntax = syntax_of(bytes(header))
    found = bytes(header) + written(nodes, syntax)
    return found if len(found) <= largest else data[:largest]


def crossed(one: bytes, other: bytes, seed: int, largest: int) -> bytes:
    """Return an input with the elements of two."""
    choice = random.Random(seed)
    try:
        nodes = read(one[HEADER:], syntax_of(one))
        more = read(other[HEADER:], syntax_of(other))
    except (Broken, struct.error, IndexError):
        return one[:largest]
    nodes += choice.sample(more, (len(more) + 1) // 2) + _identity(one)
    found = one[:HEADER] + written(nodes, syntax_of(one))
    return found if len(found) <= largest else one[:largest]
