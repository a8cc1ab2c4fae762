"""A confidentiality profile: base, options and overrides, resolved to one rule per attribute.

A profile is a TOML file::

    base = "basic"
    options = ["retain_modified_dates", "retain_patient_characteristics"]
    max_shift_days = 365       # dates of a patient move back by 1 to so many days
    cap_ages = true            # ages above 89 years become 090Y

    [override]
    "StationName" = "K"        # a keyword, or a tag as eight hexadecimal digits
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final, Literal

import msgspec

from gateway.deidentify.action import Action
from gateway.errors import SettingsError
from gateway.standard.confidentiality_profile import EDITION, ROWS, Row
from gateway.standard.dictionary import keyword_of, tag_of, vr_of
from gateway.standard.method import BASIC_PROFILE, OPTION_CODE, Code, Option

IMPLEMENTED: Final = frozenset({Option.RETAIN_MODIFIED_DATES, Option.RETAIN_PATIENT_CHARACTERISTICS})
"""Options whose every row this version applies. A profile that names another one does not start."""

DEVICE_DATES: Final = frozenset(
    int(row.tag, 16)
    for row in ROWS
    if Option.RETAIN_MODIFIED_DATES in row.options
    and (
        row.options.get(Option.RETAIN_DEVICE_IDENTITY) == "K"
        or row.keyword
        in (
            "CalibrationDateTime",
            "ProductExpirationDateTime",
            "EffectiveDateTime",
            "InformationIssueDateTime",
        )
    )
)
"""Dates of a device or product. Shifted, they would disclose the patient's shift to whoever knows them."""

VOCABULARY_DATES: Final = frozenset(
    tag_of(keyword)
    for keyword in (
        "ContextGroupVersion",
        "ContextGroupLocalVersion",
        "TemplateVersion",
        "TemplateLocalVersion",
    )
)
"""Versions of a vocabulary: public, the same for every patient, never shifted."""


