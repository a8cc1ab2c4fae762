"""Tables of the linkage store. What identifies is in `sealed`; every other column is a replacement
or a keyed digest. The models are bound to no database, as those of the ledger.
"""  # noqa: D205

from __future__ import annotations

from typing import Final

from peewee import AutoField, BlobField, Model, TextField

from gateway.ledger.migration import Schema
from gateway.ledger.model import Meta


class _Row(Model):
    id = AutoField()
    project = TextField()
    key_id = TextField()
    sealed = BlobField()


class LinkedPatient(_Row):
    """A description of the patient behind a pseudonym."""

    pseudonym = TextField()
    variant = BlobField()
    patient_index = BlobField()

    class Meta:  # noqa: D106
        table_name = "patient"
        indexes = (
            (("project", "pseudonym", "variant"), True),
            (("project", "patient_index"), False),
        )


class LinkedStudy(_Row):
    """A description of the study behind a replacement Study Instance UID."""

    study_instance_uid = TextField()
    pseudonym = TextField()
    accession_number = TextField()
    study_id = TextField()
    variant = BlobField()
    accession_index = BlobField()

    class Meta:  # noqa: D106
        table_name = "study"
        indexes = (
            (("project", "study_instance_uid", "variant"), True),
            (("project", "accession_number"), False),
            (("project", "accession_index"), False),
        )


class LinkedUid(_Row):
    """The UID behind a replacement."""

    replacement = TextField()
    kind = TextField()
    study_instance_uid = TextField()
    original_index = BlobField()

    class Meta:  # noqa: D106
        table_name = "uid"
        indexes = (
            (("project", "replacement"), True),
            (("project", "original_index"), False),
        )


LINKAGE_SCHEMA: Final = Schema(tables=(LinkedPatient, LinkedStudy, LinkedUid, Meta), version=1, steps={})
