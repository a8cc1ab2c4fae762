"""The same core on files: options and wiring shared by ``gateway deidentify`` and ``explain``."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal, cast

import click

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import KEY_BYTES, PseudonymKey
from gateway.errors import SettingsError
from gateway.linkage.key import load_key

_PROFILES: Final = (
    Path("config/profiles"),
    Path(__file__).parents[2] / "config/profiles",
    Path(sys.prefix) / "share/deidentification-gateway/profiles",
)
"""Where a profile is looked for by name: here, beside the source, where the wheel puts it."""

_OPTIONS: Final = (
    click.option(
        "--profile",
        default="basic_dates",
        show_default=True,
        help="Name of a shipped profile, or a profile file ending in .toml.",
    ),
    click.option(
        "--key",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Pseudonym key file of a project. Without it a new key is made and forgotten: "
        "pseudonyms agree within this run and with no other.",
    ),
    click.option("--prefix", default="", help="Put before every replacement Patient ID."),
    click.option(
        "--unexamined-pixels",
        type=click.Choice(["refuse", "pass"]),
        default="refuse",
        show_default=True,
        help="Images that often carry burned-in text, which this profile does not clean.",
    ),
)


def deidentifier_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``profile``, ``key``, ``prefix`` and ``unexamined_pixels`` to a command."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def offline_deidentifier(profile: str, key: Path | None, prefix: str, unexamined_pixels: str) -> Deidentifier:
    """Return the core that the options ask for.

    Raises
    ------
    SettingsError
        The profile is not there or not valid.
    KeyGuardError
        The key file is readable by others or no key.
    """
    file = _profile_file(profile)
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(str(file), "", "a readable profile file") from error
    secret = secrets.token_bytes(KEY_BYTES) if key is None else load_key(key, may_create=False)
    policy = cast("Literal['refuse', 'pass']", unexamined_pixels)
    return Deidentifier(
        Profile.load(text, str(file)), PseudonymKey(secret), prefix=prefix, unexamined_pixels=policy
    )


def _profile_file(name: str) -> Path:
    if name.endswith(".toml"):
        return Path(name)
    candidates = [folder / f"{name}.toml" for folder in _PROFILES]
    found = next((file for file in candidates if file.is_file()), None)
    if found is None:
        known = sorted({file.stem for folder in _PROFILES for file in folder.glob("*.toml")})
        raise SettingsError(name, "", f"a file ending in .toml, or one of {', '.join(known)}")
    return found
