"""The audit entry of each query and retrieve: who, what kind, how much. No value of a key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from gateway.query_retrieve.declined import Declined
from gateway.query_retrieve.service import Exchange
from gateway.standard.status import Status

Audit = Callable[[str, str, str, dict[str, str]], None]
"""Writes an entry: kind, project, peer, detail. Raises LedgerUnavailable when it cannot."""


@dataclass(slots=True)
class Record:
    """What is known about an operation when it ends.

    Parameters
    ----------
    detail
        Texts for the entry.
    counts
        Entities found or sent, by project.
    status
        Of the final response; None when there is none.
    """

    detail: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    status: Status | None = None


@contextmanager
def recorded(audit: Audit, kind: str, exchange: Exchange) -> Iterator[Record]:
    """Write the audit entry of an operation, however it ends, before its final response.

    There is an entry for each project of which something was found, else one for the project
    that was called.

    Raises
    ------
    LedgerUnavailable
        An entry cannot be written; the requestor must not be told Success.
    """
    record = Record({"root": exchange.root.name, "message_id": str(exchange.message_id)})
    try:
        yield record
    except Declined as declined:
        record.status = declined.status
        raise
    finally:
        status = "none" if record.status is None else f"{record.status:04X}"
        found: Mapping[str, int] = record.counts or {exchange.project.name: 0}
        for project, count in sorted(found.items()):
            detail = {**record.detail, "status": status, "count": str(count)}
            audit(kind, project, exchange.peer.name, detail)
