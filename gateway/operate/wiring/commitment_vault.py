"""Where storage commitment meets the keys: what a modality names is an original."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.association.commitment_information import Information, Reference
from gateway.deidentify.action import Action
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.deidentify.ruling import Rulebook
from gateway.deidentify.uid import UidMap
from gateway.linkage.seal import BlindIndex, Sealer
from gateway.standard.dictionary import tag_of

_SOP_INSTANCE_UID: Final = tag_of("SOPInstanceUID")
_TABLE: Final = "commitment"
_TRANSACTION: Final = "TransactionUID"


class Vault:
    """Seals the requests of modalities, and opens them for the report.

    Parameters
    ----------
    sealer
        Of the store.
    indexes
        By project name, what makes the digest under which a request is found.
    """

    def __init__(self, sealer: Sealer, indexes: Mapping[str, BlindIndex]) -> None:
        self._sealer, self._indexes = sealer, indexes

    def digest(self, project: str, peer: str, transaction_uid: str) -> str:
        """Return what stands for a Transaction UID."""
        return self._indexes[project].of(project, _TRANSACTION, peer, transaction_uid).hex()

    def seal(self, project: str, peer: str, information: Information) -> bytes:
        """Return a request sealed, for its row."""
        lines = [f"{one.sop_class_uid}\\{one.sop_instance_uid}" for one in information.references]
        values = {_TRANSACTION: information.transaction_uid, "references": "\n".join(lines)}
        place = self.digest(project, peer, information.transaction_uid)
        return self._sealer.seal(values, _TABLE, project, peer, place)

    def open(self, project: str, peer: str, digest: str, content: bytes) -> Information:
        """Return the request of a row.

        Raises
        ------
        KeyGuardError
            It was sealed with another key, or altered.
        """
        values = self._sealer.open(content, _TABLE, project, peer, digest)
        pairs = (line.partition("\\") for line in values["references"].split("\n"))
        return Information(values[_TRANSACTION], tuple(Reference(first, last) for first, _, last in pairs))


class ReplacedUids:
    """Tells under which SOP Instance UID the de-identifier of a project lets an instance go on.

    Parameters
    ----------
    profiles, keys
        Of the de-identifiers, by project name.
    """

    def __init__(self, profiles: Mapping[str, Profile], keys: Mapping[str, PseudonymKey]) -> None:
        self._keys = keys
        self._retaining = {name for name, profile in profiles.items() if _retains(profile)}

    def replacement(self, project: str, uid: str) -> str:
        """Return the SOP Instance UID that replaces an original one."""
        return uid if project in self._retaining else UidMap(self._keys[project]).replace(uid)


def _retains(profile: Profile) -> bool:
    # The action is the same for every SOP Class: the IOD has no part in it.
    return Rulebook(profile, "").ruling((), _SOP_INSTANCE_UID).action is Action.KEEP
