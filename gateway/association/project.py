"""A project: the AE title that scanners call, and what happens to what they send."""

from __future__ import annotations

from typing import Literal

import msgspec


class Project(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One ``[[project]]`` of the settings, chosen by the called AE title."""

    name: str
    ae_title: str
    profile: str = "basic_dates"
    named_entity_model: str = ""
    """Local file or folder for the plug-in that the profile names under ``named_entities``."""
    key_file: str = ""
    destinations: tuple[str, ...] = ()
    """Names of peers with the role archive; none makes the gateway its own archive."""
    pseudonym_prefix: str = ""
    private_sop_classes: tuple[str, ...] = ()
    refused_sop_classes: tuple[str, ...] | None = None
    """None stands for `gateway.standard.sop_class.REFUSED_BY_DEFAULT`."""
    unexamined_pixels: Literal["refuse", "pass"] = "refuse"
    changed_duplicate: Literal["hold", "forward"] = "hold"
