"""The tables of a settings file, with their defaults and limits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.association.peer import Peer
from gateway.association.project import Project
from gateway.association.transport_security import Profile

Port = Annotated[int, Meta(ge=0, le=65535)]
Count = Annotated[int, Meta(ge=1, le=10_000)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A TOML table with a closed set of keys."""


class Server(_Table, frozen=True):
    """``[server]``: the listening application entity."""

    ae_title: str = "GATEWAY"
    host: str = "127.0.0.1"
    port: Port = 11112
    processes: Annotated[int, Meta(ge=0, le=64)] = 0
    max_associations: Count = 100
    max_associations_per_address: Count = 50
    association_timeout_s: Seconds = 30.0
    idle_timeout_s: Seconds = 300.0
    pdu_timeout_s: Seconds = 60.0
    max_pdu_kib: Annotated[int, Meta(ge=4, le=4096)] = 256
    shutdown_grace_s: Seconds = 30.0
    answer_timeout_s: Seconds = 20.0
    heartbeat_timeout_s: Seconds = 60.0
    commitment_wait_s: Seconds = 3600.0


class Tls(_Table, frozen=True):
    """``[tls]``: the gateway's own certificate, and a port on which every peer has to show one."""

    port: Port = 0
    certificate_file: str = ""
    key_file: str = ""
    ca_file: str = ""
    profile: Profile = Profile.BCP195
    only: bool = False

    @property
    def is_set(self) -> bool:
        """Whether there is a certificate."""
        return bool(self.certificate_file)


class Storage(_Table, frozen=True):
    """``[storage]``: where de-identified instances, ledger, linkage store and keys are."""

    directory: Path = Path("var")
    database: Literal["sqlite"] = "sqlite"
    sealing_key_file: str = ""
    min_free_gib: Annotated[float, Meta(ge=0, le=1 << 20)] = 5.0
    prune_when_full: bool = False
    max_instance_mib: Annotated[int, Meta(ge=1, le=4095)] = 1024
    memory_mib: Annotated[int, Meta(ge=1)] = 2048
    quarantine_days: Annotated[float, Meta(gt=0, le=3650)] = 30.0
    quarantine_gib: Annotated[float, Meta(gt=0, le=1 << 20)] = 10.0


class Log(_Table, frozen=True):
    """``[log]``: how much is logged, and where to."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    file: str = ""


class Forward(_Table, frozen=True):
    """``[forward]``: sending to the destinations."""

    associations: Annotated[int, Meta(ge=1, le=32)] = 2
    connect_timeout_s: Seconds = 10.0
    response_timeout_s: Seconds = 120.0
    commitment_timeout_s: Seconds = 600.0


class Pixels(_Table, frozen=True):
    """``[pixels]``: the processes that examine pixels, where a profile cleans them."""

    workers: Annotated[int, Meta(ge=0, le=64)] = 0
    memory_mib: Annotated[int, Meta(ge=256, le=1 << 20)] = 2048
    timeout_s: Annotated[float, Meta(ge=1, le=3600)] = 30.0
    second_engine: Literal["auto", "tesserocr", "pytesseract", "none"] = "auto"
    private_tmpfs: str = ""
    without_engine: Literal["refuse", "mask"] = "refuse"
    plug_ins: tuple[str, ...] = ()
    plug_in_model: str = ""


class Settings(_Table, frozen=True):
    """Everything an operator can set; complete and consistent once `load` has returned it.

    In the projects, ``key_file`` and ``profile`` are absolute paths; so are the storage
    directory, ``sealing_key_file``, a non-empty log file, the files of a certificate, the private tmpfs
    and the model of plug-ins.
    """

    server: Server = Server()
    tls: Tls = Tls()
    storage: Storage = Storage()
    log: Log = Log()
    forward: Forward = Forward()
    pixels: Pixels = Pixels()
    project: tuple[Project, ...] = ()
    peer: tuple[Peer, ...] = ()
