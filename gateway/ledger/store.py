"""What the writer writes to: a database with its messages, one transaction for many of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

from peewee import DataError, IntegrityError, PeeweeException

from gateway.errors import LedgerUnavailable
from gateway.ledger.database import HeldFiles, execute, open_for_writing
from gateway.ledger.fault import DAMAGED, DATABASE_ERRORS, GONE, is_damage, is_uncertain, phrase
from gateway.ledger.integrity import quick_check
from gateway.ledger.message import Message
from gateway.ledger.migration import Schema, migrate
from gateway.ledger.model import Meta
from gateway.ledger.statement import Statement
from gateway.ledger.write_ahead_log import WriteAheadLog

_EMPTY_LOG: Final = "PRAGMA wal_checkpoint(TRUNCATE)"


@dataclass(frozen=True, slots=True)
class Rejected:
    """The reply to a message that cannot be applied; `reason` holds no value of it."""

    reason: str


class Store(Protocol):
    """One database of the writer. Every message type belongs to exactly one store."""

    @property
    def messages(self) -> tuple[type[Message[Any]], ...]:
        """The message types it applies."""
        ...

    def begin(self) -> None:
        """Begin a transaction. Raises LedgerUnavailable when that is not possible."""
        ...

    def apply(self, message: Message[Any]) -> object:
        """Apply one message and return its reply.

        A message that cannot be applied leaves no trace and returns `Rejected`.
        LedgerUnavailable is raised when the whole transaction is lost.
        """
        ...

    def commit(self) -> bool:
        """Commit; tell whether forward tasks were added or changed. Raises LedgerUnavailable."""
        ...

    def rollback(self) -> None:
        """Undo the transaction. Raises nothing."""
        ...


class SqliteStore:
    """A store in SQLite. A subclass names its schema and has one method per message type.

    Parameters
    ----------
    path
        The database file; made when it does not exist, migrated when it is older.
    busy_timeout
        Seconds to wait for another process that holds the write lock.

    Raises
    ------
    SchemaError
        The database is not one that this program can use.
    LedgerUnavailable
        It cannot be opened.
    """

    schema: ClassVar[Schema]

    touched: bool
    """Whether the transaction added or changed forward tasks; the subclass sets it."""

    def __init__(self, path: Path, busy_timeout: float = 5.0) -> None:
        self.path = path
        self._handlers: Mapping[type[Message[Any]], Callable[[Any], object]] = self.handlers()
        self.touched = False
        self._held = HeldFiles(path)
        self._log = WriteAheadLog(path)
        self._useless = ""
        # A log that was left behind may hold what was not synced, one that failed what never will
        # be: it is written anew.
        self._uncertain, self._has_failed = True, False
        with self._mapped():
            self.database = open_for_writing(path, busy_timeout)
            migrate(self.database, self.schema)

    def handlers(self) -> Mapping[type[Message[Any]], Callable[[Any], object]]:
        """Return what applies each message type."""
        raise NotImplementedError

    def forget(self) -> None:
        """Forget what was learned in a transaction that is being undone."""

    @property
    def messages(self) -> tuple[type[Message[Any]], ...]:
        """The message types it applies."""
        return tuple(self._handlers)

    def begin(self) -> None:
        """Begin a transaction that can write.

        Raises
        ------
        LedgerUnavailable
            Another process holds the write lock for too long, or the database is not usable. One
            that is damaged or was replaced stays unusable until the next start.
        """
        self.touched = False
        if self._useless:
            raise LedgerUnavailable(self._useless)
        with self._mapped():
            if self._uncertain:
                self._make_certain()
            execute(self.database, "BEGIN IMMEDIATE")
            self._require(self._held.hold())

    def apply(self, message: Message[Any]) -> object:
        """Apply one message in a savepoint of its own.

        Returns
        -------
        object
            The reply, or `Rejected` when the message left no trace.

        Raises
        ------
        LedgerUnavailable
            The transaction is lost: disk full, I/O error, damaged file.
        """
        with self._mapped():
            execute(self.database, "SAVEPOINT message")
            try:
                reply = self._handlers[type(message)](message)
            except PeeweeException as error:
                if not isinstance(error, (IntegrityError, DataError)):
                    raise
                reply = self._undo(error)
            except Exception as error:  # noqa: BLE001 - worker loop: one message must not stop the writer
                reply = self._undo(error)
            execute(self.database, "RELEASE message")
            return reply

    def commit(self) -> bool:
        """Commit, which syncs to disk.

        Returns
        -------
        bool
            Whether forward tasks were added or changed.

        Raises
        ------
        LedgerUnavailable
            Nothing was committed.
        """
        with self._mapped():
            self._require(self._held.are_held())
            execute(self.database, "COMMIT")
        self._log.shorten(self.database)
        return self.touched

    def rollback(self) -> None:
        """Undo the transaction and open the database anew at the next one.

        SQLite rolls back by itself after a full disk or an I/O error; what remains of the
        connection is not trusted after any failure.
        """
        self.forget()
        self._held.let_go()
        with suppress(*DATABASE_ERRORS):
            execute(self.database, "ROLLBACK")
        with suppress(*DATABASE_ERRORS):
            self.database.close()

    def examine(self, seconds: float) -> None:
        """Look whether the database is whole, for at most so many seconds; for the start.

        Raises
        ------
        LedgerUnavailable
            It is damaged, or cannot be read.
        """
        with self._mapped():
            if quick_check(self.database, seconds) is False:
                raise LedgerUnavailable(f"{self.path.name} {DAMAGED}")

    def close(self) -> None:
        """Close the database."""
        with suppress(*DATABASE_ERRORS):
            self.database.close()

    def read_meta(self, key: str) -> str | None:
        """Return a fact of the database itself; for the start, before the writer runs."""
        with self._mapped():
            row = Meta.select(Meta.value).where(Meta.key == key).tuples().execute(self.database)
            return next((str(value) for (value,) in row), None)

    def write_meta(self, facts: Mapping[str, str]) -> None:
        """Keep facts of the database itself; for the start, before the writer runs."""
        with self._mapped(), self.database.atomic("IMMEDIATE"):
            for key, value in facts.items():
                Meta.insert({Meta.key: key, Meta.value: value}).on_conflict_replace().execute(self.database)

    def any_row(self, query: Statement, values: Mapping[str, object]) -> bool:
        """Tell whether `query` finds anything; for the start, before the writer runs."""
        with self._mapped():
            return query.run(self.database, values).fetchone() is not None

    def _make_certain(self) -> None:
        """Have everything that is committed on disk before something is built on it."""
        ((is_busy, *_),) = execute(self.database, _EMPTY_LOG).fetchall()
        if is_busy and self._has_failed:
            raise LedgerUnavailable(f"{self.path.name} waits for readers: a sync of its log failed")
        if is_busy:
            self._log.sync()
        self._uncertain = self._has_failed = False

    def _require(self, is_same: bool) -> None:
        if not is_same:
            self._useless = f"{self.path.name} {GONE}"
            raise LedgerUnavailable(self._useless)

    def _undo(self, error: Exception) -> Rejected:
        self.forget()
        execute(self.database, "ROLLBACK TO message")
        return Rejected(f"the ledger rejected the message: {type(error).__name__}")

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LedgerUnavailable(f"{self.path.name} cannot be used ({type(error).__name__})") from None
        except DATABASE_ERRORS as error:
            said = phrase(self.path.name, error)
            self._has_failed = self._has_failed or is_uncertain(error)
            self._uncertain = self._uncertain or self._has_failed
            if is_damage(error):
                self._useless = said
            raise LedgerUnavailable(said) from None
