"""Codes that say how an instance was de-identified (PS3.16 CID 7050 and CID 7005)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Option(StrEnum):
    """Options of the Basic Application Level Confidentiality Profile (PS3.15 E.3), as profiles name them."""

    CLEAN_PIXEL_DATA = "clean_pixel_data"
    """PS3.15 E.3.1."""
    CLEAN_RECOGNIZABLE_VISUAL_FEATURES = "clean_recognizable_visual_features"
    """PS3.15 E.3.2."""
    CLEAN_GRAPHICS = "clean_graphics"
    """PS3.15 E.3.3."""
    CLEAN_STRUCTURED_CONTENT = "clean_structured_content"
    """PS3.15 E.3.4."""
    CLEAN_DESCRIPTORS = "clean_descriptors"
    """PS3.15 E.3.5."""
    RETAIN_FULL_DATES = "retain_full_dates"
    """PS3.15 E.3.6, Retain Longitudinal Temporal Information Full Dates."""
    RETAIN_MODIFIED_DATES = "retain_modified_dates"
    """PS3.15 E.3.6, Retain Longitudinal Temporal Information Modified Dates."""
    RETAIN_PATIENT_CHARACTERISTICS = "retain_patient_characteristics"
    """PS3.15 E.3.7."""
    RETAIN_DEVICE_IDENTITY = "retain_device_identity"
    """PS3.15 E.3.8."""
    RETAIN_UIDS = "retain_uids"
    """PS3.15 E.3.9."""
    RETAIN_SAFE_PRIVATE = "retain_safe_private"
    """PS3.15 E.3.10."""
    RETAIN_INSTITUTION_IDENTITY = "retain_institution_identity"
    """PS3.15 E.3.11."""


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept (PS3.3 8.1).

    Parameters
    ----------
    value
        Code Value (0008,0100), at most 16 characters.
    scheme
        Coding Scheme Designator (0008,0102).
    meaning
        Code Meaning (0008,0104), at most 64 characters.
    """

    value: str
    scheme: str
    meaning: str


BASIC_PROFILE: Final = Code("113100", "DCM", "Basic Application Confidentiality Profile")
"""The profile itself; every instance that leaves the gateway claims it unless an override is weaker."""

OPTION_CODE: Final = MappingProxyType(
    {
        Option.CLEAN_PIXEL_DATA: Code("113101", "DCM", "Clean Pixel Data Option"),
        Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES: Code(
            "113102", "DCM", "Clean Recognizable Visual Features Option"
        ),
        Option.CLEAN_GRAPHICS: Code("113103", "DCM", "Clean Graphics Option"),
        Option.CLEAN_STRUCTURED_CONTENT: Code("113104", "DCM", "Clean Structured Content Option"),
        Option.CLEAN_DESCRIPTORS: Code("113105", "DCM", "Clean Descriptors Option"),
        Option.RETAIN_FULL_DATES: Code(
            "113106", "DCM", "Retain Longitudinal Temporal Information Full Dates Option"
        ),
        Option.RETAIN_MODIFIED_DATES: Code(
            "113107", "DCM", "Retain Longitudinal Temporal Information Modified Dates Option"
        ),
        Option.RETAIN_PATIENT_CHARACTERISTICS: Code("113108", "DCM", "Retain Patient Characteristics Option"),
        Option.RETAIN_DEVICE_IDENTITY: Code("113109", "DCM", "Retain Device Identity Option"),
        Option.RETAIN_UIDS: Code("113110", "DCM", "Retain UIDs Option"),
        Option.RETAIN_SAFE_PRIVATE: Code("113111", "DCM", "Retain Safe Private Option"),
        Option.RETAIN_INSTITUTION_IDENTITY: Code("113112", "DCM", "Retain Institution Identity Option"),
    }
)
"""Code of each option, PS3.16 CID 7050."""

DEIDENTIFYING_EQUIPMENT: Final = Code("109104", "DCM", "De-identifying Equipment")
"""Purpose of Reference of the gateway's own Contributing Equipment item, PS3.16 CID 7005."""
