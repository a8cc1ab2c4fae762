"""The statements that run for every instance, their text built once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from peewee import EXCLUDED, AsIs, BaseQuery, Field, Node, SqliteDatabase, fn

from gateway.ledger.database import execute
from gateway.ledger.model import (
    AuditEntry,
    Counter,
    ForwardTask,
    Instance,
    Quarantined,
    Treatment,
    column,
)
from gateway.standard.query_retrieve import STORED_KEYS, Level


@dataclass(frozen=True, slots=True)
class _Given:
    """Stands for a value that each run of a statement brings."""

    name: str


def given(name: str) -> Node:
    """Return the place of the value `name` in a `Statement`."""
    place: Node = AsIs(_Given(name), converter=False)
    return place


def row_of(*fields: Field[Any]) -> dict[Field[Any], Node]:
    """Return a row to insert whose values are given by the names of its fields."""
    return {field: given(field.name) for field in fields}


class Statement:
    """A query whose text is built once: building it costs peewee more than SQLite its run."""

    def __init__(self, query: BaseQuery) -> None:
        text, values = query.bind(SqliteDatabase(None)).sql()
        self._text = text
        self._values: tuple[object, ...] = tuple(values)

    def run(self, database: SqliteDatabase, values: Mapping[str, object]) -> Any:
        """Run it with `values` in the places of their names; return the cursor."""
        return execute(
            database,
            self._text,
            [values[value.name] if isinstance(value, _Given) else value for value in self._values],
        )


ANY_ROW: Final = (
    Statement(Instance.select(Instance.id).limit(1)),
    Statement(Quarantined.select(Quarantined.id).limit(1)),
)
ANY_ROW_OF: Final = tuple(
    Statement(model.select(column(model, "id")).where(column(model, "project") == given("project")).limit(1))
    for model in (Instance, Quarantined)
)
"""A project whose pseudonym key is in use has an instance, stored or quarantined."""
INSTANCE_BY_INPUT: Final = Statement(
    Instance.select(Instance.path, Instance.state).where(
        (Instance.project == given("project")) & (Instance.input_digest == given("input_digest"))
    )
)
INSTANCE_BY_PATH: Final = Statement(Instance.select(Instance.id).where(Instance.path == given("path")))
INSTANCE_VERSIONS: Final = Statement(
    Instance.select(Instance.id, Instance.output_digest).where(
        (Instance.project == given("project"))
        & (column(Instance, "SOPInstanceUID") == given("sop_instance_uid"))
    )
)
ADD_INSTANCE: Final = Statement(
    Instance.insert(
        row_of(
            Instance.project,
            Instance.series,
            Instance.study,
            Instance.treatment,
            Instance.path,
            Instance.size,
            Instance.output_digest,
            Instance.input_digest,
            Instance.transfer_syntax_uid,
            Instance.state,
            Instance.received_at,
            *(column(Instance, keyword) for keyword in STORED_KEYS[Level.IMAGE]),
        )
    )
)
TREATMENT: Final = Statement(Treatment.select(Treatment.id).where(Treatment.digest == given("digest")))
ADD_TREATMENT: Final = Statement(Treatment.insert(row_of(Treatment.digest, Treatment.content)))
LEARN_INPUT: Final = Statement(
    Instance.update(
        {Instance.input_digest: given("input_digest"), Instance.treatment: given("treatment")}
    ).where((Instance.id == given("id")) & (Instance.input_digest == given("derived")))
)
ADD_TASK: Final = Statement(
    ForwardTask.insert(
        row_of(
            ForwardTask.project,
            ForwardTask.instance,
            ForwardTask.destination,
            ForwardTask.state,
            ForwardTask.next_attempt,
            ForwardTask.last_error,
        )
    )
)
TASK: Final = Statement(
    ForwardTask.select(ForwardTask.state, ForwardTask.project, ForwardTask.destination).where(
        ForwardTask.id == given("id")
    )
)
CHANGE_TASK: Final = Statement(
    ForwardTask.update(
        {
            ForwardTask.state: given("state"),
            ForwardTask.attempts: ForwardTask.attempts * given("keep") + given("add"),
            ForwardTask.last_status: given("status"),
            ForwardTask.last_error: given("error"),
            ForwardTask.next_attempt: given("next_attempt"),
            ForwardTask.done_at: given("done_at"),
            ForwardTask.sent_at: fn.COALESCE(given("sent_at"), ForwardTask.sent_at),
            ForwardTask.transaction_uid: "",
        }
    ).where(ForwardTask.id == given("id"))
)
ADD_AUDIT: Final = Statement(
    AuditEntry.insert(
        row_of(AuditEntry.at, AuditEntry.kind, AuditEntry.project, AuditEntry.peer, AuditEntry.detail)
    )
)
COUNT: Final = Statement(
    Counter.insert({**row_of(Counter.project, Counter.name), Counter.value: 1}).on_conflict(
        conflict_target=(Counter.project, Counter.name),
        update={Counter.value: Counter.value + EXCLUDED.value},
    )
)
