"""The one place where settings become objects and objects meet."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from gateway.association.application_entity import Limits
from gateway.association.byte_budget import ByteBudget
from gateway.association.directory import Directory
from gateway.association.presentation_context import Service
from gateway.association.project import Project
from gateway.association.requestor import Timeouts
from gateway.association.transport_security import TransportSecurity
from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.errors import SettingsError
from gateway.forward.commitment_scu import CommitmentPace
from gateway.forward.forwarder import Forwarder, Pace
from gateway.index.search import Search
from gateway.ledger.client import LedgerClient
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import RecordAudit
from gateway.ledger.reader import LedgerReader
from gateway.ledger.reserve import Reserve
from gateway.ledger.retention_reader import RetentionReader
from gateway.linkage.key import Keys, guard
from gateway.linkage.linker import Linker
from gateway.linkage.seal import Sealer, key_id_of
from gateway.linkage.store import LinkageStore
from gateway.operate.offline.record import Recorder
from gateway.operate.storage.reconcile import Reconciliation, report_unlinked
from gateway.operate.storage.retention_duty import storage_duties
from gateway.operate.supervision.descriptor import Descriptor
from gateway.operate.supervision.duty import Duty
from gateway.operate.supervision.run_directory import RunDirectory
from gateway.operate.wiring import commitment, quarantine
from gateway.operate.wiring.ledger_access import Ledger
from gateway.operate.wiring.linking import LinkingLedger, ProjectLinker
from gateway.operate.wiring.named_entity import finders_of, version_of
from gateway.operate.wiring.profile_file import load_profile
from gateway.query_retrieve.services import service_classes
from gateway.receive.collaborator import Caution
from gateway.receive.quarantine import Isolation
from gateway.receive.reception import Reception
from gateway.receive.server import ReceiverServer
from gateway.settings import Settings
from gateway.spool.spool import Spool

_KIB: Final = 1 << 10
_MIB: Final = 1 << 20
_GIB: Final = 1 << 30

_EXAMINATION_S: Final = 10.0
"""Seconds that the start spends on each database to see whether it is whole."""

_BLIND_INDEX: Final = "linkage blind index"
_INPUT_DIGEST: Final = "input digest"
"""Purposes of sub-keys of a project's pseudonym key; never to be changed."""


def prepare(settings: Settings) -> Keys:
    """Bring a storage directory to order before any other process runs on it; return the keys.

    Databases are made or migrated, keys are made or compared with those of the store, profiles
    are read, spool and ledger are reconciled.

    Raises
    ------
    KeyGuardError, SchemaError, SettingsError, StorageError, TransportSecurityError
        The gateway must not start.
    """
    deidentifiers(settings, {project.name: PseudonymKey(bytes(32)) for project in settings.project})
    security(settings)
    Reserve(settings.storage.directory).release_if_full()  # the databases need room to be opened
    with ExitStack() as stack:
        linkage, ledger = stores(settings)
        stack.enter_context(closing(linkage))
        stack.enter_context(closing(ledger))
        for store in (linkage, ledger):
            store.examine(_EXAMINATION_S)
        files = {project.name: Path(project.key_file) for project in settings.project}
        spool = spool_of(settings)
        filled = {name for name in files if not spool.is_empty(name)}
        keys = guard(files, Path(settings.storage.sealing_key_file), (ledger, linkage), filled)
        reader = stack.enter_context(closing(_reader(settings)))
        projects = {project.name: project for project in settings.project}
        states = stack.enter_context(closing(RetentionReader(settings.storage.directory / "ledger.sqlite")))
        Reconciliation(spool, ledger, reader, states, projects).run()
        report_unlinked(ledger.path, linkage.path)
        quarantine.sweep(settings)
    return keys


def stores(settings: Settings) -> tuple[LinkageStore, LedgerStore]:
    """Return what the ledger writer writes to.

    Raises
    ------
    SchemaError, LedgerUnavailable
        A database cannot be used.
    """
    directory = settings.storage.directory
    linkage = LinkageStore(directory / "linkage.sqlite")
    return linkage, LedgerStore(directory / "ledger.sqlite", files=spool_of(settings))


def receiver(
    settings: Settings, keys: Keys, counters: Descriptor, number: int, caution: Caution
) -> ReceiverServer:
    """Return the services of one receiver process.

    Parameters
    ----------
    counters
        Memory shared by all receivers, for the byte budget.
    number
        Of this receiver, from 0.
    caution
        Knows over which inputs receivers died.
    """
    ledger = _ledger(settings)
    spool = spool_of(settings)
    budget = ByteBudget(settings.storage.memory_mib * _MIB, mmap.mmap(counters.number, 0), number)
    budget.clear()

    def audit(kind: str, project: str, peer: str, detail: dict[str, str]) -> None:
        ledger.call(RecordAudit(kind, project, peer, detail))

    tls = security(settings)
    return ReceiverServer(
        Directory(settings.peer, settings.project, own_title=settings.server.ae_title),
        reception(settings, keys, ledger, spool, quarantine.isolation(settings, keys, ledger), caution),
        title=settings.server.ae_title,
        limits=_limits(settings),
        budget=budget,
        service_classes={
            **service_classes(
                _search(settings), spool.path, settings.peer, audit, timeouts=_timeouts(settings)
            ),
            Service.STORAGE_COMMITMENT: commitment.provider(settings, keys, ledger, spool).service_class(),
        },
        tls=(lambda: tls.server) if tls is not None else None,
        answer_timeout=settings.server.answer_timeout_s,
    )


