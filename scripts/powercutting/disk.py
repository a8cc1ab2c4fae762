"""A file system that knows what a power cut may take from it.

Harsher than ext4 and XFS are, as harsh as POSIX allows:

* fsync and fdatasync of a file keep its bytes and its size, never its name
* fsync of a directory keeps its entries, never the bytes of what they name, nor its own entry above
* what was not synced is there or not, each page of a file, each name of a directory and each size for
  itself, and each as it was at any moment since the last sync
* a page may be torn into its sectors
* a rename is atomic: the old name does not go before the new one is there; both may be
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

PAGE, SECTOR = 4096, 512


class Survival:
    """What of the writes that were not synced is on the disk after a power cut.

    Parameters
    ----------
    kind
        ``nothing``, ``all``, or at random: ``pages`` and ``sectors``, each for itself; ``first``: of
        each file the first of its writes, then a torn one; ``last``: the last of them.
    """

    KINDS = ("nothing", "all", "pages", "sectors", "first", "last")

    def __init__(self, kind: str, seed: int) -> None:
        self.kind = kind
        self._random = random.Random(seed)
        self._tokens: dict[int, bool] = {}

    def keeps(self, token: int) -> bool:
        """Tell whether what several entries have in common is kept."""
        return self._tokens.setdefault(token, self.flip())

    def flip(self) -> bool:
        """Tell whether something that stands for itself is kept."""
        return self.kind == "all" or (self.kind != "nothing" and self._random.random() < 0.5)

    def up_to(self, count: int) -> int:
        """Choose how many of `count` are kept."""
        if self.kind in ("nothing", "all"):
            return count if self.kind == "all" else 0
        return self._random.randint(0, count)


@dataclass(slots=True, eq=False)
class Write:
    """Bytes at an offset, or with `size` a new length.

    Attributes
    ----------
    complete
        The call has returned.
    synced
        So has a sync after it; `durable`, when that sync is not left out.
    """

    offset: int = 0
    data: bytes = b""
    size: int | None = None
    complete: bool = False
    synced: bool = False
    durable: bool = False

    def apply(self, content: bytearray, low: int = 0, high: int = 1 << 62) -> None:
        """Apply what is between `low` and `high`; sizes as needed."""
        if self.size is not None:
            tail = slice(max(self.size, low), min(len(content), high))
            content[tail] = bytes(max(0, tail.stop - tail.start))
            return
        low, high = max(low, self.offset), min(high, self.offset + len(self.data))
        if low < high:
            if len(content) < high:
                content.extend(bytes(high - len(content)))
            content[low:high] = self.data[low - self.offset : high - self.offset]

    def length_after(self, length: int) -> int:
        """The file's length after it."""
        return self.size if self.size is not None else max(length, self.offset + len(self.data))

    def units(self, unit: int, length: int) -> range:
        """The pages or sectors that it touches, in a file that was never longer than `length`."""
        end = length if self.size is not None else self.offset + len(self.data)
        begin = self.offset if self.size is None else self.size
        return range(begin // unit, -(-end // unit))


@dataclass(slots=True, eq=False)
class File:
    """An inode: what is on the disk for certain, and what was written since."""

    base: bytearray = field(default_factory=bytearray)
    writes: list[Write] = field(default_factory=list)
    position: int = 0

    @property
    def length(self) -> int:
        """As who uses it sees it."""
        length = len(self.base)
        for write in self.writes:
            length = write.length_after(length)
        return length

    def settle(self) -> None:
        """Forget one by one the writes whose durability nothing changes any more."""
        while self.writes and self.writes[0].durable:
            write = self.writes.pop(0)
            write.apply(self.base)
            if write.size is not None:
                self._cut(self.base, write.size)

    def content(self, survival: Survival) -> bytes:
        """What is on the disk after a power cut."""
        if all(write.durable for write in self.writes) or survival.kind in ("nothing", "all"):
            return bytes(self._plain(survival.kind == "all"))
        if survival.kind == "first":
            return bytes(self._prefix(survival))
        if survival.kind == "last":
            return bytes(self._suffix(survival))
        return bytes(self._scattered(survival, PAGE if survival.kind == "pages" else SECTOR))

    def _plain(self, everything: bool) -> bytearray:
        content = bytearray(self.base)
        for write in self.writes:
            if everything or write.durable:
                write.apply(content)
                if write.size is not None:
                    self._cut(content, write.size)
        return content

    def _prefix(self, survival: Survival) -> bytearray:
        content, pending = bytearray(self.base), [write for write in self.writes if not write.durable]
        kept = set(map(id, pending[: survival.up_to(len(pending))]))
        torn = next((write for write in pending if id(write) not in kept), None)
        for write in self.writes:
            if write.durable or id(write) in kept:
                write.apply(content)
                if write.size is not None:
                    self._cut(content, write.size)
            elif write is torn and write.size is None:
                sectors = survival.up_to(len(write.units(SECTOR, 0)))
                write.apply(content, 0, (write.offset // SECTOR + sectors) * SECTOR)
        return content

    def _suffix(self, survival: Survival) -> bytearray:
        """The sectors that the last writes touched, each as it is in the end; the others as they were."""
        count = sum(not write.durable for write in self.writes)
        late = self.writes[len(self.writes) - survival.up_to(count) :]
        content, final = self._plain(everything=False), self._plain(everything=True)
        for number in {number for write in late for number in write.units(SECTOR, len(final))}:
            sector = final[number * SECTOR : (number + 1) * SECTOR]
            if len(content) < number * SECTOR + len(sector):
                self._cut(content, number * SECTOR + len(sector))
            content[number * SECTOR : number * SECTOR + len(sector)] = sector
        return content

    def _scattered(self, survival: Survival, unit: int) -> bytearray:
        durable = self._plain(everything=False)
        lengths = [len(durable), len(durable)]
        touched: dict[int, list[Write]] = {}
        longest = max([len(durable), *(write.length_after(0) for write in self.writes)])
        for write in self.writes:
            lengths.append(write.length_after(lengths[-1]))
            for number in write.units(unit, longest):
                touched.setdefault(number, []).append(write)
        content = durable + bytes(longest - len(durable))
        for number, writes in touched.items():
            first = max((place for place, write in enumerate(writes, 1) if write.durable), default=0)
            for write in writes[: first + survival.up_to(len(writes) - first)]:
                write.apply(content, number * unit, (number + 1) * unit)
        self._cut(content, lengths[1 + survival.up_to(len(lengths) - 2)])
        return content

    @staticmethod
    def _cut(content: bytearray, length: int) -> None:
        del content[length:]
        content.extend(bytes(length - len(content)))


@dataclass(slots=True, eq=False)
class Change:
    """A name that was given to something, or taken (`node` None).

    Attributes
    ----------
    token
        The same for both halves of a rename; 0 for what stands alone.
    after
        For the old name of a rename: the change of the new one, without which it stays.
    """

    name: str
    node: File | Directory | None
    token: int = 0
    after: Change | None = None
    complete: bool = False
    synced: bool = False
    durable: bool = False


@dataclass(slots=True, eq=False)
class Directory:
    """Its entries on the disk, the changes since, and how it looks to who uses it."""

    entries: dict[str, File | Directory] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    current: dict[str, File | Directory] = field(default_factory=dict)

    def settle(self) -> None:
        """Forget the changes whose durability nothing changes any more."""
        blocked: set[str] = set()
        waiting = []
        for change in self.changes:
            if change.durable and change.name not in blocked:
                _set(self.entries, change)
            else:
                blocked.add(change.name)
                waiting.append(change)
        self.changes = waiting

    def after_cut(self, survival: Survival) -> dict[str, File | Directory]:
        """The entries after a power cut."""
        entries = dict(self.entries)
        stopped: set[str] = set()
        for change in self.changes:
            if change.name in stopped:
                continue
            if change.durable or _survives(change, survival):
                _set(entries, change)
            else:
                stopped.add(change.name)
        return entries


def _survives(change: Change, survival: Survival) -> bool:
    if change.after is not None:
        is_renamed = change.after.durable or survival.keeps(change.token)
        return is_renamed and survival.flip()
    return survival.keeps(change.token) if change.token else survival.flip()


def _set(entries: dict[str, File | Directory], change: Change) -> None:
    if change.node is None:
        entries.pop(change.name, None)
    else:
        entries[change.name] = change.node


def image(root: Directory, survival: Survival, prefix: str = "") -> Iterator[tuple[str, bytes | None]]:
    """Yield the path below `root` and the content of each file after a power cut; None of directories."""
    for name, node in root.after_cut(survival).items():
        if isinstance(node, Directory):
            yield prefix + name, None
            yield from image(node, survival, f"{prefix}{name}/")
        else:
            yield prefix + name, node.content(survival)
