"""From an original to its replacement and back, for those who have the key and say why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from peewee import ModelSelect

from gateway.errors import KeyGuardError
from gateway.ledger.message import RecordAudit
from gateway.ledger.pool import ReadPool
from gateway.linkage.linker import Kind
from gateway.linkage.model import LinkedPatient, LinkedStudy, LinkedUid
from gateway.linkage.seal import BlindIndex, Sealer


class Reidentifier:
    """Reads the linkage store. Each look-up is in the audit trail before anything is read.

    Parameters
    ----------
    path
        The linkage database.
    sealers
        By key id, every sealing key that rows may be sealed with.
    blind_keys
        By project, the key of its blind indexes.
    audit
        Commits an audit entry or raises.
    """

    def __init__(
        self,
        path: Path,
        sealers: Mapping[str, Sealer],
        blind_keys: Mapping[str, bytes],
        audit: Callable[[RecordAudit], object],
    ) -> None:
        self._pool = ReadPool(path)
        self._sealers = sealers
        self._blind = {project: BlindIndex(key) for project, key in blind_keys.items()}
        self._audit = audit

    def find(self, project: str, kind: Kind, original: str, *, peer: str, reason: str) -> list[str]:
        """Return the replacements of an original value: pseudonyms, Accession Numbers or UIDs.

        Parameters
        ----------
        peer
            Who asks, for the audit trail.
        reason
            Why, for the audit trail.

        Raises
        ------
        KeyGuardError
            There is no key for the project.
        LedgerUnavailable
            The store cannot be read.
        """
        self._enter("linkage_find", project, kind, peer, reason)
        if project not in self._blind:
            raise KeyGuardError(f"there is no pseudonym key for project {project}")
        index = self._blind[project].of(project, kind, original)
        query: ModelSelect[Any]
        match kind:
            case Kind.PATIENT_ID:
                query = LinkedPatient.select(LinkedPatient.pseudonym).where(
                    (LinkedPatient.project == project) & (LinkedPatient.patient_index == index)
                )
            case Kind.ACCESSION_NUMBER:
                query = LinkedStudy.select(LinkedStudy.accession_number).where(
                    (LinkedStudy.project == project) & (LinkedStudy.accession_index == index)
                )
            case Kind.UID:
                query = LinkedUid.select(LinkedUid.replacement).where(
                    (LinkedUid.project == project) & (LinkedUid.original_index == index)
                )
        return sorted({replacement for (replacement,) in self._rows(query)})

    def reidentify(
        self, project: str, kind: Kind, replacement: str, *, peer: str, reason: str
    ) -> list[dict[str, str]]:
        """Return the original values behind a replacement, by keyword, in the order they came.

        Parameters
        ----------
        replacement
            A pseudonym, a replacement Accession Number or a replacement UID.
        peer, reason
            As in `find`.

        Raises
        ------
        KeyGuardError
            A row was sealed with a key that is not at hand, or was altered.
        LedgerUnavailable
            The store cannot be read.
        """
        self._enter("reidentification", project, kind, peer, reason, replacement)
        match kind:
            case Kind.PATIENT_ID:
                return self._patients(project, replacement)
            case Kind.ACCESSION_NUMBER:
                return self._studies(project, replacement)
            case Kind.UID:
                return self._uids(project, replacement)

    def close(self) -> None:
        """Close the connections to the store."""
        self._pool.close()

    def _patients(self, project: str, pseudonym: str) -> list[dict[str, str]]:
        row = LinkedPatient
        query = (
            row.select(row.key_id, row.sealed, row.pseudonym, row.variant)
            .where((row.project == project) & (row.pseudonym == pseudonym))
            .order_by(row.id)
        )
        return self._opened("patient", project, query)

    def _studies(self, project: str, accession_number: str) -> list[dict[str, str]]:
        row = LinkedStudy
        place = (row.study_instance_uid, row.pseudonym, row.accession_number, row.study_id, row.variant)
        query = (
            row.select(row.key_id, row.sealed, *place)
            .where((row.project == project) & (row.accession_number == accession_number))
            .order_by(row.id)
        )
        return self._opened("study", project, query)

    def _uids(self, project: str, replacement: str) -> list[dict[str, str]]:
        row = LinkedUid
        query = row.select(row.key_id, row.sealed, row.replacement, row.kind, row.study_instance_uid).where(
            (row.project == project) & (row.replacement == replacement)
        )
        return self._opened("uid", project, query)

    def _opened(self, table: str, project: str, query: ModelSelect[Any]) -> list[dict[str, str]]:
        return [
            self._sealer(key_id).open(bytes(sealed), table, project, *place)
            for key_id, sealed, *place in self._rows(query)
        ]

    def _sealer(self, key_id: str) -> Sealer:
        if key_id not in self._sealers:
            raise KeyGuardError(f"sealed with key {key_id}, which is not at hand")
        return self._sealers[key_id]

    def _enter(
        self, kind: str, project: str, by: Kind, peer: str, reason: str, replacement: str = ""
    ) -> None:
        if not reason.strip():
            raise ValueError("a look-up needs a reason")
        detail = {"by": by.value, "reason": reason} | ({"replacement": replacement} if replacement else {})
        self._audit(RecordAudit(kind, project, peer, detail))

    def _rows(self, query: ModelSelect[Any]) -> list[tuple[Any, ...]]:
        with self._pool.transaction() as database:
            return list(query.tuples().execute(database))