OVERRIDES: Final = ("K", "X", "Z", "D", "U")
"""Actions that a profile may give an attribute; C is for options, which know how to clean."""
ALWAYS_REPLACED: Final = frozenset(tag_of(keyword) for keyword in ("PatientName", "PatientID"))
"""No profile may keep or drop them: they are what an output belongs to."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a profile does to one attribute.

    Parameters
    ----------
    action
        Action code, compound where the Type of the attribute decides.
    base
        Action of the Basic Profile, taken where `action` cannot be applied to a value.
    option
        The option that `action` comes from; None for the base or an override.
    """

    action: str
    base: str
    option: Option | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of a profile file."""

    base: Literal["basic"]
    options: tuple[Option, ...] = ()
    override: dict[str, str] = {}
    description: Annotated[str, msgspec.Meta(max_length=64)] = ""
    max_shift_days: Annotated[int, msgspec.Meta(ge=1, le=36500)] = 365
    cap_ages: bool = True


@dataclass(frozen=True, slots=True)
class Profile:
    """A resolved profile.

    Parameters
    ----------
    name
        Name of the file without its ending.
    options
        Options that are applied.
    rules
        Rule by tag. Attributes without one follow `gateway.deidentify.rewrite`.
    weakened
        Keywords of attributes that an override keeps although the profile would not.
    max_shift_days
        Most days by which the dates of a patient move, at least one.
    fingerprint
        Hex digest of the file's text and the table's edition; the same profile has the same.
    """

    name: str
    options: frozenset[Option]
    rules: Mapping[int, Rule]
    weakened: tuple[str, ...]
    max_shift_days: int
    fingerprint: str

    @classmethod
    def load(cls, text: str, file_name: str) -> Profile:
        """Read a profile.

        Raises
        ------
        SettingsError
            On anything that is not exactly a profile, and on an option that does not exist yet.
        """
        try:
            content = msgspec.convert(tomllib.loads(text), _File)
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(file_name, "", f"not valid TOML: {error}") from error
        except msgspec.ValidationError as error:
            raise SettingsError(file_name, "", f"{error}; options are {', '.join(Option)}") from error
        options = _checked(content.options, file_name)
        rules = {
            int(row.tag, 16): _rule(row, options, cap_ages=content.cap_ages)
            for row in ROWS
            if row.tag.isalnum() and "x" not in row.tag and row.tag != "private"
        }
        overrides = {_overridden(name, code, file_name): code for name, code in content.override.items()}
        weakened = tuple(
            sorted(
                keyword_of(tag) for tag, code in overrides.items() if _is_weaker(tag, code, rules.get(tag))
            )
        )
        for tag, code in overrides.items():
            rules[tag] = Rule(code, rules[tag].base if tag in rules else code)
        digest = hashlib.sha256(f"{EDITION}\n{text}".encode()).hexdigest()
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", file_name.rsplit("/", 1)[-1].removesuffix(".toml"))
        return cls(
            name, frozenset(options), MappingProxyType(rules), weakened, content.max_shift_days, digest
        )

    @property
    def claims(self) -> tuple[Code, ...]:
        """Codes for (0012,0064): what was applied in full, and nothing else."""
        base = () if self.weakened else (BASIC_PROFILE,)
        return (*base, *(OPTION_CODE[option] for option in Option if option in self.options))

    @property
    def method(self) -> tuple[str, ...]:
        """Values of De-identification Method (0012,0063), each at most 64 characters."""
        values = [f"PS3.15 {EDITION} Basic Profile, {self.name[:24]} {self.fingerprint[:8]}"]
        values += [f"weaker than the profile: {keyword}"[:64] for keyword in self.weakened]
        return tuple(values)


def _checked(options: tuple[Option, ...], file_name: str) -> tuple[Option, ...]:
    if {Option.RETAIN_FULL_DATES, Option.RETAIN_MODIFIED_DATES} <= set(options):
        raise SettingsError(
            file_name, "options", "retain_full_dates and retain_modified_dates exclude each other"
        )
    for option in options:
        if option not in IMPLEMENTED:
            known = ", ".join(sorted(IMPLEMENTED))
            raise SettingsError(
                file_name, "options", f"{option} is not available in this version; available: {known}"
            )
    return options


def _rule(row: Row, options: tuple[Option, ...], *, cap_ages: bool) -> Rule:
    """Return the rule of a row; an option overrides the profile (PS3.15 E.1.1)."""
    tag = int(row.tag, 16)
    for option in options:
        code = row.options.get(option)
        if code is None:
            continue
        if option is Option.RETAIN_MODIFIED_DATES and tag in DEVICE_DATES:
            continue
        if option is Option.RETAIN_PATIENT_CHARACTERISTICS and code == Action.CLEAN:
            # Free text, which only Clean Descriptors could clean: without it, none of it is safe.
            continue
        # An age that is kept is still capped, which is what C means for it.
        is_capped = cap_ages and row.vr == "AS" and code == Action.KEEP
        return Rule(Action.CLEAN if is_capped else code, row.basic, option)
    return Rule(row.basic, row.basic)


def _overridden(name: str, code: str, file_name: str) -> int:
    tag = _tag(name, file_name)
    if code not in OVERRIDES:
        raise SettingsError(file_name, f"override.{name}", f"one of {', '.join(OVERRIDES)}")
    if tag in ALWAYS_REPLACED:
        raise SettingsError(
            file_name, f"override.{name}", "an attribute other than the patient's name and ID"
        )
    return tag


def _tag(name: str, file_name: str) -> int:
    try:
        return tag_of(name)
    except KeyError:
        pass
    try:
        tag = int(name.strip("()").replace(",", ""), 16)
    except ValueError:
        tag = -1
    if tag < 0 or vr_of(tag) is None:
        raise SettingsError(file_name, f"override.{name}", "no attribute of PS3.6 has this keyword or tag")
    return tag


def _is_weaker(tag: int, code: str, rule: Rule | None) -> bool:
    """Tell whether an override leaves more than the profile would.

    D and U recurse into a sequence, so they leave its structure where the profile removes it.
    """
    if rule is None or rule.action == Action.KEEP:
        return False
    recurses = vr_of(tag) == "SQ" and code in (Action.DUMMY, Action.UID)
    return code == Action.KEEP or (recurses and rule.action[0] in (Action.REMOVE, Action.EMPTY))
