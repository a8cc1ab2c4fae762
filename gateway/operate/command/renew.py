"""``gateway renew``: goes on with a new database where one is lost for good."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

import click

from gateway.ledger.message import RecordAudit
from gateway.linkage.key import adopt
from gateway.operate.command import settings_option
from gateway.operate.supervision import run_directory
from gateway.operate.view.account import user
from gateway.operate.view.selection import check_reason, reason_option
from gateway.operate.wiring import composition
from gateway.operate.wiring.ledger_access import DirectLedger
from gateway.settings import Settings, load


@click.command()
@click.argument("lost", type=click.Choice(["ledger", "linkage"]))
@reason_option
@settings_option
def command(lost: str, why: str, settings_file: Path) -> None:
    r"""Go on without a database that is lost, when there is no backup of it.

    The gateway must be stopped, and the file moved away if something is left of it. Without the
    LEDGER the next start indexes every file of the spool and forwards it again; the audit trail
    and what was removed, quarantined or conflicting are forgotten. Without the LINKAGE store
    nobody can be re-identified who was received before, until it is sent again.

    \b
    Example:
      gateway renew ledger --reason "disk died, no backup"
    """
    renew(load(settings_file), lost, check_reason(why))
    click.echo(f"{lost}.sqlite is new; start the gateway")


def renew(settings: Settings, lost: str, why: str) -> None:
    """Make the database `lost` anew, under the keys of the other one.

    Raises
    ------
    StorageError
        The gateway runs, or a database cannot be used.
    KeyGuardError
        As `gateway.linkage.key.adopt`.
    """
    files = {project.name: Path(project.key_file) for project in settings.project}
    with ExitStack() as stack:
        stack.enter_context(closing(run_directory.lock(settings.storage.directory)))
        linkage, ledger = (stack.enter_context(closing(store)) for store in composition.stores(settings))
        new, other = (ledger, linkage) if lost == "ledger" else (linkage, ledger)
        adopt(files, Path(settings.storage.sealing_key_file), new, other)
        audit = RecordAudit("renewed", "", "", {"database": lost, "user": user(), "reason": why})
        DirectLedger(linkage, ledger).call(audit)
