"""Where each key of the query model finds its value: a column, or a subquery for computed keys."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias, cast

from peewee import SQL, Expression, Field, ForeignKeyField, ModelSelect, Node, Select, fn

from gateway.ledger.message import InstanceState
from gateway.ledger.model import ENTITY, Instance, Patient, Series, Study, column
from gateway.standard.dictionary import tag_of, vr_of
from gateway.standard.query_retrieve import COMPUTED_KEYS, STORED_KEYS, Level

Rows: TypeAlias = "ModelSelect[Any]"

LEVELS: Final = tuple(Level)
"""From the patient down."""

PARENT_COLUMN: Final[Mapping[Level, ForeignKeyField[Any]]] = MappingProxyType(
    {Level.STUDY: Study.patient, Level.SERIES: Series.study, Level.IMAGE: Instance.series}
)
"""The reference of an entity to the one above it."""

_SHOWN: Final = (InstanceState.KEPT.value, InstanceState.REMOVED.value)
"""A conflict waits for a person: nobody sees it before (design, spool file)."""


def supported_keys(level: Level) -> frozenset[str]:
    """Keywords of the keys that a query at `level` may match and return."""
    above = LEVELS[: LEVELS.index(level) + 1]
    return frozenset(keyword for at in above for keyword in (*STORED_KEYS[at], *COMPUTED_KEYS[at]))


def vr_of_key(keyword: str) -> str:
    """Return the Value Representation of a supported key."""
    vr = vr_of(tag_of(keyword))
    assert vr is not None
    return vr


def value_of(keyword: str) -> Node:
    """Return the expression that holds the value of a supported key, as text or number."""
    for level, keywords in STORED_KEYS.items():
        if keyword in keywords:
            return column(ENTITY[level], keyword)
    return _COMPUTED[keyword]


def identity(level: Level) -> Field[Any]:
    """Return the row key of the table of `level`."""
    return column(ENTITY[level], "id")


def project_of(level: Level) -> Field[Any]:
    """Return the column of the project in the table of `level`."""
    return column(ENTITY[level], "project")


def joined(level: Level, *columns: Node) -> Rows:
    """Select from the table of `level` together with those of the entities above."""
    selection = ENTITY[level].select(*columns)
    if level is Level.IMAGE:
        selection = selection.join_from(Instance, Series).join_from(Instance, Study)
    elif level is Level.SERIES:
        selection = selection.join_from(Series, Study)
    return selection if level is Level.PATIENT else selection.join_from(Study, Patient)


def is_shown(level: Level) -> Expression:
    """Tell whether there is anything of an entity that a requestor may see."""
    if level is Level.IMAGE:
        return Instance.state.in_(_SHOWN)
    return cast(Expression, fn.EXISTS(_instances(level)))


def is_incomplete(level: Level) -> Expression:
    """Tell whether retention removed any file of an entity."""
    if level is Level.IMAGE:
        return Instance.state == InstanceState.REMOVED.value
    return cast(
        Expression, fn.EXISTS(_instances(level).where(_INSTANCE.state == InstanceState.REMOVED.value))
    )


_INSTANCE: Final = Instance.alias("below")
_STUDY: Final = Study.alias("study_below")
_SERIES: Final = Series.alias("series_below")


def _instances(level: Level, *columns: Any) -> Rows:
    """Select the visible instances of the entity that the enclosing query stands at."""
    selection = _INSTANCE.select(*columns or (1,)).where(_INSTANCE.state.in_(_SHOWN))
    if level is Level.PATIENT:
        return selection.join(_STUDY, on=(_INSTANCE.study == _STUDY.id)).where(
            _STUDY.patient == identity(Level.PATIENT)
        )
    if level is Level.STUDY:
        return selection.where(_INSTANCE.study == identity(Level.STUDY))
    return selection.where(_INSTANCE.series == identity(Level.SERIES))


def _count(level: Level, of: Field[Any]) -> Rows:
    return _instances(level, fn.COUNT(of.distinct()))


def _list(values: Rows) -> Select:
    """Join distinct values as a multi-valued attribute has them."""
    each = values.distinct().order_by(SQL("value")).alias("each")
    return Select((each,), (fn.group_concat(each.c.value, "\\"),))


def _modalities() -> Select:
    seen = _INSTANCE.select(1).where(_INSTANCE.series == _SERIES.id, _INSTANCE.state.in_(_SHOWN))
    modality = _SERIES.Modality
    return _list(
        _SERIES.select(modality.alias("value")).where(
            _SERIES.study == identity(Level.STUDY), modality != "", fn.EXISTS(seen)
        )
    )


_COMPUTED: Final[Mapping[str, Node]] = MappingProxyType(
    {
        "NumberOfPatientRelatedStudies": _count(Level.PATIENT, _INSTANCE.study),
        "NumberOfPatientRelatedSeries": _count(Level.PATIENT, _INSTANCE.series),
        "NumberOfPatientRelatedInstances": _count(Level.PATIENT, _INSTANCE.id),
        "ModalitiesInStudy": _modalities(),
        "SOPClassesInStudy": _list(_instances(Level.STUDY, _INSTANCE.SOPClassUID.alias("value"))),
        "NumberOfStudyRelatedSeries": _count(Level.STUDY, _INSTANCE.series),
        "NumberOfStudyRelatedInstances": _count(Level.STUDY, _INSTANCE.id),
        "NumberOfSeriesRelatedInstances": _count(Level.SERIES, _INSTANCE.id),
        "AvailableTransferSyntaxUID": Instance.transfer_syntax_uid,
    }
)
