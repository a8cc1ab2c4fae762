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


def _add_commitment_and_quarantine(database: SqliteDatabase) -> None:
    """Version 3: storage commitment in both roles, quarantine, retention."""
    for statement in _VERSION_3.split(";"):
        execute(database, statement)


def _count_references(database: SqliteDatabase) -> None:
    """Version 4: how many instances a request for storage commitment names."""
    execute(database, 'ALTER TABLE "commitment" ADD COLUMN "reference_count" INTEGER NOT NULL DEFAULT 0')
    columns = '("peer", "state", "reference_count")'
    execute(database, f'CREATE INDEX "commitment_peer_state_reference_count" ON "commitment" {columns}')


_VERSION_3: Final = """
ALTER TABLE "forwardtask" ADD COLUMN "transaction_uid" TEXT NOT NULL DEFAULT '';
ALTER TABLE "forwardtask" ADD COLUMN "sent_at" REAL;
CREATE INDEX "forwardtask_transaction_uid" ON "forwardtask" ("transaction_uid")
    WHERE ("transaction_uid" != '');
CREATE INDEX "instance_project_state_received_at" ON "instance" ("project", "state", "received_at");
CREATE TABLE "commitment" ("id" INTEGER NOT NULL PRIMARY KEY, "project" TEXT NOT NULL,
    "peer" TEXT NOT NULL, "transaction_uid" TEXT NOT NULL, "content" BLOB NOT NULL,
    "state" TEXT NOT NULL, "requested_at" REAL NOT NULL, "deadline" REAL NOT NULL,
    "attempts" INTEGER NOT NULL, "next_attempt" REAL NOT NULL, "done_at" REAL);
CREATE UNIQUE INDEX "commitment_peer_transaction_uid" ON "commitment" ("peer", "transaction_uid");
CREATE INDEX "commitment_state_next_attempt_id" ON "commitment" ("state", "next_attempt", "id");
CREATE TABLE "quarantined" ("id" INTEGER NOT NULL PRIMARY KEY, "project" TEXT NOT NULL,
    "peer" TEXT NOT NULL, "reason" TEXT NOT NULL, "tag" INTEGER, "sop_class_uid" TEXT NOT NULL,
    "transfer_syntax_uid" TEXT NOT NULL, "input_digest" BLOB NOT NULL, "file" TEXT NOT NULL,
    "size" INTEGER NOT NULL, "state" TEXT NOT NULL, "quarantined_at" REAL NOT NULL, "done_at" REAL);
CREATE UNIQUE INDEX "quarantined_project_input_digest" ON "quarantined" ("project", "input_digest");
CREATE INDEX "quarantined_state_id" ON "quarantined" ("state", "id")
"""

LEDGER_SCHEMA: Final = Schema(
    tables=TABLES,
    version=4,
    steps=MappingProxyType({2: _add_treatments, 3: _add_commitment_and_quarantine, 4: _count_references}),
)


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
