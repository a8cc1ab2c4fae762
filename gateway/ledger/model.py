"""Tables of the ledger. The entities' columns are the stored keys of their query level (PS3.4 C.6).

The models are bound to no database, because one process may hold several: run a query by
``query.execute(database)``.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    Field,
    FloatField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)

from gateway.ledger.message import InstanceState, TaskState
from gateway.standard.query_retrieve import STORED_KEYS, Level


class _Row(Model):
    id = AutoField()


class Patient(_Row):
    """A patient under a pseudonym, in one project."""

    project = TextField()

    class Meta:  # noqa: D106
        indexes = ((("project", "PatientID"), True), (("project", "PatientName"), False))


class Study(_Row):
    """A study; `patient` is the one its first instance named."""

    project = TextField()
    patient = ForeignKeyField(Patient, backref="studies")

    class Meta:  # noqa: D106
        indexes = (
            (("project", "StudyInstanceUID"), True),
            (("project", "StudyDate"), False),
            (("project", "AccessionNumber"), False),
        )


class Series(_Row):
    """A series; `study` is the one its first instance named."""

    project = TextField()
    study = ForeignKeyField(Study, backref="series")

    class Meta:  # noqa: D106
        indexes = ((("project", "SeriesInstanceUID"), True),)


class Treatment(_Row):
    """What was done to instances and why, kept once for all that were treated alike.

    `content` is a JSON object without any value of the original; `digest` is of it, and there once.
    """

    digest = BlobField(unique=True)
    content = TextField()


class Instance(_Row):
    """One file of the spool; conflicting versions of a SOP Instance are rows of their own.

    `treatment` is empty for what an earlier version of the program received, and for a file that
    was found without a row until it is sent again.
    """

    project = TextField()
    series = ForeignKeyField(Series, backref="instances")
    study = ForeignKeyField(Study, backref="instances")
    treatment = ForeignKeyField(Treatment, backref="instances", null=True, index=False)
    path = TextField(index=True)
    size = BigIntegerField()
    output_digest = TextField()
    input_digest = BlobField()
    transfer_syntax_uid = TextField()
    state = TextField(default=InstanceState.KEPT.value)
    received_at = FloatField()

    class Meta:  # noqa: D106
        indexes = (
            (("project", "SOPInstanceUID", "output_digest"), True),
            (("project", "input_digest"), True),
            (("project", "state", "received_at"), False),
        )


class ForwardTask(_Row):
    """One instance to one destination. Times are seconds since the epoch.

    `transaction_uid` is that of the storage commitment request which named the instance last;
    `sent_at` is when the destination last answered a C-STORE with Success or a warning.
    """

    project = TextField()
    instance = ForeignKeyField(Instance, backref="tasks", index=False)
    destination = TextField()
    state = TextField(default=TaskState.WAITING.value)
    attempts = IntegerField(default=0)
    next_attempt = FloatField()
    last_status = IntegerField(null=True)
    last_error = TextField(default="")
    done_at = FloatField(null=True)
    transaction_uid = TextField(default="")
    sent_at = FloatField(null=True)

    class Meta:  # noqa: D106
        indexes = (
            (("instance", "destination"), True),
            (("destination", "state", "next_attempt", "id"), False),
            (("project", "destination", "state"), False),
        )


ForwardTask.add_index(
    ForwardTask.transaction_uid, where=ForwardTask.transaction_uid != "", name="forwardtask_transaction_uid"
)


class Commitment(_Row):
    """A storage commitment request: a modality's to us, or ours to a destination (PS3.4 J.3.2).

    Of a modality's, `content` is sealed and `transaction_uid` a keyed digest: both are originals.
    Of ours, `content` lists the forward tasks. `reference_count` is how many instances it names.
    Times are seconds since the epoch.
    """

    project = TextField()
    peer = TextField()
    transaction_uid = TextField()
    content = BlobField()
    state = TextField()
    requested_at = FloatField()
    deadline = FloatField()
    attempts = IntegerField(default=0)
    next_attempt = FloatField()
    done_at = FloatField(null=True)
    reference_count = IntegerField(default=0)

    class Meta:  # noqa: D106
        indexes = (
            (("peer", "transaction_uid"), True),
            (("state", "next_attempt", "id"), False),
            (("peer", "state", "reference_count"), False),
        )


class Quarantined(_Row):
    """A refused instance that is kept sealed; `file` is its name in the quarantine.

    `input_digest` is keyed. What identifies is in the file only.
    """

    project = TextField()
    peer = TextField()
    reason = TextField()
    tag = IntegerField(null=True)
    sop_class_uid = TextField()
    transfer_syntax_uid = TextField()
    input_digest = BlobField()
    file = TextField()
    size = BigIntegerField()
    state = TextField()
    quarantined_at = FloatField()
    done_at = FloatField(null=True)

    class Meta:  # noqa: D106
        indexes = ((("project", "input_digest"), True), (("state", "id"), False))


class AuditEntry(_Row):
    """One line of the audit trail; `detail` is a JSON object of texts without patient values."""

    at = FloatField()
    kind = TextField()
    project = TextField()
    peer = TextField()
    detail = TextField()


class Counter(_Row):
    """A number that grows in the transaction of what it counts."""

    project = TextField()
    name = TextField()
    value = BigIntegerField()

    class Meta:  # noqa: D106
        indexes = ((("project", "name"), True),)


class Meta(Model):
    """Facts of the database itself: schema version, check values of keys."""

    key = TextField(primary_key=True)
    value = TextField()


ENTITY: Final = MappingProxyType(
    {Level.PATIENT: Patient, Level.STUDY: Study, Level.SERIES: Series, Level.IMAGE: Instance}
)
"""The table of each query level."""

for _level, _model in ENTITY.items():
    for _keyword in STORED_KEYS[_level]:
        _model._meta.add_field(_keyword, TextField(default=""))  # noqa: SLF001 - peewee documents it

TABLES: Final = (
    Patient,
    Study,
    Series,
    Treatment,
    Instance,
    ForwardTask,
    Commitment,
    Quarantined,
    AuditEntry,
    Counter,
    Meta,
)


def column(model: type[Model], name: str) -> Field[str]:
    """Return the column that holds a stored key, for example ``column(Study, "StudyDate")``.

    Raises
    ------
    KeyError
        The table has no such column.
    """
    field: Field[str] = model._meta.fields[name]  # noqa: SLF001 - the public attribute is dynamic
    return field
