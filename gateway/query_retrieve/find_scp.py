"""C-FIND SCP (PS3.4 C.4.1.3)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import islice
from typing import Final

import structlog

from gateway.index.key import supported_keys, vr_of_key
from gateway.index.query import Match, Query
from gateway.index.search import Search
from gateway.query_retrieve.access import visible_projects
from gateway.query_retrieve.audit import Audit, Record, recorded
from gateway.query_retrieve.hierarchy import level_of
from gateway.query_retrieve.identifier import (
    QUERY_RETRIEVE_LEVEL,
    SPECIFIC_CHARACTER_SET,
    Key,
    decode,
    encode,
)
from gateway.query_retrieve.information_model import Root
from gateway.query_retrieve.response import Response
from gateway.query_retrieve.service import Exchange
from gateway.standard.dictionary import tag_of
from gateway.standard.query_retrieve import UNIQUE_KEY, Level
from gateway.standard.status import Status

RETRIEVE_AE_TITLE: Final = tag_of("RetrieveAETitle")
INSTANCE_AVAILABILITY: Final = tag_of("InstanceAvailability")

_NOT_MATCHED: Final = frozenset(
    {
        *(SPECIFIC_CHARACTER_SET, QUERY_RETRIEVE_LEVEL, RETRIEVE_AE_TITLE, INSTANCE_AVAILABILITY),
        *(tag_of("QueryRetrieveView"), tag_of("TimezoneOffsetFromUTC")),
    }
)
"""Attributes of a request that describe it, or that every response has anyway."""

_NAMES_RECORDED: Final = 100
"""A request may hold thousands of keys; the audit entry names the first."""

_log = structlog.get_logger(__name__)


class FindProvider:
    """Answers C-FIND requests from the index.

    Parameters
    ----------
    search
        The index.
    audit
        Writes the audit entries.
    """

    def __init__(self, search: Search, audit: Audit) -> None:
        self._search, self._audit = search, audit

    def serve(self, exchange: Exchange) -> None:
        """Serve a request to its final response.

        Raises
        ------
        Declined, LedgerUnavailable, PeerUnreachable
            As `gateway.query_retrieve.service.Provider`.
        """
        started = time.monotonic()
        with recorded(self._audit, "query", exchange) as record:
            record.status = self._answer(exchange, record)
        exchange.respond(Response(record.status))
        _log.info(
            "query_answered",
            peer=exchange.peer.name,
            status=f"{record.status:04X}",
            count=record.counts.total(),
            seconds=round(time.monotonic() - started, 3),
        )

    def _answer(self, exchange: Exchange, record: Record) -> Status:
        """Send the matches; return the status of the final response."""
        projects = visible_projects(exchange.peer)
        keys = decode(exchange.identifier, exchange.encoding)
        record.detail["keys"] = " ".join(key.name for key in islice(keys.values(), _NAMES_RECORDED))
        level = level_of(keys, exchange.root)
        record.detail["level"] = level.value
        answer = _Answer(exchange, level, keys)
        for page in self._search.pages(Query(level, projects, answer.wanted)):
            for match in page:
                if exchange.cancelled:
                    return Status.CANCEL
                exchange.respond(Response(answer.status), encode(answer.attributes(match), exchange.encoding))
                record.counts[match.project] += 1
            if exchange.cancelled:
                return Status.CANCEL
        return Status.SUCCESS


class _Answer:
    """What each response to one request contains (PS3.4 C.4.1.1.3.2)."""

    def __init__(self, exchange: Exchange, level: Level, keys: Mapping[int, Key]) -> None:
        supported = supported_keys(level)
        asked = {tag: key for tag, key in keys.items() if tag not in _NOT_MATCHED}
        unsupported = {tag: key for tag, key in asked.items() if key.keyword not in supported}
        self.status = Status.PENDING_WARNING if unsupported else Status.PENDING
        self.wanted = dict.fromkeys(_unique_keys(exchange.root, level), ()) | {
            key.keyword: key.values for tag, key in asked.items() if tag not in unsupported
        }
        # A private element would need its creator's; nothing is said of it.
        self._fixed = {tag: (key.vr, "") for tag, key in unsupported.items() if key.keyword} | {
            QUERY_RETRIEVE_LEVEL: ("CS", level.value),
            RETRIEVE_AE_TITLE: ("AE", exchange.called),
        }
        self._places = [(keyword, tag_of(keyword), vr_of_key(keyword)) for keyword in self.wanted]

    def attributes(self, match: Match) -> dict[int, tuple[str, str]]:
        """Return VR and text of the response to `match` by tag."""
        found = {tag: (vr, match.attributes[keyword]) for keyword, tag, vr in self._places}
        availability = "ONLINE" if match.available else "UNAVAILABLE"
        return {**self._fixed, **found, INSTANCE_AVAILABILITY: ("CS", availability)}


def _unique_keys(root: Root, level: Level) -> tuple[str, ...]:
    return tuple(UNIQUE_KEY[at] for at in root.levels[: root.levels.index(level) + 1])
