"""Applies the messages about refusals: each counts, but a flood of them is a few rows.

A peer can be refused hundreds of times a second for as long as it likes, also while nothing else
is accepted because the disk is nearly full: what it makes the audit trail grow by has an end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.errors import Reason
from gateway.ledger.account import REFUSED
from gateway.ledger.message import Message, RecordRefusal
from gateway.ledger.model import AuditEntry
from gateway.ledger.statement import Statement, given

_TOGETHER_S: Final = 60.0
"""Refusals that are alike share a row for so many seconds after the first of them."""
_REMEMBERED: Final = 1000
"""Rows that are remembered at most."""
_CHANGE: Final = Statement(
    AuditEntry.update({AuditEntry.detail: given("detail")}).where(AuditEntry.id == given("id"))
)

_Key = tuple[str, str, str, str]


@dataclass(slots=True)
class _Row:
    """An audit entry that may still grow."""

    id: int
    at: float
    detail: dict[str, str]
    count: int = 1


class RefusalRows:
    """The part of the ledger's database about refusals.

    Parameters
    ----------
    run, count, clock
        As for `gateway.ledger.quarantine_store.QuarantineRows`.
    audit
        As there; returns the id of the entry.
    """

    def __init__(
        self,
        run: Callable[[Statement, Mapping[str, object]], Any],
        audit: Callable[[str, str, str, Mapping[str, str]], int],
        count: Callable[[str, str], None],
        clock: Callable[[], float],
    ) -> None:
        self._run, self._audit, self._count, self._clock = run, audit, count, clock
        self._rows: dict[_Key, _Row] = {}

    def handlers(self) -> Mapping[type[Message[Any]], Callable[[Any], object]]:
        """Return what applies each message type."""
        return {RecordRefusal: self._record}

    def forget(self) -> None:
        """Forget the rows whose transaction is being undone."""
        self._rows.clear()

    def _record(self, message: RecordRefusal) -> None:
        self._count(message.project, REFUSED + message.reason)
        key, now = _key(message), self._clock()
        row = self._rows.get(key)
        if row is None or not 0 <= now - row.at < _TOGETHER_S:
            self._begin(key, now, message)
        elif message.reason != Reason.NOT_AUTHORIZED:
            row.count += 1
            detail = json.dumps({**row.detail, "count": str(row.count)})
            self._run(_CHANGE, {"id": row.id, "detail": detail})

    def _begin(self, key: _Key, now: float, message: RecordRefusal) -> None:
        detail = {
            "reason": message.reason,
            "sop_class_uid": message.sop_class_uid,
            "transfer_syntax_uid": message.transfer_syntax_uid,
        }
        if message.tag is not None:
            detail["tag"] = f"{message.tag:08X}"
        if len(self._rows) >= _REMEMBERED:
            self._rows.clear()
        row_id = self._audit("refused", message.project, message.peer, detail)
        self._rows[key] = _Row(row_id, now, detail)


def _key(message: RecordRefusal) -> _Key:
    """Return what refusals of one row have in common.

    Who may not store at all is told apart by nothing that it sends.
    """
    sop_class = "" if message.reason == Reason.NOT_AUTHORIZED else message.sop_class_uid
    return message.project, message.peer, message.reason, sop_class
