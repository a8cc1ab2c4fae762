"""What people and programs are shown of the quarantine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

import msgspec

from gateway.errors import Reason
from gateway.ledger.message import Ledger, QuarantineState, RecordAudit
from gateway.ledger.quarantine_reader import QuarantinedInstance
from gateway.linkage.key import Keys
from gateway.operate.view.quantity import size_text, time_text
from gateway.operate.view.remedy import REMEDY, UNKNOWN
from gateway.operate.view.table import line, printable, shared_widths
from gateway.operate.wiring.quarantine import files, quarantine
from gateway.settings import Settings
from gateway.standard.dictionary import keyword_of

_WIDTH: Final = 80
LOST: Final = "lost"
"""State of a row whose sealed file is gone: it can only be dropped, or sent again."""


class Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """One refused instance.

    Attributes
    ----------
    at
        When it was refused, in seconds since the epoch.
    tag
        The attribute at fault, as (gggg,eeee).
    size
        Bytes of the data set.
    state
        kept, lost, released, dropped or expired.
    sop_instance_uid
        Of the original; only when it was asked for.
    """

    id: int
    at: float
    project: str
    peer: str
    reason: str
    state: str
    sop_class_uid: str
    transfer_syntax_uid: str
    size: int
    tag: str = ""
    keyword: str = ""
    meaning: str = ""
    remedy: str = ""
    sop_instance_uid: str = ""


def shown(settings: Settings, row: QuarantinedInstance) -> Shown:
    """Return what may be shown of a row to anybody who may run commands."""
    is_lost = row.state == QuarantineState.KEPT and not files(settings).holds(row.file)
    is_known = row.reason in list(Reason)
    meaning, remedy = REMEDY.get(Reason(row.reason), UNKNOWN) if is_known else UNKNOWN
    return Shown(
        id=row.id,
        at=row.at,
        project=row.project,
        peer=row.peer,
        reason=row.reason,
        state=LOST if is_lost else row.state,
        sop_class_uid=row.sop_class_uid,
        transfer_syntax_uid=row.transfer_syntax_uid,
        size=row.size,
        tag="" if row.tag is None else f"({row.tag >> 16:04X},{row.tag & 0xFFFF:04X})",
        keyword="" if row.tag is None else keyword_of(row.tag),
        meaning=meaning,
        remedy=remedy,
    )


def revealed(
    found: Shown,
    row: QuarantinedInstance,
    settings: Settings,
    keys: Keys,
    ledger: Ledger,
    user: str,
    why: str,
) -> Shown:
    """Return `found` with the original SOP Instance UID; in the audit trail before anything is opened.

    Raises
    ------
    SealBroken
        The file is lost or does not open.
    StorageError
        The audit entry cannot be committed, or the file not be read.
    """
    detail = {"id": str(row.id), "user": user, "why": why}
    ledger.call(RecordAudit("quarantine_revealed", row.project, row.peer, detail))
    with quarantine(settings, keys.sealing).opened(row.file) as file:
        return msgspec.structs.replace(found, sop_instance_uid=file.hidden["sop_instance_uid"])


def table_lines(found: Sequence[Shown], width: int) -> Iterator[str]:
    """Yield a table for people."""
    widths = shared_widths(width, [7, 19, None, None, 18, 11, 8, None], [3, 3, 5])
    yield line(["id", "when", "project", "peer", "reason", "tag", "size", "SOP Class"], widths)
    for one in found:
        reason = one.reason if one.state == QuarantineState.KEPT else f"{one.reason} ({one.state})"
        cells = [f"{one.id:>7}", time_text(one.at), one.project, one.peer, reason]
        yield line([*cells, one.tag, size_text(one.size), one.sop_class_uid], widths)


def lines_of(one: Shown) -> Iterator[str]:
    """Yield what is known of one instance, for people."""
    yield from (
        f"{name:<20} {printable(str(value))}"
        for name, value in (
            ("id", one.id),
            ("refused at", time_text(one.at)),
            ("project", one.project),
            ("peer", one.peer),
            ("state", one.state),
            ("reason", one.reason),
            ("attribute", f"{one.tag} {one.keyword}".strip()),
            ("SOP Class", one.sop_class_uid),
            ("transfer syntax", one.transfer_syntax_uid),
            ("size", size_text(one.size)),
            ("SOP Instance UID", one.sop_instance_uid),
        )
        if value
    )
    yield ""
    for text in (one.meaning, one.remedy):
        yield from wrap(text, _WIDTH)
