"""What the table and the options of a profile do to one attribute (PS3.15 E.1 and E.3).

PS3.15 says that an option overrides the profile, and gives no order among options. Where two of
them disagree, this module decides.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.deidentify.action import Action
from gateway.standard.confidentiality_profile import ROWS, Row
from gateway.standard.dictionary import tag_of
from gateway.standard.method import Option


class Ground(StrEnum):
    """Why an attribute is treated as it is, where that is no option of the profile."""

    BASIC_PROFILE = "basic_profile"
    """Its row of Table E.1-1."""
    OVERRIDE = "override"
    """The profile file says so."""
    BEYOND_TABLE = "beyond_table"
    """It identifies as attributes of the table do (`gateway.standard.beyond_table`)."""
    PRIVATE = "private"
    """Private, and on no list."""
    UNKNOWN = "unknown"
    """PS3.6 does not have it, or it does not belong into a data set."""
    GRAPHICS = "graphics"
    """Of a curve or an overlay, which nothing cleans."""
    VR = "vr"
    """A name, date or UID outside of the table (PS3.15 E.1.1 note 5)."""
    FOREIGN = "foreign"
    """Text that the IOD does not define there (PS3.15 E.1.1 note 13)."""
    DEFAULT = "default"
    """Nothing identifies in it."""
    VALUE = "value"
    """Its value is none of its VR, cannot be decoded, or cannot be cleaned."""
    CONTENT = "content"
    """Its content item is to be removed or replaced (PS3.15 Table E.3.4-1)."""
    DOCUMENT = "document"
    """Of an encapsulated document that was replaced."""
    INSERTED = "inserted"
    """Written anew in every output (PS3.15 E.1.1)."""
    RESIDUAL = "residual"
    """It still held a value of the patient."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a profile does to one attribute.

    Parameters
    ----------
    action
        Action code, compound where the Type of the attribute decides.
    base
        Action code that is taken where `action` cannot be applied to a value.
    why
        A `Ground`, or the option that `action` comes from.
    """

    action: str
    base: str
    why: str


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

_EVENT: Final = tag_of("BeamHoldTransitionDateTime")
"""Listed with the device, but a moment of the patient's treatment."""
_IDENTITY_DATES: Final = frozenset(tag_of(keyword) for keyword in ("DateOfManufacture", "DateOfInstallation"))
"""Dates that belong to what a device is, and say nothing about the day of a study."""
DEVICE_DATES: Final = frozenset(
    int(row.tag, 16)
    for row in ROWS
    if Option.RETAIN_MODIFIED_DATES in row.options
    and (
        row.options.get(Option.RETAIN_DEVICE_IDENTITY) == Action.KEEP
        or row.keyword
        in (
            "CalibrationDateTime",
            "ProductExpirationDateTime",
            "EffectiveDateTime",
            "InformationIssueDateTime",
        )
    )
) - {_EVENT}
"""Dates of a device or product. Shifted, they would disclose the patient's shift to whoever knows them."""


def rule_of(row: Row, options: Collection[Option], *, cap_ages: bool) -> Rule:
    """Return the rule of a row of Table E.1-1 under the options of a profile.

    Parameters
    ----------
    row
        Of a single attribute.
    options
        All options of the profile.
    cap_ages
        Whether ages that are kept are capped at 89 years.
    """
    codes = {option: row.options[option] for option in options if option in row.options}
    if Option.RETAIN_MODIFIED_DATES in codes:
        _settle_dates(int(row.tag, 16), codes)
    if not codes:
        return Rule(row.basic, row.basic, Ground.BASIC_PROFILE)
    # The order of CID 7050: no two options that are left disagree.
    option = next(option for option in Option if option in codes)
    # An age that is kept is still capped, which is what C means for it.
    is_capped = cap_ages and row.vr == "AS" and codes[option] == Action.KEEP
    return Rule(Action.CLEAN if is_capped else codes[option], row.basic, option.value)


def _settle_dates(tag: int, codes: dict[Option, str]) -> None:
    """Drop the option that gives way, where dates are shifted and the device's identity is kept.

    A device's date is never shifted. Those of its making and installation stay with its identity.
    Those of its last calibration follow the days of the studies, often on the very day: beside
    shifted dates they would say what the shift is, so they stay no more than by the Basic Profile.
    """
    if tag in DEVICE_DATES:
        del codes[Option.RETAIN_MODIFIED_DATES]
        if tag not in _IDENTITY_DATES:
            codes.pop(Option.RETAIN_DEVICE_IDENTITY, None)
    else:
        codes.pop(Option.RETAIN_DEVICE_IDENTITY, None)
