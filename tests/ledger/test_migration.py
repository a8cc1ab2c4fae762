from __future__ import annotations

from pathlib import Path

import pytest
from peewee import PeeweeException

from gateway.errors import SchemaError
from gateway.ledger.database import execute, open_for_writing
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.migration import LEDGER_SCHEMA, Schema, migrate, read_version
from gateway.ledger.model import TABLES, Counter, Meta

SCHEMAS = Path(__file__).parent / "schema"
OLD = """
CREATE TABLE "meta" ("key" TEXT NOT NULL PRIMARY KEY, "value" TEXT NOT NULL);
CREATE TABLE "counter" ("id" INTEGER NOT NULL PRIMARY KEY, "project" TEXT NOT NULL, "name" TEXT NOT NULL);
INSERT INTO "meta" VALUES ('schema_version', '0');
INSERT INTO "counter" VALUES (1, 'default', 'answered');
"""


def add_value(database):
    execute(database, 'ALTER TABLE "counter" ADD COLUMN "value" INTEGER NOT NULL DEFAULT 0')


def fill_value(database):
    execute(database, 'UPDATE "counter" SET "value" = 7')


def fail(database):
    fill_value(database)
    execute(database, "SELECT nothing")


@pytest.fixture
def old(tmp_path):
    database = open_for_writing(tmp_path / "old.sqlite")
    database.connection().executescript(OLD)
    yield database
    database.close()


def schema(**steps):
    return Schema((Counter, Meta), len(steps), {int(name[1:]): step for name, step in steps.items()})


def counters(database):
    return execute(database, 'SELECT * FROM "counter"').fetchall()


def test_an_older_database_takes_the_steps_between(old):
    migrate(old, schema(_1=add_value, _2=fill_value))
    assert counters(old) == [(1, "default", "answered", 7)]
    assert read_version(old) == 2
    migrate(old, schema(_1=fail, _2=fail))
    assert counters(old) == [(1, "default", "answered", 7)]


def test_a_step_that_fails_is_undone_and_the_steps_before_it_stay(old):
    with pytest.raises(PeeweeException):
        migrate(old, schema(_1=add_value, _2=fail))
    assert read_version(old) == 1
    assert counters(old) == [(1, "default", "answered", 0)]


def test_a_database_older_than_the_first_step_is_refused(old):
    with pytest.raises(SchemaError, match="too old"):
        migrate(old, Schema((Counter, Meta), 2, {2: fill_value}))


def test_a_newer_database_is_refused_and_left_alone(tmp_path, store, record, commit):
    commit(store, record())
    store.write_meta({"schema_version": str(LEDGER_SCHEMA.version + 1)})
    store.close()
    with pytest.raises(SchemaError, match="newer"):
        LedgerStore(tmp_path / "ledger.sqlite")


def test_a_foreign_database_is_refused(tmp_path):
    database = open_for_writing(tmp_path / "ledger.sqlite")
    execute(database, "CREATE TABLE x (y)")
    database.close()
    with pytest.raises(SchemaError, match="not one of this program"):
        LedgerStore(tmp_path / "ledger.sqlite")


def test_a_database_without_its_version_is_refused(old):
    execute(old, 'DELETE FROM "meta"')
    with pytest.raises(SchemaError, match="does not tell"):
        migrate(old, LEDGER_SCHEMA)


def test_a_new_database_has_every_table_and_the_newest_version(store):
    assert set(store.database.get_tables()) == {model._meta.table_name for model in TABLES}
    assert read_version(store.database) == LEDGER_SCHEMA.version


def shape(database):
    """Return tables with their columns and references, and indexes with their columns."""
    names = database.get_tables()
    tables = {name: columns(database, "table", name) for name in names}
    keys = {name: execute(database, f'PRAGMA foreign_key_list("{name}")').fetchall() for name in names}
    references = {name: {(row[2], row[3], row[4]) for row in rows} for name, rows in keys.items()}
    indexes = execute(
        database, "SELECT name FROM sqlite_master WHERE type = 'index' AND sql != ''"
    ).fetchall()
    return tables, references, {name: columns(database, "index", name) for (name,) in indexes}


def columns(database, kind, name):
    rows = execute(database, f'PRAGMA {kind}_info("{name}")').fetchall()
    return {row[1] if kind == "table" else row[2]: row[2:4] if kind == "table" else row[0] for row in rows}


def earlier(path, version):
    """Make a database as an earlier version of the program made it."""
    database = open_for_writing(path)
    database.connection().executescript((SCHEMAS / f"{version}.sql").read_text())
    execute(database, "INSERT INTO \"meta\" VALUES ('schema_version', ?)", (str(version),))
    return database


@pytest.mark.parametrize("version", range(1, LEDGER_SCHEMA.version))
def test_a_ledger_of_an_earlier_version_becomes_as_a_new_one_is_and_keeps_its_rows(
    tmp_path, store, record, commit, version
):
    old = earlier(tmp_path / "old.sqlite", version)
    commit(store, record())
    for table in ("patient", "study", "series", "instance", "forwardtask"):
        names = ", ".join(f'"{name}"' for name in columns(old, "table", table) if name != "treatment_id")
        for row in execute(store.database, f"SELECT {names} FROM {table}").fetchall():
            execute(old, f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", row)
    migrate(old, LEDGER_SCHEMA)
    assert shape(old) == shape(store.database)
    assert execute(old, "SELECT SOPInstanceUID, treatment_id FROM instance").fetchall() == [("2.25.91", None)]
    assert execute(old, "SELECT transaction_uid, sent_at FROM forwardtask").fetchall() == [("", None)]
    old.close()
