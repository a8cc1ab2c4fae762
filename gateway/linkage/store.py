"""Applies linkage messages: a row that is there stays, unless more is known of its UID now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

from peewee import EXCLUDED, ModelInsert

from gateway.ledger.message import Message
from gateway.ledger.migration import Schema
from gateway.ledger.statement import Statement, given, row_of
from gateway.ledger.store import SqliteStore
from gateway.linkage.message import RecordLinkage, SealedPatient, SealedStudy, SealedUid, UidKind
from gateway.linkage.model import LINKAGE_SCHEMA, LinkedPatient, LinkedStudy, LinkedUid

_Entity = type[LinkedPatient] | type[LinkedStudy] | type[LinkedUid]
_Sealed = SealedPatient | SealedStudy | SealedUid


def _insert(model: _Entity) -> ModelInsert:
    return model.insert(row_of(*(field for field in model._meta.sorted_fields if field is not model.id)))  # noqa: SLF001


_UID_FIELDS: Final = (LinkedUid.key_id, LinkedUid.sealed, LinkedUid.kind, LinkedUid.study_instance_uid)
_KEEP: Final[Mapping[_Entity, Statement]] = {
    LinkedPatient: Statement(_insert(LinkedPatient).on_conflict_ignore()),
    LinkedStudy: Statement(_insert(LinkedStudy).on_conflict_ignore()),
    # A UID may be referenced before what it names arrives and tells its study.
    LinkedUid: Statement(
        _insert(LinkedUid).on_conflict(
            conflict_target=(LinkedUid.project, LinkedUid.replacement),
            preserve=_UID_FIELDS,
            where=(LinkedUid.kind == UidKind.REFERENCE.value) & (EXCLUDED.kind != UidKind.REFERENCE.value),
        )
    ),
}
_ANY: Final = Statement(LinkedPatient.select(LinkedPatient.id).limit(1))
_ANY_OF: Final = Statement(
    LinkedPatient.select(LinkedPatient.id).where(LinkedPatient.project == given("project")).limit(1)
)


class LinkageStore(SqliteStore):
    """The linkage database as the writer sees it. Parameters and errors as in `SqliteStore`."""

    schema: ClassVar[Schema] = LINKAGE_SCHEMA

    def handlers(self) -> Mapping[type[Message[Any]], Callable[[Any], object]]:
        """Return what applies each message type."""
        return {RecordLinkage: self._record}

    def has_rows(self, project: str | None = None) -> bool:
        """Tell whether there is any patient, of `project` or at all."""
        return self.any_row(_ANY if project is None else _ANY_OF, {"project": project})

    def _record(self, message: RecordLinkage) -> None:
        self._keep(LinkedPatient, message, message.patients)
        self._keep(LinkedStudy, message, message.studies)
        self._keep(LinkedUid, message, message.uids)

    def _keep(self, model: _Entity, message: RecordLinkage, rows: Sequence[_Sealed]) -> None:
        for row in rows:
            values = {name: getattr(row, name) for name in row.__struct_fields__}
            _KEEP[model].run(self.database, {**values, "project": message.project, "key_id": message.key_id})
