"""``gateway status``: tells where everything is that was acknowledged."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

import click
import msgspec

from gateway.ledger.quarantine_reader import QuarantineReader
from gateway.ledger.reader import LedgerReader
from gateway.ledger.task_reader import HeldFilter, TaskReader
from gateway.operate.command import json_option, settings_option
from gateway.operate.supervision import run_directory
from gateway.operate.view.former_destination import former_destinations
from gateway.operate.view.status_view import Status, lines
from gateway.settings import Settings, load

_NOT_BALANCED: Final = 1


@click.command()
@settings_option
@json_option
def command(settings_file: Path, as_json: bool) -> int:
    r"""Show where everything is that was acknowledged.

    And what was refused. Works while the gateway runs and while it does not. For every project
    and destination, answered = stored + duplicates and stored = forwarded + waiting + held +
    dropped; exit code 1 when that is not so.

    \b
    Examples:
      gateway status --settings config/gateway.toml
      gateway status --json | jq '.sums[] | {destination, waiting, held}'
    """
    status = read(load(settings_file))
    if as_json:
        click.echo(msgspec.json.encode(status).decode())
    else:
        for line in lines(status):
            click.echo(line)
    return 0 if status.balanced else _NOT_BALANCED


def read(settings: Settings) -> Status:
    """Read the status of the storage directory.

    Raises
    ------
    LedgerUnavailable
        The ledger exists and cannot be read.
    """
    storage = settings.storage.directory
    running, state = run_directory.is_running(storage), run_directory.state(storage)
    ledger = storage / "ledger.sqlite"
    if not ledger.exists():
        return Status(running, state, balanced=True)
    with ExitStack() as stack:
        reader = stack.enter_context(closing(LedgerReader(ledger)))
        quarantine = stack.enter_context(closing(QuarantineReader(ledger)))
        forward = stack.enter_context(closing(TaskReader(ledger)))
        sums, tasks = forward.account()
        return Status(
            running,
            state,
            balanced=all(one.balanced for one in sums),
            sums=sums,
            tasks=tasks,
            held=forward.held(HeldFilter()),
            conflicts=reader.conflicts(),
            refusals=reader.refusals(),
            quarantined=quarantine.sums(),
            not_quarantined=quarantine.not_kept(),
            former_destinations=former_destinations(settings, sums),
        )