def forwarder(settings: Settings) -> Forwarder:
    """Return what sends to the destinations of every project."""
    names = destinations(settings)
    peers = {peer.name: peer for peer in settings.peer if peer.name in names}
    return Forwarder(
        peers,
        dict.fromkeys(peers, settings.server.ae_title),
        _reader(settings),
        _ledger(settings),
        spool_of(settings),
        Pace(
            associations=settings.forward.associations,
            timeouts=_timeouts(settings),
            commitment=CommitmentPace(timeout=settings.forward.commitment_timeout_s),
        ),
        commitments=commitment.reader(settings),
    )


def duties(settings: Settings, keys: Keys) -> list[Duty]:
    """Return what the steward does."""
    ledger = _ledger(settings)
    return [
        quarantine.expiry(settings, ledger),
        *storage_duties(settings, spool_of(settings), ledger),
        commitment.duty(settings, keys, ledger, spool_of(settings), _timeouts(settings)),
    ]


def security(settings: Settings) -> TransportSecurity | None:
    """Return what is spoken under TLS; None without a certificate.

    Raises
    ------
    TransportSecurityError
        Certificate, key or authorities cannot be used.
    """
    tls = settings.tls
    if not tls.is_set:
        return None
    return TransportSecurity(Path(tls.certificate_file), Path(tls.key_file), Path(tls.ca_file), tls.profile)


def destinations(settings: Settings) -> frozenset[str]:
    """Return the names of all peers that something is forwarded to."""
    return frozenset(name for project in settings.project for name in project.destinations)


def deidentifiers(settings: Settings, keys: Mapping[str, PseudonymKey]) -> dict[str, Deidentifier]:
    """Return the de-identifier of each project.

    Raises
    ------
    SettingsError
        A profile, or a list or plug-in that it names, cannot be read or is wrong.
    """
    return {project.name: deidentifier(project, keys[project.name]) for project in settings.project}


def deidentifier(project: Project, key: PseudonymKey) -> Deidentifier:
    """Return the de-identifier of a project; errors as of `deidentifiers`."""
    model = Path(project.named_entity_model) if project.named_entity_model else None
    profile = load_profile(Path(project.profile))
    if model is not None and not profile.named_entities:
        raise SettingsError(project.profile, "named_entities", "a plug-in: the project has a model for one")
    return Deidentifier(
        profile,
        key,
        prefix=project.pseudonym_prefix,
        unexamined_pixels=project.unexamined_pixels,
        finders=finders_of(profile, model, project.profile),
    )


def reception(
    settings: Settings,
    keys: Keys,
    ledger: Ledger,
    spool: Spool,
    isolation: Isolation | None = None,
    caution: Caution | None = None,
) -> Reception:
    """Return the way of an instance from a sender to its durable acknowledgement.

    Parameters
    ----------
    isolation
        Keeps what is refused; None for instances that are kept already.
    caution
        Knows over which inputs processes died; None where they are not counted.
    """
    pseudonym = {name: PseudonymKey(secret) for name, secret in keys.pseudonym.items()}
    sealer = Sealer(key_id_of(keys.sealing), keys.sealing)
    linkers = {name: Linker(sealer, key.subkey(_BLIND_INDEX)) for name, key in pseudonym.items()}
    cores = deidentifiers(settings, pseudonym)
    for core in cores.values():
        core.prepare()
    return Reception(
        cores,
        spool,
        {name: ProjectLinker(linker) for name, linker in linkers.items()},
        LinkingLedger(ledger, linkers),
        _reader(settings),
        {name: key.subkey(_INPUT_DIGEST) for name, key in pseudonym.items()},
        settings.storage.max_instance_mib * _MIB,
        {name: Recorder(core, version_of(core.profile)) for name, core in cores.items()},
        isolation,
        caution,
    )


def _limits(settings: Settings) -> Limits:
    server = settings.server
    return Limits(
        # The supervisor keeps the cap. A place is free for it when the connection is closed, here
        # only when the threads have ended: a new association must not be rejected in between.
        associations=2 * server.max_associations,
        association_timeout=server.association_timeout_s,
        idle_timeout=server.idle_timeout_s,
        pdu_timeout=server.pdu_timeout_s,
        pdu_bytes=server.max_pdu_kib * _KIB,
        instance_bytes=settings.storage.max_instance_mib * _MIB,
    )


def _timeouts(settings: Settings) -> Timeouts:
    return Timeouts(
        connect=settings.forward.connect_timeout_s,
        response=settings.forward.response_timeout_s,
        security=security(settings),
    )


def _ledger(settings: Settings) -> LedgerClient:
    return LedgerClient(RunDirectory.ledger_socket(settings.storage.directory))


def _reader(settings: Settings) -> LedgerReader:
    return LedgerReader(settings.storage.directory / "ledger.sqlite")


def _search(settings: Settings) -> Search:
    return Search(settings.storage.directory / "ledger.sqlite")


def spool_of(settings: Settings) -> Spool:
    """Return where de-identified instances are."""
    storage = settings.storage
    return Spool(storage.directory, min_free_bytes=int(storage.min_free_gib * _GIB))
