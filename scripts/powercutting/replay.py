"""From a recording to the state of its disk, and to the moments at which the power is cut."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from powercutting import sync_class
from powercutting.answer import answered
from powercutting.disk import Change, Directory, File, Write
from powercutting.trace import MAKE, REMOVE, SEND, SYNC, WRITE, Call, TraceError

MOMENTS = ("sync begins", "sync ends", "rename begins", "rename ends", "answer")


@dataclass(frozen=True, slots=True)
class Moment:
    """A boundary at which the power may be cut.

    Parameters
    ----------
    number
        Of this moment in the recording, from 0.
    kind
        One of `MOMENTS`.
    what
        The class of the sync, or empty.
    answers
        How many answers there are by now.
    """

    number: int
    kind: str
    what: str
    answers: int


@dataclass(frozen=True, slots=True)
class _Sync:
    """A sync that has begun, and what was written by then; it keeps nothing when it is left out."""

    node: File | Directory
    what: str
    covered: tuple[Write | Change, ...]


class Replay:
    """Follows a recording.

    Parameters
    ----------
    events
        Calls that begin and end, as `powercutting.trace.read` gives them.
    storage
        The storage directory; its parent is there and durable from the beginning.
    without
        Classes of syncs that keep nothing, as if the code did not make them.

    Attributes
    ----------
    root
        The parent of the storage directory.
    answers
        SOP Instance UIDs as sent, in the order in which they were answered Success.
    syncs
        Classes of the syncs that there were.
    """

    def __init__(
        self, events: Iterable[tuple[Call, bool]], storage: Path, without: frozenset[str] = frozenset()
    ) -> None:
        self._events, self._storage, self._without = events, storage, without
        self._numbers, self._tokens = itertools.count(), itertools.count(1)
        self.root = Directory()
        self.answers: list[str] = []
        self.syncs: dict[str, int] = {}

    def moments(self) -> Iterator[Moment]:
        """Yield each moment while the disk is as it is then.

        Raises
        ------
        TraceError
            The recording contradicts itself.
        """
        for call, ended in self._events:
            if call.name in SEND or call.place.startswith("socket:"):
                if not ended and (uids := answered(call.data)):
                    self.answers += uids
                    yield self._moment("answer")
            elif call.name in SYNC:
                yield from self._sync(call, ended)
            elif call.name in WRITE:
                self._write(call, ended)
            elif call.name.startswith("rename"):
                yield from self._rename(call, ended)
            elif call.name in (*MAKE, *REMOVE):
                self._change(call, ended)

    def _moment(self, kind: str, what: str = "") -> Moment:
        return Moment(next(self._numbers), kind, what, len(self.answers))

    # ------------------------------------------------------------ paths

    def _is_followed(self, path: str) -> bool:
        """Whether the path is of the durable state; run/ and -shm are made anew by every start."""
        if not path.startswith(str(self._storage)) or path.endswith(("-shm", " (deleted)")):
            return False
        return not path.startswith(str(self._storage / "run") + "/")

    def _node(self, path: str) -> File | Directory | None:
        node: File | Directory | None = self.root
        for name in Path(path).relative_to(self._storage.parent).parts:
            node = node.current.get(name) if isinstance(node, Directory) else None
        return node

    def _file(self, path: str) -> File:
        node = self._node(path)
        if not isinstance(node, File):
            raise TraceError(f"written before it was made: {path}")
        return node

    def _folder(self, path: str) -> Directory:
        node = self._node(str(Path(path).parent))
        if not isinstance(node, Directory):
            raise TraceError(f"in a folder that was never made: {path}")
        return node

    # ------------------------------------------------------------ calls

    def _write(self, call: Call, ended: bool) -> None:
        if ended:
            if isinstance(call.state, tuple):
                self._written(call, *call.state)
            return
        path = call.paths[0] if call.name == "truncate" else call.place
        if not self._is_followed(path):
            return
        file = self._file(path)
        write = self._described(call, file)
        file.writes.append(write)
        call.state = (file, write)

    @staticmethod
    def _described(call: Call, file: File) -> Write:
        if call.name.endswith("truncate"):
            return Write(size=call.numbers[0])
        if call.name == "fallocate":
            return Write(size=max(file.length, call.numbers[0] + call.numbers[1]))
        if call.name.startswith("pwrite"):
            return Write(call.numbers[0], call.data)
        write = Write(file.position, call.data)
        file.position += len(write.data)
        return write

    @staticmethod
    def _written(call: Call, file: File, write: Write) -> None:
        if call.result is None or call.result < 0:
            file.writes.remove(write)
            return
        if write.size is None and call.result < len(write.data):
            file.position -= len(write.data) - call.result if call.name.startswith("write") else 0
            write.data = write.data[: call.result]
        write.complete = True

    def _sync(self, call: Call, ended: bool) -> Iterator[Moment]:
        if ended:
            if isinstance(call.state, _Sync):
                yield from self._synced(call, call.state)
            return
        is_parent = call.place == str(self._storage.parent)
        node = self._node(call.place) if is_parent or self._is_followed(call.place) else None
        if node is None:
            return
        operations = node.writes if isinstance(node, File) else node.changes
        covered = tuple(operation for operation in operations if operation.complete)
        what = sync_class.of(Path(call.place), self._storage, [one for one in covered if not one.synced])
        self.syncs[what] = self.syncs.get(what, 0) + 1
        call.state = _Sync(node, what, covered)
        yield self._moment("sync begins", what)

    def _synced(self, call: Call, sync: _Sync) -> Iterator[Moment]:
        if call.result == 0:
            for operation in sync.covered:
                operation.synced = True
                operation.durable |= sync.what not in self._without
            sync.node.settle()
        yield self._moment("sync ends", sync.what)

    def _rename(self, call: Call, ended: bool) -> Iterator[Moment]:
        old, new = call.paths[:2]
        if not self._is_followed(old):
            return
        if not ended:
            source, target = self._folder(old), self._folder(new)
            token = next(self._tokens)
            given = Change(Path(new).name, self._node(old), token)
            taken = Change(Path(old).name, None, token, after=given)
            call.state = ((target, given), (source, taken))
            target.changes.append(given)
            source.changes.append(taken)
            yield self._moment("rename begins")
        else:
            self._finish(call)
            yield self._moment("rename ends")

    def _change(self, call: Call, ended: bool) -> None:
        if ended:
            self._finish(call)
            return
        names = call.paths
        path = names[-1] if names else ""
        if not self._is_followed(path) or (call.name == "openat" and "O_CREAT" not in call.arguments):
            return
        folder, name = self._folder(path), Path(path).name
        if call.name in REMOVE:
            change = Change(name, None)
        elif name in folder.current:
            call.state = self._reopened(call, folder.current[name])
            return
        else:
            made = Directory() if call.name.startswith("mkdir") else File()
            change = Change(name, self._node(names[0]) if call.name.startswith("link") else made)
        folder.changes.append(change)
        call.state = ((folder, change),)

    @staticmethod
    def _reopened(call: Call, node: File | Directory) -> None:
        """Open what is there already, for writing from its beginning."""
        if isinstance(node, File) and call.name == "openat" and "O_EXCL" not in call.arguments:
            node.position = 0
            if "O_TRUNC" in call.arguments:
                node.writes.append(Write(size=0, complete=True))

    @staticmethod
    def _finish(call: Call) -> None:
        if not isinstance(call.state, tuple):
            return
        for folder, change in call.state:
            if call.result is None or call.result < 0:
                folder.changes.remove(change)
                continue
            change.complete = True
            if change.node is None:
                folder.current.pop(change.name, None)
            else:
                folder.current[change.name] = change.node
