"""The same core on files: options and wiring shared by ``gateway deidentify`` and ``explain``."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Final, Literal, cast

import click

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.pixel.message import Examination
from gateway.deidentify.pseudonym import KEY_BYTES, PseudonymKey
from gateway.errors import SettingsError
from gateway.linkage.key import load_key
from gateway.operate.offline.pixel_examination import PixelExamination
from gateway.operate.wiring.named_entity import finders_of
from gateway.operate.wiring.profile_file import load_profile

_PROFILES: Final = (
    Path("config/profiles"),
    Path(__file__).parents[3] / "config/profiles",
    Path(sys.prefix) / "share/deidentification-gateway/profiles",
)
"""Where a profile is looked for by name: here, beside the source, where the wheel puts it."""

_OPTIONS: Final = (
    click.option(
        "--profile",
        default="research",
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
        help="Images that often carry burned-in text, where the profile does not clean pixel data.",
    ),
    click.option(
        "--without-engine",
        type=click.Choice(["refuse", "mask"]),
        default="refuse",
        show_default=True,
        help="Pictures, where the profile cleans pixel data and no engine can read them: mask blacks the "
        "usual areas of text and claims nothing.",
    ),
    click.option(
        "--named-entity-model",
        type=click.Path(path_type=Path, exists=True),
        help="Local model for the plug-in that the profile names under named_entities.",
    ),
)


@dataclass(frozen=True, slots=True)
class CoreOptions:
    """The options of a command that ask for a core.

    Parameters
    ----------
    profile
        Name of a shipped profile, or a path that ends in ``.toml``.
    key
        File of the pseudonym key; None for a new key that is forgotten.
    prefix
        Of replacement Patient IDs.
    unexamined_pixels
        What becomes of images that often carry burned-in text.
    without_engine
        What becomes of pictures that no engine can read.
    named_entity_model
        Local path for the plug-in that the profile names.
    """

    profile: str
    key: Path | None
    prefix: str
    unexamined_pixels: Literal["refuse", "pass"]
    without_engine: Literal["refuse", "mask"]
    named_entity_model: Path | None

    def examination(self) -> PixelExamination:
        """Return what looks at pixels, for the block of a ``with`` statement."""
        return PixelExamination(self.without_engine)

    def deidentifiers(self, pixels: Examination, *others: str) -> tuple[Deidentifier, ...]:
        """Return the core for the profile, and one for each of `others`, all under one key.

        Parameters
        ----------
        pixels
            Looks at pixels, for profiles that clean them.
        others
            Names of further profiles.

        Raises
        ------
        SettingsError
            A profile or its plug-in is not there or not valid, or none takes the model.
        KeyGuardError
            The key file is readable by others or no key.
        """
        secret = secrets.token_bytes(KEY_BYTES) if self.key is None else load_key(self.key, may_create=False)
        names = (self.profile, *others)
        cores = tuple(_deidentifier(self, name, PseudonymKey(secret), pixels) for name in names)
        if self.named_entity_model is not None and not any(core.profile.named_entities for core in cores):
            raise SettingsError(self.profile, "named_entities", "a plug-in: there is a model for one")
        return cores

    def deidentifier(self, pixels: Examination) -> Deidentifier:
        """Return the core for the profile; parameter and errors as of `deidentifiers`."""
        return self.deidentifiers(pixels)[0]


def deidentifier_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of `CoreOptions`, as its parameter ``core``."""

    @wraps(function)
    def command(**values: object) -> Any:
        taken = {name: values.pop(name) for name in CoreOptions.__slots__}
        return function(core=CoreOptions(**cast("dict[str, Any]", taken)), **values)

    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _deidentifier(options: CoreOptions, name: str, key: PseudonymKey, pixels: Examination) -> Deidentifier:
    file = _profile_file(name)
    profile = load_profile(file)
    return Deidentifier(
        profile,
        key,
        prefix=options.prefix,
        unexamined_pixels=options.unexamined_pixels,
        finders=finders_of(profile, options.named_entity_model, str(file)),
        pixels=pixels,
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
