"""Storage commitment in both roles, put together from settings and keys."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateway.association.requestor import Timeouts
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.forward.commitment_scu import RESEND_AFTER_S
from gateway.ledger.client import LedgerClient
from gateway.ledger.commitment_reader import CommitmentReader
from gateway.linkage.key import Keys
from gateway.linkage.seal import BlindIndex, Sealer, key_id_of
from gateway.operate.storage.commitment_duty import Calling, CommitmentDuty
from gateway.operate.wiring.commitment_vault import ReplacedUids, Vault
from gateway.operate.wiring.profile_file import load_profile
from gateway.receive.commitment_answer import Assessor
from gateway.receive.commitment_scp import CommitmentSCP
from gateway.settings import Settings
from gateway.spool.spool import Spool

_TRANSACTION_INDEX: Final = "commitment transaction"
"""Purpose of a sub-key of a project's pseudonym key; never to be changed."""


def reader(settings: Settings) -> CommitmentReader:
    """Return what reads of the ledger what concerns storage commitment."""
    return CommitmentReader(settings.storage.directory / "ledger.sqlite")


def provider(settings: Settings, keys: Keys, ledger: LedgerClient, spool: Spool) -> CommitmentSCP:
    """Return what serves the requests of modalities and the reports of archives."""
    return CommitmentSCP(
        ledger,
        _vault(keys),
        _assessor(settings, keys, spool),
        lambda: spool.is_low,
        wait=settings.server.commitment_wait_s,
        resend_after=RESEND_AFTER_S,
    )


def duty(
    settings: Settings, keys: Keys, ledger: LedgerClient, spool: Spool, timeouts: Timeouts
) -> CommitmentDuty:
    """Return what tells modalities what is committed to."""
    return CommitmentDuty(
        {peer.name: peer for peer in settings.peer},
        {project.name: project for project in settings.project},
        reader(settings),
        ledger,
        _vault(keys),
        _assessor(settings, keys, spool),
        Calling(timeouts),
    )


def own_archives(settings: Settings) -> frozenset[str]:
    """Return the names of the projects whose files stay here for ever, and go nowhere."""
    return frozenset(
        project.name
        for project in settings.project
        if not project.destinations and project.keep_seconds is None
    )


def _vault(keys: Keys) -> Vault:
    indexes = {
        name: BlindIndex(PseudonymKey(secret).subkey(_TRANSACTION_INDEX))
        for name, secret in keys.pseudonym.items()
    }
    return Vault(Sealer(key_id_of(keys.sealing), keys.sealing), indexes)


def _assessor(settings: Settings, keys: Keys, spool: Spool) -> Assessor:
    replacements = ReplacedUids(
        {project.name: load_profile(Path(project.profile)) for project in settings.project},
        {name: PseudonymKey(secret) for name, secret in keys.pseudonym.items()},
    )
    return Assessor(reader(settings), replacements, spool.holds, own_archives(settings))
