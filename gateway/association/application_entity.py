"""The gateway's own application entity: how it names itself and what it puts up with."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

import pydicom.config
from pynetdicom import AE, _config

from gateway import __version__

IMPLEMENTATION_CLASS_UID: Final = "2.25.84212954009518288235744281910797718005"
"""Names the implementation to peers (PS3.7 D.3.3.2.1); made once from a random UUID (PS3.5 B.2)."""

IMPLEMENTATION_VERSION_NAME: Final = f"GATEWAY_{__version__}"[:16]
"""At most 16 characters (PS3.7 D.3.3.2.3)."""

_UNLIMITED: Final = 1 << 20
"""pynetdicom's own cap counts dead threads too; `Acceptor` keeps the real one."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one receiver process puts up with from its peers.

    Parameters
    ----------
    associations
        At most so many at a time; one more is rejected as transient.
    association_timeout
        Seconds for the A-ASSOCIATE-RQ to arrive and for an abort or release to finish (ARTIM).
    idle_timeout
        Seconds an association may be silent.
    pdu_timeout
        Seconds for the whole of one PDU, in either direction.
    pdu_bytes
        Maximum length of a P-DATA-TF PDU that peers are told (PS3.8 D.1).
    association_pdu_bytes
        Longest PDU that is read before an association exists.
    instance_bytes
        Longest data set of a C-STORE request that is kept.
    command_bytes, identifier_bytes
        Longest command set, and longest data set of any other message.
    waiting_messages
        Requests a peer may send ahead of their responses; the window granted is one (PS3.7 D.3.3.3).
    message_rate
        Bytes per second that the data set of a message must keep up on average, after the
        first `pdu_timeout` seconds.
    """

    associations: int = 100
    association_timeout: float = 30.0
    idle_timeout: float = 300.0
    pdu_timeout: float = 60.0
    pdu_bytes: int = 256 * 1024
    association_pdu_bytes: int = 1024 * 1024
    instance_bytes: int = 1024 * 1024 * 1024
    command_bytes: int = 64 * 1024
    identifier_bytes: int = 1024 * 1024
    waiting_messages: int = 4
    message_rate: int = 1024


def application_entity(title: str, limits: Limits) -> AE:
    """Make the pynetdicom AE that associations belong to.

    Parameters
    ----------
    title
        Its own AE title; as an acceptor it is replaced by the called one.
    limits
        Timeouts and the PDU length to announce.
    """
    entity = AE(ae_title=title)
    entity.implementation_class_uid = IMPLEMENTATION_CLASS_UID
    entity.implementation_version_name = IMPLEMENTATION_VERSION_NAME
    entity.maximum_pdu_size = limits.pdu_bytes
    entity.maximum_associations = _UNLIMITED
    entity.acse_timeout = limits.association_timeout
    entity.dimse_timeout = limits.idle_timeout
    entity.network_timeout = limits.idle_timeout
    entity.connection_timeout = limits.association_timeout
    return entity


def configure() -> None:
    """Make pynetdicom take what modalities send, and keep quiet about it.

    Whether a UID or an AE title conforms is not for it to decide: it aborts over a space.
    """
    silence()
    _config.LOG_HANDLER_LEVEL = "none"
    _config.LOG_REQUEST_IDENTIFIERS = _config.LOG_RESPONSE_IDENTIFIERS = False
    _config.STORE_RECV_CHUNKED_DATASET = _config.UNRESTRICTED_STORAGE_SERVICE = False
    _config.CODECS = ("ascii", "latin-1")
    _config.VALIDATORS["AE"] = _config.VALIDATORS["UI"] = lambda _: (True, "")


def silence() -> None:
    """Keep pydicom and pynetdicom from quoting values of data sets in log records and warnings."""
    for name in ("pynetdicom", "pydicom"):
        library = logging.getLogger(name)
        library.setLevel(logging.CRITICAL + 1)
        library.propagate = False
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
