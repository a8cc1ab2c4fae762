"""Releasing what is quarantined: the very same way as an instance that is received now."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from gateway.association.peer import Peer
from gateway.association.project import Project
from gateway.deidentify.instance import Instance
from gateway.deidentify.pixel.message import Examination
from gateway.errors import Reason, Refused, SealBroken, StorageError
from gateway.ledger.message import CloseQuarantined, Ledger, QuarantineState, RecordAudit
from gateway.ledger.meta_reader import MetaReader
from gateway.ledger.quarantine_reader import QuarantinedInstance
from gateway.linkage.key import Keys, proven
from gateway.operate import log
from gateway.operate.wiring import composition, intake
from gateway.operate.wiring.quarantine import quarantine
from gateway.receive.reception import Receipt
from gateway.settings import Settings

_MIB: Final = 1 << 20
_TOO_LATE: Final = "(it was dropped, expired or released meanwhile: see gateway audit)"


class Verdict(StrEnum):
    """What a release came to."""

    RELEASED = "released"
    REFUSED = "refused"
    """The current profile and settings refuse it too; it stays."""
    FAILED = "failed"
    """An unexpected error; it stays."""
    BROKEN = "broken"
    """The sealed file is lost, or does not open; the row stays until it is dropped."""


class Released(msgspec.Struct, frozen=True):
    """What a release of one instance came to.

    Attributes
    ----------
    outcome
        As for a reception: stored, duplicate or conflict; empty when it stays.
    sop_instance_uid
        The replacement; empty when it stays, and for a duplicate.
    detail
        Why it stays, or what somebody else did meanwhile; no value of the original.
    """

    id: int
    verdict: Verdict
    outcome: str = ""
    sop_instance_uid: str = ""
    detail: str = ""


class Release:
    """Releases instances, one after the other: no more than one of them is in memory.

    Parameters
    ----------
    ledger
        Records what is released; as from `gateway.operate.wiring.ledger_access.ledger`.
    user
        Account of who releases, for the audit trail.
    pixels
        Examines pixels, for profiles that have them cleaned.

    Raises
    ------
    KeyGuardError
        A key is not the one of this store.
    SettingsError
        A profile is wrong.
    StorageError
        The spool cannot be used.
    """

    def __init__(self, settings: Settings, ledger: Ledger, user: str, pixels: Examination) -> None:
        keys = keys_of(settings)
        known = tuple(project for project in settings.project if project.name in keys.pseudonym)
        settings = msgspec.structs.replace(settings, project=known)
        self._ledger, self._user = ledger, user
        self._files = quarantine(settings, keys.sealing)
        self._projects = {project.name: project for project in settings.project}
        self._peers = {peer.name: peer for peer in settings.peer}
        self._longest = settings.storage.max_instance_mib * _MIB
        self._reception = intake.reception(
            settings, keys, ledger, composition.spool_of(settings), pixels=pixels
        )

    def release(self, row: QuarantinedInstance) -> Released:
        """Release one instance; it stays, and the result says why, when that is not possible.

        Raises
        ------
        StorageError
            Nothing can be stored at the moment; it stays.
        """
        try:
            receipt = self._receive(row)
        except Refused as refusal:
            return self._stays(row, Verdict.REFUSED, str(refusal), refusal.reason)
        except SealBroken as error:
            return self._stays(row, Verdict.BROKEN, str(error), "seal")
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 - one instance must not keep the others from release
            detail = f"{type(error).__name__} at {log.place(error.__traceback__)}"
            return self._stays(row, Verdict.FAILED, detail, type(error).__name__)
        outcome, uid = receipt.outcome.value, receipt.sop_instance_uid
        entry = {"user": self._user, "outcome": outcome, "sop_instance_uid": uid}
        closed = self._ledger.call(CloseQuarantined(row.id, row.file, QuarantineState.RELEASED, entry))
        if not closed:
            # It is stored all the same: the audit trail must not end with who dropped it.
            entry = {"id": str(row.id), "refused": row.reason, **entry, "too_late": _TOO_LATE}
            self._ledger.call(RecordAudit("quarantine_released", row.project, row.peer, entry))
        self._files.remove(row.file)
        return Released(row.id, Verdict.RELEASED, outcome, uid, "" if closed else _TOO_LATE)

    def _receive(self, row: QuarantinedInstance) -> Receipt:
        file, data_set = self._files.read(row.file, self._longest)
        if (file.place["project"], file.place["reason"]) != (row.project, row.reason):
            raise SealBroken("a sealed file was put in the place of another")
        peer, project = self._parties(file.hidden["peer"], row.project)
        instance = Instance(
            sop_class_uid=file.hidden["sop_class_uid"],
            sop_instance_uid=file.hidden["sop_instance_uid"],
            transfer_syntax_uid=file.hidden["transfer_syntax_uid"],
            data_set=memoryview(data_set).toreadonly(),
        )
        return self._reception.release(instance, peer, project)

    def _parties(self, peer_name: str, project_name: str) -> tuple[Peer, Project]:
        """Return sender and project as the settings have them now."""
        peer, project = self._peers.get(peer_name), self._projects.get(project_name)
        if project is None:
            raise Refused(Reason.NOT_AUTHORIZED, "its project is not in the settings any more")
        if peer is None:
            raise Refused(Reason.NOT_AUTHORIZED, "its sender is not in the settings any more")
        if peer.projects and project.name not in peer.projects:
            raise Refused(Reason.NOT_AUTHORIZED, "its sender may not send to the project any more")
        return peer, project

    def _stays(self, row: QuarantinedInstance, verdict: Verdict, detail: str, reason: str) -> Released:
        entry = {"id": str(row.id), "user": self._user, "reason": reason}
        self._ledger.call(RecordAudit("quarantine_not_released", row.project, row.peer, entry))
        return Released(row.id, verdict, detail=detail)


def keys_of(settings: Settings) -> Keys:
    """Return the keys of a storage directory that was in use, for a command.

    A project that came into the settings since the gateway was started last has none yet.

    Raises
    ------
    KeyGuardError
        A key is missing or another one.
    LedgerUnavailable
        A database is not there or cannot be read.
    """
    directory = settings.storage.directory
    stores = [MetaReader(directory / name) for name in ("ledger.sqlite", "linkage.sqlite")]
    files = {project.name: Path(project.key_file) for project in settings.project}
    return proven(files, Path(settings.storage.sealing_key_file), stores)
