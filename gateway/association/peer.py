"""The nodes this gateway knows, and what each may do."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta


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
    idle_timeout_s: Annotated[float, Meta(ge=0, le=86_400)] = 0.0
    """Seconds that its associations may be silent; 0 for what holds for every peer."""
    storage_commitment: bool = False
    """Of an archive: its report is the proof of delivery. Of a modality: it may ask for commitment."""
    tls: bool = False
    """Calls and is called by TLS only."""
    certificates: tuple[str, ...] = ()
    """Names of the certificates that prove who it is: ``sha256:`` and a fingerprint, or a DNS name."""

    @property
    def titles(self) -> tuple[str, ...]:
        """Every AE title under which the peer may call."""
        return (*((self.ae_title,) if self.ae_title else ()), *self.ae_titles)

    @property
    def requests_commitment(self) -> bool:
        """Whether it may ask us to commit to keep what it stored."""
        return self.storage_commitment and self.has(Role.MODALITY)

    @property
    def reports_commitment(self) -> bool:
        """Whether it is asked to commit to keep what it was forwarded."""
        return self.storage_commitment and self.has(Role.ARCHIVE)

    def has(self, role: Role) -> bool:
        """Tell whether the peer has `role`."""
        return role in self.roles
