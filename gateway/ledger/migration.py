"""Bringing a database to the version this program knows, one transaction per step.

A new database is made from the models as they are; an older one takes the steps that lie
between. The steps speak SQL of their own, because the models only know the newest version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from peewee import Model, SqliteDatabase

from gateway.errors import SchemaError
from gateway.ledger.database import execute
from gateway.ledger.model import TABLES, Meta

VERSION_KEY: Final = "schema_version"


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database should look like.

    Parameters
    ----------
    tables
        The models of the newest version; `gateway.ledger.model.Meta` is among them.
    version
        The newest version, 1 or more.
    steps
        By version, what makes a database of that version out of the one before.
    """

    tables: tuple[type[Model], ...]
    version: int
    steps: Mapping[int, Callable[[SqliteDatabase], None]]


def _add_treatments(database: SqliteDatabase) -> None:
    """Version 2: what was done to each instance."""
    table = '("id" INTEGER NOT NULL PRIMARY KEY, "digest" BLOB NOT NULL, "content" TEXT NOT NULL)'
    reference = '"treatment_id" INTEGER REFERENCES "treatment" ("id")'
    execute(database, f'CREATE TABLE "treatment" {table}')
    execute(database, 'CREATE UNIQUE INDEX "treatment_digest" ON "treatment" ("digest")')
    execute(database, f'ALTER TABLE "instance" ADD COLUMN {reference}')


LEDGER_SCHEMA: Final = Schema(tables=TABLES, version=2, steps=MappingProxyType({2: _add_treatments}))


def migrate(database: SqliteDatabase, schema: Schema) -> None:
    """Bring `database` to the version of `schema`; nothing is done when it has it.

    Raises
    ------
    SchemaError
        The database is newer than the program, or older than its first step.
    peewee.PeeweeException
        It cannot be read or written; the version is then as before.
    """
    found = read_version(database)
    if found == schema.version:
        return
    if found is None:
        with database.atomic("IMMEDIATE"):
            _create(database, schema)
        return
    if found > schema.version:
        raise SchemaError(f"schema version {found} is newer than {schema.version}: update the program")
    for version in range(found + 1, schema.version + 1):
        if version not in schema.steps:
            raise SchemaError(f"schema version {found} is too old: nothing leads to version {version}")
        with database.atomic("IMMEDIATE"):
            schema.steps[version](database)
            _write_version(database, version)


def read_version(database: SqliteDatabase) -> int | None:
    """Return the schema version, None for a database without tables.

    Raises
    ------
    SchemaError
        It has tables, but none that tells its version.
    """
    tables = database.get_tables()
    if not tables:
        return None
    if "meta" not in tables:
        raise SchemaError("the database is not one of this program")
    row = execute(database, 'SELECT "value" FROM "meta" WHERE "key" = ?', (VERSION_KEY,)).fetchone()
    if row is None or not str(row[0]).isdecimal():
        raise SchemaError("the database does not tell its schema version")
    return int(row[0])


def _create(database: SqliteDatabase, schema: Schema) -> None:
    with database.bind_ctx(schema.tables):
        database.create_tables(schema.tables)
    _write_version(database, schema.version)


def _write_version(database: SqliteDatabase, version: int) -> None:
    row = {Meta.key: VERSION_KEY, Meta.value: str(version)}
    Meta.insert(row).on_conflict_replace().execute(database)
