"""The shape of a profile file: which keys there are, and which of them go together."""

from __future__ import annotations

import tomllib
from types import MappingProxyType
from typing import Annotated, Final, Literal

import msgspec

from gateway.errors import SettingsError
from gateway.standard.method import Option

UNAVAILABLE: Final = frozenset({Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES})
"""Options that this version does not apply. A profile that names one does not start."""


class PixelContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a profile says of the text in pictures."""

    mode: Literal["safe", "all"] = "safe"
    device_rules: tuple[str, ...] = ()


class ProfileContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of a profile file."""

    base: Literal["basic"]
    options: tuple[Option, ...] = ()
    override: dict[str, str] = {}
    description: Annotated[str, msgspec.Meta(max_length=64)] = ""
    max_shift_days: Annotated[int, msgspec.Meta(ge=1, le=36500)] = 365
    cap_ages: bool = True
    dates_in_text: Literal["remove", "shift"] = "remove"
    vocabulary: tuple[str, ...] = ()
    named_entities: str = ""
    private_attributes: tuple[str, ...] = ()
    trust_private_declarations: bool = False
    pixels: PixelContent = PixelContent()

    @property
    def lists(self) -> tuple[str, ...]:
        """Files beside it that it names."""
        return (*self.vocabulary, *self.private_attributes, *self.pixels.device_rules)


_NEEDED: Final = MappingProxyType(
    {
        "vocabulary": (Option.CLEAN_DESCRIPTORS, Option.CLEAN_PIXEL_DATA),
        "named_entities": (Option.CLEAN_DESCRIPTORS,),
        "private_attributes": (Option.RETAIN_SAFE_PRIVATE,),
        "trust_private_declarations": (Option.RETAIN_SAFE_PRIVATE,),
        "pixels": (Option.CLEAN_PIXEL_DATA,),
    }
)
"""Options one of which a key is for."""
_NO_VALUES: Final = ((), "", False, PixelContent())


def content_of(text: str, file_name: str) -> ProfileContent:
    """Read a profile file.

    Raises
    ------
    SettingsError
        On anything that is not exactly a profile, options that exclude each other or do not exist,
        and keys whose option is missing.
    """
    try:
        content = msgspec.convert(tomllib.loads(text), ProfileContent)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(file_name, "", f"not valid TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise SettingsError(file_name, "", f"{error}; options are {', '.join(Option)}") from error
    _check(content, file_name)
    return content


def _check(content: ProfileContent, file_name: str) -> None:
    """Refuse options that exclude each other or do not exist, and keys whose option is missing."""
    options = set(content.options)
    if {Option.RETAIN_FULL_DATES, Option.RETAIN_MODIFIED_DATES} <= options:
        raise SettingsError(
            file_name, "options", "retain_full_dates and retain_modified_dates exclude each other"
        )
    for option in content.options:
        if option in UNAVAILABLE:
            known = ", ".join(sorted(set(Option) - UNAVAILABLE))
            raise SettingsError(
                file_name, "options", f"{option} is not available in this version; available: {known}"
            )
    if content.dates_in_text == "shift" and Option.RETAIN_MODIFIED_DATES not in options:
        raise SettingsError(file_name, "dates_in_text", '"remove", unless retain_modified_dates is an option')
    for key, needed in _NEEDED.items():
        if getattr(content, key) not in _NO_VALUES and options.isdisjoint(needed):
            raise SettingsError(file_name, key, f"no value, unless {' or '.join(needed)} is an option")
