"""What the ledger and the run directory tell, and how people are shown it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from gateway.ledger.account import Sum
from gateway.ledger.message import TaskState
from gateway.ledger.quarantine_reader import NotQuarantined, QuarantineSum
from gateway.ledger.reader import Conflict, Held, Refusals
from gateway.ledger.task_reader import TaskGroup
from gateway.operate.supervision.run_directory import State
from gateway.operate.view.former_destination import former_lines
from gateway.operate.view.quantity import size_text, time_text

_SHOWN: Final = 20
"""Instances that are named one by one."""
_GROUPS: Final = 8
"""Groups of tasks that are told apart, of each state."""


class Status(msgspec.Struct, frozen=True):
    """Where everything is.

    Attributes
    ----------
    balanced
        Whether nothing that was answered is lost.
    tasks
        What the sums are made of.
    held, conflicts
        One by one, the oldest 1000.
    quarantined, not_quarantined
        Refused instances that are kept sealed, and those that could not be.
    former_destinations
        How many wait for each destination that no project has any more.
    """

    running: bool
    state: State | None
    balanced: bool
    sums: list[Sum] = []
    tasks: list[TaskGroup] = []
    held: list[Held] = []
    conflicts: list[Conflict] = []
    refusals: list[Refusals] = []
    quarantined: list[QuarantineSum] = []
    not_quarantined: list[NotQuarantined] = []
    former_destinations: dict[str, int] = {}


def lines(status: Status) -> Iterator[str]:
    """Yield the status as text of 80 columns, or a little more where names are long."""
    yield _running(status)
    groups: defaultdict[tuple[str, str], list[TaskGroup]] = defaultdict(list)
    for group in status.tasks:
        groups[group.project, group.destination].append(group)
    for one in status.sums:
        yield ""
        yield from _account(one)
        yield from _details(groups[one.project, one.destination])
    if status.former_destinations:
        yield from ("", *former_lines(status.former_destinations))
    if status.held:
        yield from ("", "held, each waits for a person (gateway held):")
        yield from _shown(map(_held, status.held))
    if status.conflicts:
        yield from ("", "kept but not found by queries, another came first under the same SOP Instance UID:")
        yield from _shown(f"  {one.project}: {one.sop_instance_uid}" for one in status.conflicts)
    if status.refusals:
        yield from ("", "refused:")
        yield from (f"  {one.project:<16} {one.reason:<20} {one.count:>9}" for one in status.refusals)
    yield from _quarantine(status)


def _account(one: Sum) -> Iterator[str]:
    """Yield the sums of promise 3 as they are written there."""
    yield f"{one.project} -> {one.destination or '(own archive)'}" + (
        "" if one.balanced else "  DOES NOT ADD UP"
    )
    yield f"  answered {one.answered} = stored {one.stored} + duplicates {one.duplicates}"
    if not one.destination:
        return
    before = f" + unaddressed {one.unaddressed}" if one.unaddressed else ""
    yield (
        f"  stored {one.stored} = forwarded {one.forwarded} + waiting {one.waiting} + held {one.held} "
        f"+ dropped {one.dropped}{before}"
    )


def _details(groups: list[TaskGroup]) -> Iterator[str]:
    for state in TaskState:
        of_state = sorted((one for one in groups if one.state == state), key=lambda one: -one.count)
        yield from map(_group, of_state[:_GROUPS])
        if len(of_state) > _GROUPS:
            yield f"    {state:<9} {sum(one.count for one in of_state[_GROUPS:]):>8}  for other reasons"


def _group(one: TaskGroup) -> str:
    answer = " ".join(filter(None, ("" if one.status is None else f"{one.status:04X}H", one.error)))
    if one.state == TaskState.WAITING:
        tried = f"up to {one.attempts} attempts, " if one.attempts else "not tried yet, "
        when = f"{tried}next {time_text(one.next_attempt)}"
    elif one.state == TaskState.SENT:
        when = f"uncommitted, last sent {time_text(one.last)}"
    else:
        when = f"last {time_text(one.last)}" if one.last is not None else ""
    return f"    {one.state:<9} {one.count:>8}  {', '.join(filter(None, (answer, when)))}".rstrip()


def _quarantine(status: Status) -> Iterator[str]:
    if status.quarantined:
        yield from ("", "quarantined, sealed (gateway quarantine):")
    for one in status.quarantined:
        since = f"since {time_text(one.oldest)}"
        yield f"  {one.project:<16} {one.reason:<20} {one.count:>9}  {size_text(one.size):>8}  {since}"
    if status.not_quarantined:
        yield from ("", "refused and not quarantined:")
    for other in status.not_quarantined:
        yield f"  {other.project:<16} {other.cause:<20} {other.count:>9}"


def _running(status: Status) -> str:
    if not status.running:
        return "not running"
    if status.state is None:
        return "starting or stopping"
    state = status.state
    return f"running since {state.started_at} on {state.host} port {state.port} (pid {state.pid})"


def _shown(entries: Iterable[str]) -> Iterator[str]:
    for count, entry in enumerate(entries):
        if count == _SHOWN:
            yield "  and more: --json lists them"
            return
        yield entry


def _held(one: Held) -> str:
    status = "" if one.status is None else f" status {one.status:04X}H"
    return f"  {one.project} -> {one.destination}: {one.sop_instance_uid}{status} {one.error}".rstrip()
