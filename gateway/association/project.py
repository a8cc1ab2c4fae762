"""A project: the AE title that scanners call, and what happens to what they send."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from gateway.standard.sop_class import is_storage

KEEP_DAYS: Final = 30.0
"""Days that the files of a project with destinations are kept unless it says otherwise."""


class Project(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One ``[[project]]`` of the settings, chosen by the called AE title."""

    name: str
    ae_title: str
    profile: str = "research"
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
    quarantine: bool = False
    """Whether what is refused is kept sealed, for a person."""
    keep_days: Annotated[float, msgspec.Meta(ge=0, le=36_500)] | None = None
    """None is `KEEP_DAYS` for a project with destinations, and for ever for one without."""

    def may_be_stored(self, sop_class_uid: str) -> bool:
        """Tell whether a SOP Class is one of storage here: of PS3.4, or private and set."""
        return is_storage(sop_class_uid) or sop_class_uid in self.private_sop_classes

    @property
    def keep_seconds(self) -> float | None:
        """How long files are kept at least after their reception; None for ever."""
        days = self.keep_days
        if days is None and self.destinations:
            days = KEEP_DAYS
        return None if days is None else days * 86_400.0
