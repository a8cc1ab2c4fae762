"""How a command records something: by the running gateway, or by itself when none runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from gateway.errors import LedgerUnavailable
from gateway.ledger.client import LedgerClient
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import Ledger, Message, R
from gateway.ledger.store import Rejected, Store
from gateway.linkage.store import LinkageStore
from gateway.operate.supervision import run_directory
from gateway.operate.supervision.run_directory import RunDirectory
from gateway.settings import Settings


class DirectLedger:
    """Applies messages in this process, each in a transaction of its own.

    Only for the holder of the storage directory's lock.

    Parameters
    ----------
    stores
        Where messages go, by their type.
    """

    def __init__(self, *stores: Store) -> None:
        self._stores = stores

    def call(self, message: Message[R]) -> R:
        """Commit `message`; return its reply.

        Raises
        ------
        LedgerUnavailable
            It was rejected, or cannot be committed.
        """
        store = next(store for store in self._stores if isinstance(message, store.messages))
        store.begin()
        try:
            reply = store.apply(message)
            store.commit()
        except BaseException:
            store.rollback()
            raise
        if isinstance(reply, Rejected):
            raise LedgerUnavailable(reply.reason)
        return reply  # type: ignore[return-value]  # the message type names it


@contextmanager
def ledger(settings: Settings) -> Iterator[Ledger]:
    """Give a way to the ledger, whether the gateway runs or not.

    Raises
    ------
    LedgerUnavailable
        There is no ledger yet, or the gateway is just starting or stopping.
    SchemaError
        The ledger is of a later version.
    """
    directory = settings.storage.directory
    if not (directory / "ledger.sqlite").exists():
        raise LedgerUnavailable(f"there is no ledger in {directory}")
    with ExitStack() as stack:
        if run_directory.is_running(directory):
            yield stack.enter_context(LedgerClient(RunDirectory.ledger_socket(directory)))
            return
        stack.enter_context(closing(run_directory.lock(directory)))
        stores = (LinkageStore(directory / "linkage.sqlite"), LedgerStore(directory / "ledger.sqlite"))
        for store in stores:
            stack.enter_context(closing(store))
        yield DirectLedger(*stores)
