"""Rows of patient, study and series: the first value stays, an empty one is filled later."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from peewee import EXCLUDED, ForeignKeyField, SqliteDatabase, fn

from gateway.ledger.message import RecordInstance
from gateway.ledger.model import ENTITY, Series, Study, column
from gateway.ledger.statement import Statement, given, row_of
from gateway.standard.query_retrieve import STORED_KEYS, UNIQUE_KEY, Level

_REMEMBERED: Final = 4096

_Row = tuple[str, ...]


def _upsert(level: Level, parent: ForeignKeyField | None = None) -> Statement:
    model = ENTITY[level]
    project = column(model, "project")
    unique = column(model, UNIQUE_KEY[level])
    keys = [column(model, keyword) for keyword in STORED_KEYS[level]]
    row = row_of(project, *keys)
    if parent is not None:
        row[parent] = given("parent")
    filled = {
        key: fn.COALESCE(fn.NULLIF(key, ""), getattr(EXCLUDED, key.name)) for key in keys if key is not unique
    }
    return Statement(
        model.insert(row)
        .on_conflict(conflict_target=(project, unique), update=filled)
        .returning(column(model, "id"))
    )


_UPSERTS: Final = (
    (Level.PATIENT, _upsert(Level.PATIENT)),
    (Level.STUDY, _upsert(Level.STUDY, Study.patient)),
    (Level.SERIES, _upsert(Level.SERIES, Series.study)),
)
_KEYS_ABOVE: Final = tuple(keyword for level, _ in _UPSERTS for keyword in STORED_KEYS[level])


class Entities:
    """Finds or makes the rows above an instance; a series that was just seen costs nothing."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._seen: OrderedDict[_Row, tuple[int, int]] = OrderedDict()

    def enter(self, message: RecordInstance) -> tuple[int, int]:
        """Return the row ids of study and series of the instance in `message`."""
        values = stored_values(message)
        seen = (
            message.project,
            *(values[keyword] for level, _ in _UPSERTS for keyword in STORED_KEYS[level]),
        )
        if seen in self._seen:
            self._seen.move_to_end(seen)
            return self._seen[seen]
        ids = [0]
        for _, statement in _UPSERTS:
            row = {**values, "project": message.project, "parent": ids[-1]}
            ((row_id,),) = statement.run(self._database, row).fetchall()
            ids.append(row_id)
        self._seen[seen] = (ids[-2], ids[-1])
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return self._seen[seen]

    def forget(self) -> None:
        """Forget the rows: they may not have been committed."""
        self._seen.clear()


def stored_values(message: RecordInstance) -> dict[str, str]:
    """Return every stored key with its value, empty where the instance has none.

    The UIDs of the message count, whatever its attributes say.
    """
    values = {
        keyword: message.attributes.get(keyword, "") for keys in STORED_KEYS.values() for keyword in keys
    }
    values["StudyInstanceUID"] = message.study_instance_uid
    values["SeriesInstanceUID"] = message.series_instance_uid
    values["SOPInstanceUID"] = message.sop_instance_uid
    values["SOPClassUID"] = message.sop_class_uid
    return values
