"""The nodes this gateway knows, and what each may do."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What a peer may ask of the gateway."""

    MODALITY = "modality"
    """May store instances."""
    ARCHIVE = "archive"
    """Receives what is forwarded."""
    RESEARCHER = "researcher"
    """May query and retrieve the projects of its entry."""


class Peer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One ``[[peer]]`` of the settings.

    An empty ``addresses`` admits the AE title from anywhere: an AE title alone is no proof of
    identity.
    """

    name: str
    roles: tuple[Role, ...]
    ae_title: str = ""
    ae_titles: tuple[str, ...] = ()
    host: str = ""
    port: int = 0
    addresses: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    default_issuer: str = ""
    issuer_from_header: bool = False
    character_set: str = ""
    query_by_original: bool = False
    insecure_peer: bool = False

    @property
    def titles(self) -> tuple[str, ...]:
        """Every AE title under which the peer may call."""
        return (*((self.ae_title,) if self.ae_title else ()), *self.ae_titles)

    def has(self, role: Role) -> bool:
        """Tell whether the peer has `role`."""
        return role in self.roles
