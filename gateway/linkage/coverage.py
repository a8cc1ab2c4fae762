"""Whether what the ledger knows can be found in the linkage store: it cannot when that is older."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from gateway.ledger.database import execute
from gateway.ledger.pool import reading


@dataclass(frozen=True, slots=True)
class Unlinked:
    """Studies and instances of a project of which nobody can tell the original any more."""

    project: str
    studies: int
    instances: int


_ATTACH: Final = "ATTACH DATABASE ? AS linkage"
_STUDIES: Final = """
SELECT project, count(*) FROM main.study AS mine WHERE NOT EXISTS (
    SELECT 1 FROM linkage.study AS linked
    WHERE linked.project = mine.project AND linked.study_instance_uid = mine.StudyInstanceUID
) GROUP BY project
"""
# A project whose profile retains UIDs has no UID to link: its studies say enough.
_INSTANCES: Final = """
SELECT project, count(*) FROM (SELECT project, SOPInstanceUID FROM main.instance ORDER BY id DESC LIMIT ?)
AS mine WHERE EXISTS (
    SELECT 1 FROM linkage.uid AS any_uid WHERE any_uid.project = mine.project
) AND NOT EXISTS (
    SELECT 1 FROM linkage.uid AS linked
    WHERE linked.project = mine.project AND linked.replacement = mine.SOPInstanceUID
) GROUP BY project
"""


def unlinked(ledger: Path, linkage: Path, newest: int = -1) -> list[Unlinked]:
    """Count what the ledger has and the linkage store does not.

    Parameters
    ----------
    ledger, linkage
        The database files.
    newest
        How many instances to look for, the newest; -1 for all. Studies are always counted.

    Raises
    ------
    LedgerUnavailable
        One of them cannot be read.
    """
    with reading(ledger) as database:
        execute(database, _ATTACH, (f"file:{quote(str(linkage.absolute()))}?mode=ro",))
        execute(database, "BEGIN")
        # The ledger as it was first: what links an instance is committed before the instance is.
        execute(database, "SELECT 1 FROM main.meta").fetchone()
        studies = dict(execute(database, _STUDIES).fetchall())
        instances = dict(execute(database, _INSTANCES, (newest,)).fetchall())
        execute(database, "ROLLBACK")
    projects = sorted({*studies, *instances})
    return [Unlinked(name, studies.get(name, 0), instances.get(name, 0)) for name in projects]
