from __future__ import annotations

import pytest
from peewee import PeeweeException

from gateway.errors import SchemaError
from gateway.ledger.database import execute, open_for_writing
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.migration import LEDGER_SCHEMA, Schema, migrate, read_version
from gateway.ledger.model import TABLES, Counter, Meta

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
    store.write_meta({"schema_version": "2"})
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
