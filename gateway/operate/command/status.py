"""``gateway status``: tells where everything is that was acknowledged."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
import msgspec

from gateway.ledger.account import Sum
from gateway.ledger.reader import Conflict, Held, LedgerReader, Refusals
from gateway.operate import run_directory
from gateway.operate.command import json_option, settings_option
from gateway.settings import load

_COLUMNS = ("answered", "stored", "duplicates", "forwarded", "waiting", "held", "dropped")
_SHOWN = 20


class Status(msgspec.Struct, frozen=True):
    """What the ledger and the run directory tell."""

    running: bool
    state: run_directory.State | None
    balanced: bool
    sums: list[Sum]
    held: list[Held]
    conflicts: list[Conflict]
    refusals: list[Refusals]


@click.command()
@settings_option
@json_option
def command(settings_file: Path, as_json: bool) -> None:
    r"""Show where everything is that was acknowledged.

    And what was refused. Works while the gateway runs and while it does not. For every project
    and destination, answered = stored + duplicates and stored = forwarded + waiting + held +
    dropped.

    \b
    Examples:
      gateway status --settings config/gateway.toml
      gateway status --json | jq '.sums[] | {destination, waiting, held}'
    """
    status = read(load(settings_file).storage.directory)
    if as_json:
        click.echo(msgspec.json.encode(status).decode())
    else:
        for line in lines(status):
            click.echo(line)


def read(storage: Path) -> Status:
    """Read the status of a storage directory.

    Raises
    ------
    LedgerUnavailable
        The ledger exists and cannot be read.
    """
    running, state = run_directory.is_running(storage), run_directory.state(storage)
    if not (storage / "ledger.sqlite").exists():
        return Status(running, state, True, [], [], [], [])
    reader = LedgerReader(storage / "ledger.sqlite")
    try:
        sums = reader.sums()
        balanced = all(one.balanced for one in sums)
        held, conflicts = reader.held(), reader.conflicts()
        return Status(running, state, balanced, sums, held, conflicts, reader.refusals())
    finally:
        reader.close()


def lines(status: Status) -> list[str]:
    """Return the status as text for people."""
    text = [_running(status), ""]
    text.append(f"{'project':<16} {'destination':<16}" + "".join(f"{name:>11}" for name in _COLUMNS))
    for one in status.sums:
        numbers = "".join(f"{getattr(one, name):>11}" for name in _COLUMNS)
        note = "" if one.balanced else "  DOES NOT ADD UP"
        text.append(f"{one.project:<16} {one.destination or '(own archive)':<16}{numbers}{note}")
    if status.held:
        text += ["", "held, each waits for a person:", *_shown(map(_held, status.held))]
    if status.conflicts:
        text += ["", "kept but not found by queries, another came first under the same SOP Instance UID:"]
        text += _shown(f"  {one.project}: {one.sop_instance_uid}" for one in status.conflicts)
    if status.refusals:
        text += ["", "refused:"]
        text += [f"  {one.project:<16} {one.reason:<24} {one.count}" for one in status.refusals]
    return text


def _running(status: Status) -> str:
    if not status.running:
        return "not running"
    if status.state is None:
        return "starting or stopping"
    state = status.state
    return f"running since {state.started_at} on {state.host} port {state.port} (pid {state.pid})"


def _shown(entries: Iterable[str]) -> list[str]:
    entries = list(entries)
    more = ["  and more: --json lists them"] if len(entries) > _SHOWN else []
    return entries[:_SHOWN] + more


def _held(one: Held) -> str:
    status = "" if one.status is None else f" status {one.status:04X}H"
    return f"  {one.project} -> {one.destination}: {one.sop_instance_uid}{status} {one.error}".rstrip()
