"""The way in: each project's de-identifier, and the reception around it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.association.project import Project
from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.pixel.message import Examination
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.errors import SettingsError
from gateway.ledger.message import Ledger
from gateway.ledger.reader import LedgerReader
from gateway.linkage.key import Keys
from gateway.linkage.linker import Linker
from gateway.linkage.seal import Sealer, key_id_of
from gateway.operate.wiring.linking import LinkingLedger, ProjectLinker
from gateway.operate.wiring.named_entity import finders_of, version_of
from gateway.operate.wiring.profile_file import load_profile
from gateway.operate.wiring.record import Recorder
from gateway.receive.collaborator import Caution
from gateway.receive.quarantine import Isolation
from gateway.receive.reception import Reception
from gateway.settings import Settings
from gateway.spool.spool import Spool
from gateway.standard.method import Option

_MIB: Final = 1 << 20
_BLIND_INDEX: Final = "linkage blind index"
_INPUT_DIGEST: Final = "input digest"
"""Purposes of sub-keys of a project's pseudonym key; never to be changed."""


def cleans_pixels(settings: Settings) -> bool:
    """Tell whether a project's profile has pixels cleaned; errors as of `deidentifiers`."""
    profiles = (load_profile(Path(project.profile)) for project in settings.project)
    return any(Option.CLEAN_PIXEL_DATA in profile.options for profile in profiles)


def deidentifiers(
    settings: Settings, keys: Mapping[str, PseudonymKey], pixels: Examination | None = None
) -> dict[str, Deidentifier]:
    """Return the de-identifier of each project.

    Parameters
    ----------
    pixels
        Examines pixels, for profiles that have them cleaned.

    Raises
    ------
    SettingsError
        A profile, or a list or plug-in that it names, cannot be read or is wrong.
    """
    return {project.name: deidentifier(project, keys[project.name], pixels) for project in settings.project}


def deidentifier(project: Project, key: PseudonymKey, pixels: Examination | None = None) -> Deidentifier:
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
        pixels=pixels,
    )


def reception(
    settings: Settings,
    keys: Keys,
    ledger: Ledger,
    spool: Spool,
    isolation: Isolation | None = None,
    caution: Caution | None = None,
    pixels: Examination | None = None,
) -> Reception:
    """Return the way of an instance from a sender to its durable acknowledgement.

    Parameters
    ----------
    isolation
        Keeps what is refused; None for instances that are kept already.
    caution
        Knows over which inputs processes died; None where they are not counted.
    pixels
        Examines pixels, for profiles that have them cleaned.
    """
    pseudonym = {name: PseudonymKey(secret) for name, secret in keys.pseudonym.items()}
    sealer = Sealer(key_id_of(keys.sealing), keys.sealing)
    linkers = {name: Linker(sealer, key.subkey(_BLIND_INDEX)) for name, key in pseudonym.items()}
    cores = deidentifiers(settings, pseudonym, pixels)
    for core in cores.values():
        core.prepare()
    return Reception(
        cores,
        spool,
        {name: ProjectLinker(linker) for name, linker in linkers.items()},
        LinkingLedger(ledger, linkers),
        LedgerReader(settings.storage.directory / "ledger.sqlite"),
        {name: key.subkey(_INPUT_DIGEST) for name, key in pseudonym.items()},
        settings.storage.max_instance_mib * _MIB,
        {name: Recorder(core, version_of(core.profile)) for name, core in cores.items()},
        isolation,
        caution,
    )
