"""Key files, and the guard that no store is ever used with a key that is not its own."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
import stat
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from gateway.errors import KeyGuardError
from gateway.ledger.database import sync_directory

KEY_BYTES: Final = 32

_MAX_FILE: Final = 1024
_CHECK: Final = b"deidentification-gateway/v1/check value"


class KnownStore(Protocol):
    """A database that has check values."""

    path: Path

    def read_meta(self, key: str) -> str | None:
        """Return a fact of the database itself."""
        ...


class GuardedStore(KnownStore, Protocol):
    """A database that keeps check values; `gateway.ledger.store.SqliteStore` is one."""

    def has_rows(self, project: str | None = None) -> bool:
        """Tell whether there is a row, of `project` or at all."""
        ...

    def write_meta(self, facts: Mapping[str, str]) -> None:
        """Keep facts of the database itself."""
        ...


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a gateway, each of 32 bytes.

    Attributes
    ----------
    pseudonym
        The pseudonym key of each project, for life.
    sealing
        The key of the linkage store.
    """

    pseudonym: Mapping[str, bytes]
    sealing: bytes


@dataclass(frozen=True, slots=True)
class _Slot:
    name: str
    file: Path
    project: str | None

    @property
    def meta(self) -> str:
        return f"check value of {self.name}"


def load_key(path: Path, *, may_create: bool) -> bytes:
    """Return the key in the file `path`: one line of base64 that only its owner can read.

    Parameters
    ----------
    may_create
        Whether a new random key is written where there is no file.

    Raises
    ------
    KeyGuardError
        The file is missing, readable by others, owned by somebody else, or holds no key.
    """
    try:
        key = _read(path)
        if may_create:  # who made it may have been killed before its name was durable
            _sync_name(path)
        return key
    except FileNotFoundError:
        if not may_create:
            raise KeyGuardError(f"{path} is missing: restore it from the backup") from None
    except OSError as error:
        raise KeyGuardError(f"{path} cannot be read: {type(error).__name__}") from None
    try:
        _create(path, secrets.token_bytes(KEY_BYTES))
        return _read(path)
    except OSError as error:
        raise KeyGuardError(f"{path} cannot be made: {type(error).__name__}") from None


def guard(
    projects: Mapping[str, Path],
    sealing: Path,
    stores: Sequence[GuardedStore],
    filled: Collection[str] = (),
) -> Keys:
    """Load every key and make sure that it is the one with which the stores were made.

    Only the start may call it, before any other process runs. A key is made where its file is
    missing and no store has a row that depends on it; its check value is then kept in each
    store. As soon as there is a row, each store must have the check value and it must fit.

    Parameters
    ----------
    projects
        File of the pseudonym key of each project.
    sealing
        File of the sealing key.
    stores
        The ledger's and the linkage store.
    filled
        Projects with files in the spool, whatever the stores say: their pseudonyms are out, and a
        key that is missing is not made anew.

    Raises
    ------
    KeyGuardError
        A key is missing, unreadable, shared or another one; says what to restore.
    """
    slots = _slots(projects, sealing)
    keys = {slot.name: _guarded(slot, stores, filled) for slot in slots}
    _require_different(keys)
    for slot in slots:
        for store in stores:
            if store.read_meta(slot.meta) is None or not _in_use(slot, stores):
                store.write_meta({slot.meta: check_value(slot.name, keys[slot.name])})
    return _keys(slots, keys)


def proven(projects: Mapping[str, Path], sealing: Path, stores: Sequence[KnownStore]) -> Keys:
    """Load keys for a command, whether the gateway runs or not; none is made.

    Parameters
    ----------
    projects, sealing
        As for `guard`. A project that no store knows is left out.
    stores
        The ledger's and the linkage store. Each must have the check value of a key that one has.

    Raises
    ------
    KeyGuardError
        A key is missing, unreadable or another one than the gateway was started with.
    """
    slots = [
        slot
        for slot in _slots(projects, sealing)
        if slot.project is None or any(store.read_meta(slot.meta) is not None for store in stores)
    ]
    keys = {}
    for slot in slots:
        keys[slot.name] = load_key(slot.file, may_create=False)
        for store in stores:
            _check(slot, store, keys[slot.name])
    return _keys(slots, keys)


