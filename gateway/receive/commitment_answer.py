"""What we can commit to of what a modality asks for, by what the ledger says of it.

The commitment is to the derivative: the de-identified instance, under its new UID. The original
is not kept, by nobody downstream of here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.association.commitment_information import Information, Reference
from gateway.ledger.commitment_reader import Whereabouts
from gateway.ledger.message import InstanceState, TaskState
from gateway.standard.storage_commitment import FailureReason

_ON_THE_WAY: Final = frozenset({TaskState.WAITING, TaskState.SENT, TaskState.FORWARDED})


class Replacements(Protocol):
    """Knows under which UID an original goes on."""

    def replacement(self, project: str, uid: str) -> str:
        """Return the SOP Instance UID that replaces an original one."""


class Reader(Protocol):
    """The way to what the ledger has committed."""

    def whereabouts(
        self, project: str, sop_instance_uids: Collection[str]
    ) -> Mapping[str, tuple[Whereabouts, ...]]:
        """Return every version of each instance that there is."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What of a request is committed to, is not, and is not decided yet."""

    committed: tuple[Reference, ...]
    failed: tuple[tuple[Reference, int], ...]
    waiting: tuple[Reference, ...]

    def report(self, transaction_uid: str) -> Information:
        """Return the report; what is not decided counts as failed."""
        late = ((reference, int(FailureReason.PROCESSING_FAILURE)) for reference in self.waiting)
        return Information(transaction_uid, self.committed, (*self.failed, *late))


class Assessor:
    """Answers requests from the ledger.

    Parameters
    ----------
    holds
        Tells whether the spool has a file.
    own_archives
        Names of the projects without destinations whose files are never removed.
    """

    def __init__(
        self,
        reader: Reader,
        replacements: Replacements,
        holds: Callable[[str], bool],
        own_archives: Collection[str],
    ) -> None:
        self._reader, self._replacements = reader, replacements
        self._holds, self._own_archives = holds, own_archives

    def assess(self, project: str, references: Collection[Reference]) -> Assessment:
        """Tell what can be committed to now.

        Parameters
        ----------
        references
            Original UIDs.

        Raises
        ------
        LedgerUnavailable
            The ledger cannot be read.
        """
        new = {one: self._replacements.replacement(project, one.sop_instance_uid) for one in references}
        found = self._reader.whereabouts(project, dict.fromkeys(new.values()))
        committed, failed, waiting = [], [], []
        for reference in references:
            verdict = self._verdict(project, reference, found.get(new[reference], ()))
            if verdict is None:
                waiting.append(reference)
            elif verdict:
                failed.append((reference, verdict))
            else:
                committed.append(reference)
        return Assessment(tuple(committed), tuple(failed), tuple(waiting))

    def _verdict(self, project: str, reference: Reference, versions: tuple[Whereabouts, ...]) -> int | None:
        """Return the reason of failure, 0 for commitment, None while it is not decided."""
        if not versions:
            return FailureReason.NO_SUCH_OBJECT_INSTANCE
        if all(one.sop_class_uid != reference.sop_class_uid for one in versions):
            return FailureReason.CLASS_INSTANCE_CONFLICT
        if len(versions) > 1:  # a UID does not tell which of the contents the modality means
            return FailureReason.PROCESSING_FAILURE
        (version,) = versions
        if not version.tasks:
            return 0 if self._is_archived_here(project, version) else FailureReason.PROCESSING_FAILURE
        if not _ON_THE_WAY.issuperset(version.tasks):
            return FailureReason.PROCESSING_FAILURE
        return 0 if set(version.tasks) == {TaskState.FORWARDED} else None

    def _is_archived_here(self, project: str, version: Whereabouts) -> bool:
        is_kept = version.state is InstanceState.KEPT
        return is_kept and project in self._own_archives and self._holds(version.path)
