"""The one place where settings become objects and objects meet."""

from __future__ import annotations

import mmap
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from gateway.association.application_entity import Limits
from gateway.association.byte_budget import ByteBudget
from gateway.association.directory import Directory
from gateway.association.presentation_context import Service
from gateway.association.requestor import Timeouts
from gateway.association.transport_security import TransportSecurity
from gateway.deidentify.pixel.message import Examination
from gateway.deidentify.pseudonym import PseudonymKey
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
from gateway.linkage.store import LinkageStore
from gateway.operate.pixels.client import WorkerExamination
from gateway.operate.pixels.death import Deaths
from gateway.operate.storage.reconcile import Reconciliation, report_unlinked
from gateway.operate.storage.retention_duty import storage_duties
from gateway.operate.supervision.descriptor import Descriptor
from gateway.operate.supervision.duty import Duty
from gateway.operate.supervision.run_directory import RunDirectory
from gateway.operate.wiring import commitment, quarantine
from gateway.operate.wiring.intake import cleans_pixels, deidentifiers, reception
from gateway.query_retrieve.services import service_classes
from gateway.receive.collaborator import Caution
from gateway.receive.server import ReceiverServer
from gateway.settings import Settings
from gateway.spool.spool import Spool

_KIB: Final = 1 << 10
_MIB: Final = 1 << 20
_GIB: Final = 1 << 30

_EXAMINATION_S: Final = 10.0
"""Seconds that the start spends on each database to see whether it is whole."""


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
    settings: Settings, keys: Keys, counters: Descriptor, number: int, caution: Caution, deaths: Deaths
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
    deaths
        How pixel workers died.
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
        reception(
            settings,
            keys,
            ledger,
            spool,
            quarantine.isolation(settings, keys, ledger),
            caution,
            pixel_examination(settings, deaths, budget),
        ),
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


def pixel_examination(settings: Settings, deaths: Deaths, budget: ByteBudget) -> Examination | None:
    """Return what has pixels examined by the gateway's workers; None if no project has them cleaned."""
    if not cleans_pixels(settings):
        return None
    path = RunDirectory.pixels_socket(settings.storage.directory)
    return WorkerExamination(path, settings.pixels.timeout_s, deaths, budget)


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
