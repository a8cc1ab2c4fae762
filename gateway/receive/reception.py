"""From a received instance to its durable acknowledgement, in the order that loses nothing.

Each step makes the next one safe to fail: an orphan file in the spool's temporary folder is swept,
orphan linkage rows are harmless, a published file without a row is indexed at the next start. Only
the commit of `RecordInstance` is the acknowledgement.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.association.peer import Peer, Role
from gateway.association.project import Project
from gateway.deidentify.instance import Deidentified, Instance, Origin
from gateway.errors import LedgerUnavailable, Reason, Refused
from gateway.ledger.message import Ledger, Outcome, RecordDuplicate, RecordInstance, RecordRefusal
from gateway.ledger.reader import Known
from gateway.receive.collaborator import (
    Caution,
    Deidentifier,
    Linker,
    Reader,
    Recorder,
    Spool,
    Staged,
    Treatment,
)
from gateway.receive.deadline import Deadline
from gateway.receive.in_flight import InFlight
from gateway.receive.quarantine import Isolation
from gateway.standard.sop_class import REFUSED_BY_DEFAULT

_PATIENCE: Final = 60.0
"""Seconds that a second copy of an instance waits for the first."""
_DIGEST_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Receipt:
    """An acknowledgement.

    Parameters
    ----------
    outcome
        Every outcome is answered Success.
    sop_instance_uid
        The replacement; empty for a re-send that was recognised before it was de-identified.
    """

    outcome: Outcome
    sop_instance_uid: str = ""


class Reception:
    """Receives instances, each in a thread of its own.

    Parameters
    ----------
    deidentifiers, linkers
        By project name.
    spool, ledger, reader
        Where instances and facts about them are kept, and looked up.
    digest_keys
        Keys of at most 64 bytes, by project name, for the digests by which re-sends are recognised.
    recorders
        By project name, what says what was done; without one of a project nothing is kept of it.
    max_instance_bytes
        Longest data set to accept.
    isolation
        Keeps what is refused; None for a way in from which nothing is kept.
    caution
        Knows over which inputs processes died.
    """

    def __init__(
        self,
        deidentifiers: Mapping[str, Deidentifier],
        spool: Spool,
        linkers: Mapping[str, Linker],
        ledger: Ledger,
        reader: Reader,
        digest_keys: Mapping[str, bytes],
        max_instance_bytes: int,
        recorders: Mapping[str, Recorder] = MappingProxyType({}),
        isolation: Isolation | None = None,
        caution: Caution | None = None,
    ) -> None:
        self._deidentifiers, self._spool, self._linkers = deidentifiers, spool, linkers
        self._ledger, self._reader = ledger, reader
        self._digest_keys, self._max_instance_bytes = digest_keys, max_instance_bytes
        self._recorders, self._isolation = recorders, isolation
        self._caution: Caution = caution or _Carefree()
        self._in_flight = InFlight()

    def store(
        self,
        instance: Instance,
        peer: Peer,
        project: Project,
        verify: Callable[[], None] = lambda: None,
        deadline: Deadline | None = None,
    ) -> Receipt:
        """Receive an instance; once this returns, it is safe.

        Parameters
        ----------
        instance
            As received.
        peer, project
            Who sends, and to whom.
        verify
            Called once policy admits the instance: raises what is wrong with how it arrived.
        deadline
            Until when it must be safe; none is for ever.

        Raises
        ------
        Refused
            Nothing is kept; the refusal is recorded.
        DeadlinePassed
            Nothing is kept: the sender has an answer already.
        StorageError
            Nothing is acknowledged; the sender should try again.
        """
        deadline = deadline or Deadline()
        try:
            _check_policy(instance.sop_class_uid, peer, project)
            verify()
            return self._received(instance, peer, project, deadline)
        except Refused as refusal:
            deadline.hand_over()  # what was answered A700H does not count as refused
            self.record(refusal, instance, peer, project)
            raise

    def release(self, instance: Instance, peer: Peer, project: Project) -> Receipt:
        """Receive an instance that was refused before; as `store`, but a refusal is not recorded."""
        _check_policy(instance.sop_class_uid, peer, project)
        return self._received(instance, peer, project, Deadline())

    def record(self, refusal: Refused, instance: Instance, peer: Peer, project: Project) -> None:
        """Record a refusal, if the ledger can; the sender is told either way."""
        # a command may name anything as its SOP Class: only known ones are written down
        sop_class = instance.sop_class_uid if project.may_be_stored(instance.sop_class_uid) else ""
        with suppress(LedgerUnavailable):
            self._ledger.call(
                RecordRefusal(
                    project=project.name,
                    peer=peer.name,
                    reason=refusal.reason,
                    sop_class_uid=sop_class,
                    transfer_syntax_uid=instance.transfer_syntax_uid,
                    tag=refusal.tag,
                )
            )
        if self._isolation is not None and self._isolation.wants(refusal, instance, project):
            self._isolation.keep(refusal, instance, peer, project, self._digest)

    def _received(self, instance: Instance, peer: Peer, project: Project, deadline: Deadline) -> Receipt:
        size = memoryview(instance.data_set).nbytes
        if size > self._max_instance_bytes:
            raise Refused(Reason.TOO_LARGE, "over max_instance_mib")
        if not size:
            raise Refused(Reason.STRUCTURE, "no data set")
        digest = self._digest(instance, project)
        with self._in_flight.alone(digest, min(_PATIENCE, deadline.remaining)):
            if self._is_safe(self._reader.known(project.name, digest)):
                deadline.hand_over()
                self._ledger.call(RecordDuplicate(project.name, peer.name))
                return Receipt(Outcome.DUPLICATE)
            return self._kept(instance, digest, peer, project, deadline)

    def _is_safe(self, known: Known | None) -> bool:
        """Tell whether there is nothing to do; a file that was lost since is written once more."""
        return known is not None and (known.removed or self._spool.holds(known.path))

    def _kept(
        self, instance: Instance, digest: bytes, peer: Peer, project: Project, deadline: Deadline
    ) -> Receipt:
        with self._caution.noted(digest, deadline):
            output = self._deidentifiers[project.name].deidentify(instance, _origin_of(peer))
            rows = self._linkers[project.name].rows(project.name, output)
            recorder = self._recorders.get(project.name)
            treatment = recorder.treatment(output) if recorder is not None else None
        deadline.check()
        with self._spool.stage(
            project.name, output.series_instance_uid, output.sop_instance_uid, output.buffers
        ) as staged:
            self._ledger.call(rows)
            deadline.hand_over()
            staged.publish()
            message = _record_of(output, staged, digest, peer, project, treatment, deadline)
            outcome = self._ledger.call(message)
        # Never unlinked from here on, whatever the outcome: a duplicate has the path of the first
        # copy, and an uncertain commit may have happened. What came too late, the ledger withdraws.
        return Receipt(outcome, output.sop_instance_uid)

    def _digest(self, instance: Instance, project: Project) -> bytes:
        keyed = hashlib.blake2b(key=self._digest_keys[project.name], digest_size=_DIGEST_BYTES)
        for text in (instance.sop_class_uid, instance.sop_instance_uid, instance.transfer_syntax_uid):
            encoded = text.encode("utf-8", "surrogateescape")
            keyed.update(len(encoded).to_bytes(8, "big") + encoded)
        keyed.update(instance.data_set)
        return keyed.digest()


def _check_policy(sop_class_uid: str, peer: Peer, project: Project) -> None:
    if not peer.has(Role.MODALITY):
        raise Refused(Reason.NOT_AUTHORIZED, "the peer may not store")
    refused = project.refused_sop_classes
    is_refused = sop_class_uid in (REFUSED_BY_DEFAULT if refused is None else refused)
    if is_refused or not project.may_be_stored(sop_class_uid):
        raise Refused(Reason.SOP_CLASS, "the SOP Class is refused by policy")


def _record_of(
    output: Deidentified,
    staged: Staged,
    digest: bytes,
    peer: Peer,
    project: Project,
    treatment: Treatment | None,
    deadline: Deadline,
) -> RecordInstance:
    return RecordInstance(
        project=project.name,
        input_digest=digest,
        output_digest=staged.digest,
        path=staged.path,
        size=staged.size,
        sop_class_uid=output.sop_class_uid,
        sop_instance_uid=output.sop_instance_uid,
        series_instance_uid=output.series_instance_uid,
        study_instance_uid=output.study_instance_uid,
        transfer_syntax_uid=output.transfer_syntax_uid,
        attributes=dict(output.attributes),
        destinations=list(project.destinations),
        peer=peer.name,
        hold_conflict=project.changed_duplicate == "hold",
        treatment_digest=treatment.digest if treatment is not None else b"",
        treatment=treatment.content if treatment is not None else b"",
        deadline=deadline.at,
    )


def _origin_of(peer: Peer) -> Origin:
    return Origin(
        default_issuer=peer.default_issuer,
        character_set=peer.character_set,
        issuer_from_header=peer.issuer_from_header,
    )


class _Carefree:
    """Takes every input for harmless."""

    @contextmanager
    def noted(self, _digest: bytes, _deadline: Deadline) -> Iterator[None]:
        yield