def adopt(projects: Mapping[str, Path], sealing: Path, store: GuardedStore, other: KnownStore) -> None:
    """Have a new database take the place of one that is lost, under the keys that the other proves.

    Raises
    ------
    KeyGuardError
        `store` is not new, a key is missing or another one, or `other` proves none.
    """
    if store.has_rows():
        raise KeyGuardError(f"{store.path.name} has rows: nothing is lost")
    facts = {}
    for slot in _slots(projects, sealing):
        if other.read_meta(slot.meta) is not None:
            key = load_key(slot.file, may_create=False)
            _check(slot, other, key)
            facts[slot.meta] = check_value(slot.name, key)
    if not facts:
        raise KeyGuardError(f"{other.path.name} is new as well: just start the gateway")
    store.write_meta(facts)


def check_value(name: str, key: bytes) -> str:
    """Return what tells whether a key is the same, without telling the key."""
    return hmac.digest(key, _CHECK + b"\0" + name.encode(), "sha256").hex()


def _slots(projects: Mapping[str, Path], sealing: Path) -> list[_Slot]:
    slots = [_Slot(f"the pseudonym key of project {name}", file, name) for name, file in projects.items()]
    return [*slots, _Slot("the sealing key", sealing, None)]


def _keys(slots: Sequence[_Slot], keys: Mapping[str, bytes]) -> Keys:
    pseudonym = {slot.project: keys[slot.name] for slot in slots if slot.project is not None}
    return Keys(pseudonym=pseudonym, sealing=keys[slots[-1].name])


def _guarded(slot: _Slot, stores: Sequence[GuardedStore], filled: Collection[str]) -> bytes:
    in_use = _in_use(slot, stores)
    try:
        key = load_key(slot.file, may_create=not in_use and slot.project not in filled)
    except KeyGuardError as error:
        raise KeyGuardError(f"{slot.name}: {error}") from None
    if in_use:
        for store in stores:
            _check(slot, store, key)
    return key


def _check(slot: _Slot, store: KnownStore, key: bytes) -> None:
    kept = store.read_meta(slot.meta)
    if kept is None:
        raise KeyGuardError(
            f"{slot.name} is not known to {store.path.name}, but there are instances that depend on it: "
            f"restore {store.path.name} from the backup, or see gateway renew --help when there is none"
        )
    if not hmac.compare_digest(kept, check_value(slot.name, key)):
        raise KeyGuardError(
            f"{slot.file} is not {slot.name} with which {store.path.name} was made: "
            "restore the key file from the backup, or the database that belongs to it"
        )


def _in_use(slot: _Slot, stores: Sequence[GuardedStore]) -> bool:
    return any(store.has_rows(slot.project) for store in stores)


def _require_different(keys: Mapping[str, bytes]) -> None:
    seen: dict[bytes, str] = {}
    for name, key in keys.items():
        if key in seen:
            raise KeyGuardError(f"{name} is also {seen[key]}: each needs a key of its own")
        seen[key] = name


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        _require_private(path, os.fstat(descriptor))
        content = file.read(_MAX_FILE)
    try:
        key = base64.b64decode(content.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyGuardError(f"{path} holds no key: expected {KEY_BYTES} bytes as one line of base64")
    return key


def _require_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyGuardError(f"{path} is not a file")
    if status.st_uid not in (os.geteuid(), 0):
        raise KeyGuardError(f"{path} belongs to another user")
    # systemd lends a credential by an ACL, whose mask shows as permissions of the group.
    credential = str(path.parent) == os.environ.get("CREDENTIALS_DIRECTORY")
    if status.st_mode & (0o007 if credential else 0o077):
        raise KeyGuardError(f"{path} can be read by others: chmod 600 it")


def _create(path: Path, key: bytes) -> None:
    """Write a complete, synced file under another name and link it: never half a key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(key) + b"\n")
            file.flush()
            os.fsync(descriptor)
        path.hardlink_to(unfinished)
    finally:
        unfinished.unlink()
    _sync_name(path)


def _sync_name(path: Path) -> None:
    for directory in (path.parent, path.parent.parent):
        sync_directory(directory)
