"""Receives one instance with a writer that is killed before its sync, and again with the one that follows.

Run as a program, because it forks: ``killed_writer.py FOLDER``. As under a supervisor, only the writer is
started again: nothing reconciles in between. The storage directory is ``var`` in the folder.
"""

import os
import sys
from pathlib import Path

from crash_points import Station, die_at, in_child, settings_in

from gateway.ledger.database import execute
from gateway.linkage.key import Keys, load_key
from gateway.linkage.store import LinkageStore
from gateway.operate.wiring import composition


def first(settings):
    """Kill the writer when the rows are written and not synced."""
    begin = LinkageStore.begin

    def begin_without_sync(store) -> None:
        execute(store.database, "PRAGMA synchronous = off")
        begin(store)

    station = Station(settings)
    LinkageStore.begin = begin_without_sync
    die_at(LinkageStore, "commit", "after")
    return {"outcome": station.receive()}


def second(settings):
    """Start the writer, and nothing else of a start."""
    key = load_key(Path(settings.project[0].key_file), may_create=False)
    sealing = load_key(Path(settings.storage.sealing_key_file), may_create=False)
    composition.prepare = lambda _: Keys({"default": key}, sealing)
    return {"outcome": Station(settings).receive()}


if __name__ == "__main__":
    os.umask(0o077)
    made = settings_in(Path(sys.argv[1]))
    assert in_child(made, first) == {"killed": True}
    print(in_child(made, second)["outcome"])
