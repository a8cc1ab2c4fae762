"""Starts a gateway's storage on a rebuilt disk, and says what is missing.

It runs in processes of its own: many starts, one after the other.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import structlog

from gateway.deidentify.pseudonym import PseudonymKey
from gateway.errors import GatewayError
from gateway.ledger.reader import LedgerReader
from gateway.linkage.key import Keys
from gateway.linkage.linker import Kind
from gateway.linkage.reidentification import Reidentifier
from gateway.linkage.seal import Sealer, key_id_of
from gateway.operate.wiring import composition
from gateway.settings import load
from gateway.spool.layout import DIGEST_DIGITS, SUFFIX, Location
from powercutting.recorder import Sent

LOST = "LOST "
"""Begins what is wrong with one answered instance; its SOP Instance UID as sent follows."""

_BLIND_INDEX = "linkage blind index"
_TEST = {"peer": "examiner", "reason": "power-cut examination"}
_ROWS = """SELECT i.project || ' ' || i."SOPInstanceUID", i.path, i.output_digest, p."PatientID",
    (SELECT count(*) FROM forwardtask t WHERE t.instance_id = i.id), i.treatment_id IS NOT NULL
    FROM instance i JOIN study s ON s.id = i.study_id JOIN patient p ON p.id = s.patient_id"""


@dataclass(frozen=True, slots=True)
class _Row:
    path: str
    digest: str
    pseudonym: str
    tasks: int
    has_record: int


def prepare_process() -> None:
    """Bring a new process to where it judges: private files, no log."""
    os.umask(0o077)
    structlog.configure(processors=[_dropped])


def judge(settings_file: Path, answered: Sequence[Sent]) -> list[str]:
    """Start on a disk; return what is wrong, as phrases.

    Parameters
    ----------
    settings_file
        Of a gateway whose storage directory is the rebuilt one.
    answered
        What had been answered Success, as often as it was.
    """
    settings = load(settings_file)
    storage = settings.storage.directory
    before = _complete(storage / "spool")
    try:
        keys = composition.prepare(settings)
    except GatewayError as error:
        everything = [f"{LOST}{one.sop_instance_uid}: no start" for one in dict.fromkeys(answered)]
        return [f"does not start: {error}", *everything]
    after = _complete(storage / "spool")
    problems = [f"the start removed the complete file {path}" for path in sorted(before - after)]
    problems += _unfinished(storage / "spool")
    problems += _miscounted(storage / "ledger.sqlite", Counter(one.project for one in answered))
    for name in ("ledger.sqlite", "linkage.sqlite"):
        problems += _damage(storage / name)
    rows = _rows(storage / "ledger.sqlite")
    lost = list(_lost(storage, keys, rows, after, dict.fromkeys(answered)))
    incomplete = [row.path for row in rows.values() if row.path not in after]
    return lost + problems + [f"a row without a complete file: {path}" for path in incomplete]


def _dropped(*_: object) -> str:
    raise structlog.DropEvent


def _complete(spool: Path) -> set[str]:
    """The files under a final name whose content is what the name says."""
    found = set()
    for path in spool.glob(f"*/*/*{SUFFIX}"):
        relative = path.relative_to(spool).as_posix()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:DIGEST_DIGITS]
        if Location.parse(relative).digest == digest:
            found.add(relative)
    return found


def _unfinished(spool: Path) -> list[str]:
    return ["the start left an unfinished file" for _ in (spool / "tmp").iterdir()]


def _miscounted(ledger: Path, answers: Mapping[str, int]) -> Iterator[str]:
    """What `gateway status` would show that is not so."""
    with closing(LedgerReader(ledger)) as reader:
        sums = reader.sums()
    if not all(one.balanced for one in sums):
        yield "the sums are not balanced"
    for project, count in answers.items():
        if max((one.answered for one in sums if one.project == project), default=0) < count:
            yield f"the sums do not count every answer of project {project}"


def _damage(database: Path) -> Iterator[str]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for (found,) in connection.execute("PRAGMA integrity_check(1)"):
            if found != "ok":
                yield f"{database.name}: {found}"


def _rows(ledger: Path) -> dict[str, _Row]:
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        return {name: _Row(*rest) for name, *rest in connection.execute(_ROWS)}


def _lost(
    storage: Path, keys: Keys, rows: dict[str, _Row], complete: set[str], answered: Iterable[Sent]
) -> Iterator[str]:
    sealer = Sealer(key_id_of(keys.sealing), keys.sealing)
    blind = {name: PseudonymKey(key).subkey(_BLIND_INDEX) for name, key in keys.pseudonym.items()}
    linkage = Reidentifier(storage / "linkage.sqlite", {sealer.key_id: sealer}, blind, lambda _: None)
    patients: dict[tuple[str, str], set[str]] = {}
    with closing(linkage):
        for one in answered:
            yield from (f"{LOST}{one.sop_instance_uid}: {why}" for why in
                        _faults(one, linkage, rows, complete, patients))  # fmt: skip


def _faults(
    one: Sent,
    linkage: Reidentifier,
    rows: dict[str, _Row],
    complete: set[str],
    patients: dict[tuple[str, str], set[str]],
) -> Iterator[str]:
    replacements = linkage.find(one.project, Kind.UID, one.sop_instance_uid, **_TEST)
    row = next((rows[name] for uid in replacements if (name := f"{one.project} {uid}") in rows), None)
    if not replacements:
        yield "the linkage store does not know it"
    elif row is None:
        yield "no row"
    else:
        if row.path not in complete:
            yield "no complete file"
        if not row.tasks:
            yield "no forward task"
        if not row.has_record:
            yield "no record of what was done to it"
        who = (one.project, row.pseudonym)
        if who not in patients:
            found = linkage.reidentify(one.project, Kind.PATIENT_ID, row.pseudonym, **_TEST)
            patients[who] = {patient.get("PatientID", "") for patient in found}
        if one.patient_id not in patients[who]:
            yield "its patient cannot be found"
