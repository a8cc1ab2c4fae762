"""The key that seals maps of identifiers, and where it must not lie."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.errors import KeyGuardError
from gateway.linkage.key import load_key
from gateway.linkage.seal import Sealer, key_id_of


def maps_sealer(
    folder: Path | None, key_file: Path | None, target: Path, project_key: Path | None, *, is_clear: bool
) -> Sealer | None:
    """Return what seals the maps that a command line asks for; None for maps in clear, or none at all.

    Parameters
    ----------
    folder
        Of the maps; None for no maps.
    key_file
        Made when it is not there: a run never overwrites a map, so no map loses its key.
    target
        Folder of the outputs, which will be passed on: neither maps nor key may be in it.
    project_key
        File of the pseudonym key of the run.

    Raises
    ------
    click.UsageError
        Options that do not fit together, or a place that gives the identifiers away.
    KeyGuardError
        The key file is readable by others, no key, or the pseudonym key.
    """
    if folder is None:
        if key_file is not None or is_clear:
            raise click.UsageError("--maps-key and --clear-maps need --maps DIRECTORY")
        return None
    if (key_file is None) != is_clear:
        raise click.UsageError("--maps needs either --maps-key FILE, or --clear-maps")
    if _is_inside(folder, target):
        raise click.UsageError("--maps must not be inside of TARGET, which is passed on")
    if key_file is None:
        click.echo(f"gateway: the maps in {folder} are in clear: whoever reads them re-identifies", err=True)
        return None
    if _is_inside(key_file, target) or _is_inside(key_file, folder):
        raise click.UsageError("--maps-key must be neither inside of TARGET nor beside the maps it seals")
    return _sealer(key_file, project_key)


def _sealer(key_file: Path, project_key: Path | None) -> Sealer:
    is_new = not key_file.exists()
    key = load_key(key_file, may_create=True)
    if project_key is not None and key == load_key(project_key, may_create=False):
        raise KeyGuardError(f"{key_file} is also the pseudonym key: maps need a key of their own")
    if is_new:
        click.echo(f"gateway: made the key {key_file}; without it nobody can open the maps", err=True)
    return Sealer(key_id_of(key), key)


def _is_inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
