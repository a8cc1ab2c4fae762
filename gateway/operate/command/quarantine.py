"""``gateway quarantine``: refused instances that are kept sealed, for a person to decide."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import click
import msgspec

from gateway.errors import LedgerUnavailable, Reason
from gateway.ledger.message import CloseQuarantined, QuarantineState
from gateway.ledger.quarantine_reader import QuarantinedInstance, QuarantineReader, QuarantineSum
from gateway.operate.command import json_option, settings_option
from gateway.operate.pixels.on_demand import OnDemandExamination
from gateway.operate.storage.release import Release, Released, Verdict, keys_of
from gateway.operate.view.account import user
from gateway.operate.view.quarantine_view import lines_of, revealed, shown, table_lines
from gateway.operate.view.selection import check_choice, check_reason, confirm, reason_option, yes_option
from gateway.operate.view.table import terminal_width
from gateway.operate.wiring import quarantine
from gateway.operate.wiring.ledger_access import ledger
from gateway.settings import Settings, load

_NOT_IN_ORDER: Final = 1
_REFUSED: Final = 7
_GONE: Final = "not in the quarantine (any more)"


@click.group()
def command() -> None:
    r"""List, show, release or drop refused instances that are kept sealed.

    Only projects with quarantine = true keep any. Every decision is in the audit trail.

    \b
    Examples:
      gateway quarantine list --reason unexamined_pixels
      gateway quarantine release --all --project trial
      gateway quarantine drop 17 --reason "sent again from the scanner"
    """


@command.command("list")
@settings_option
@click.option("--project", default="", metavar="NAME", help="Only of this project.")
@click.option("--reason", default="", metavar="REASON", help="Only what was refused for this reason.")
@click.option("--after", default=0, metavar="ID", help="Only what comes after this one: the next page.")
@click.option("--limit", default=1000, show_default=True, type=click.IntRange(1, 100_000), help="At most.")
@json_option
def list_quarantined(
    settings_file: Path, project: str, reason: str, after: int, limit: int, as_json: bool
) -> None:
    r"""List what is kept, oldest first, and why it was refused.

    \b
    Examples:
      gateway quarantine list
      gateway quarantine list --json | jq '.[] | {id, reason, tag}'
    """
    settings = load(settings_file)
    with _reading(settings) as reader:
        found = [shown(settings, one) for one in reader.kept(after, limit, project=project, reason=reason)]
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for text in table_lines(found, terminal_width()):
        click.echo(text)
    if len(found) == limit:
        click.echo(f"there may be more: --after {found[-1].id}")


@command.command()
@click.argument("row_id", metavar="ID", type=int)
@settings_option
@click.option(
    "--reveal",
    is_flag=True,
    help="Also the original SOP Instance UID. Needs --reason; is in the audit trail.",
)
@click.option("--reason", "why", default="", metavar="TEXT", help="Why it is revealed, for the audit trail.")
@json_option
def show(row_id: int, settings_file: Path, reveal: bool, why: str, as_json: bool) -> int:
    r"""Show what is known of one refused instance, what the reason means, and what to do.

    Nothing of the original is shown without --reveal. Exit code 1 when there is no such ID.

    \b
    Examples:
      gateway quarantine show 17
      gateway quarantine show 17 --reveal --reason "to find it at the scanner"
    """
    settings = load(settings_file)
    with _reading(settings) as reader:
        row = reader.instance(row_id)
    if row is None:
        click.echo(f"gateway: {row_id} was never in the quarantine", err=True)
        return _NOT_IN_ORDER
    found = shown(settings, row)
    if reveal:
        why = check_reason(why)
        with ledger(settings) as recording:
            found = revealed(found, row, settings, keys_of(settings), recording, user(), why)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    else:
        for text in lines_of(found):
            click.echo(text)
    return 0


@command.command()
@click.argument("ids", metavar="[ID]...", type=int, nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Everything that is kept, or what --project leaves.")
@click.option("--project", default="", metavar="NAME", help="With --all: only of this project.")
@settings_option
@json_option
def release(ids: tuple[int, ...], is_all: bool, project: str, settings_file: Path, as_json: bool) -> int:
    r"""Receive refused instances again, by the profile and the settings as they are now.

    What they become is stored and forwarded like everything else. What is still refused stays:
    exit code 7. --all leaves out what is a suspect: it may end this command as it ended a process
    of the gateway, so name such by ID, one at a time. Exit code 1 when an ID is not in the
    quarantine, or its file is lost or does not open.

    \b
    Examples:
      gateway quarantine release 17 18
      gateway quarantine release --all --project trial
    """
    check_choice(ids, is_all=is_all, filters=[project])
    settings = load(settings_file)
    results: list[Released] = []
    with (
        ledger(settings) as recording,
        _reading(settings) as reader,
        OnDemandExamination(settings.pixels, str(settings_file)) as pixels,
    ):
        chosen = Release(settings, recording, user(), pixels)
        for row in _chosen(reader, ids, project, leave_out=Reason.SUSPECT.value):
            results.append(chosen.release(row))
            if not as_json:
                click.echo(_said(results[-1]))
        suspects = sum(one.count for one in reader.sums() if _is_suspect(one, project)) if is_all else 0
    if suspects:
        click.echo(f"gateway: {suspects} suspect left out: release them by ID, one at a time", err=True)
    if as_json:
        click.echo(msgspec.json.encode(results).decode())
    verdicts = {result.verdict for result in results}
    if verdicts & {Verdict.REFUSED, Verdict.FAILED}:
        return _REFUSED
    missing = _say_missing(set(ids) - {result.id for result in results})
    return _NOT_IN_ORDER if missing or Verdict.BROKEN in verdicts else 0


@command.command()
@click.argument("ids", metavar="[ID]...", type=int, nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Everything that is kept, or what --project leaves.")
@click.option("--project", default="", metavar="NAME", help="With --all: only of this project.")
@settings_option
@reason_option
@yes_option
def drop(
    ids: tuple[int, ...], is_all: bool, project: str, settings_file: Path, why: str, is_confirmed: bool
) -> int:
    r"""Give refused instances up: they are deleted.

    Exit code 1 when an ID is not in the quarantine.

    \b
    Examples:
      gateway quarantine drop 17 --reason "sent again from the scanner"
      gateway quarantine drop --all --project trial --reason "test images" --yes
    """
    check_choice(ids, is_all=is_all, filters=[project])
    settings, detail = load(settings_file), {"user": user(), "why": check_reason(why)}
    what = f"{len(ids)} of them" if ids else f"all of {project}" if project else "all of them"
    confirm(f"Delete {what} for good?", is_confirmed=is_confirmed)
    dropped = set()
    with ledger(settings) as recording, _reading(settings) as reader:
        files = quarantine.files(settings)
        for row in _chosen(reader, ids, project):
            if recording.call(CloseQuarantined(row.id, row.file, QuarantineState.DROPPED, detail)):
                dropped.add(row.id)
            files.remove(row.file)
    click.echo(f"{len(dropped)} dropped")
    return _NOT_IN_ORDER if _say_missing(set(ids) - dropped) else 0


def _chosen(
    reader: QuarantineReader, ids: tuple[int, ...], project: str, leave_out: str = ""
) -> Iterator[QuarantinedInstance]:
    """Yield the kept rows with these ids; or all page by page, but those refused for `leave_out`."""
    if ids:
        found = (reader.instance(row_id) for row_id in dict.fromkeys(ids))
        yield from (row for row in found if row is not None and row.state == QuarantineState.KEPT)
        return
    after = 0
    while page := reader.kept(after, project=project):
        after = page[-1].id
        yield from (row for row in page if row.reason != leave_out)


def _is_suspect(one: QuarantineSum, project: str) -> bool:
    return one.reason == Reason.SUSPECT and project in ("", one.project)


def _said(result: Released) -> str:
    what = result.outcome if result.verdict is Verdict.RELEASED else f"stays, {result.verdict}"
    return " ".join(filter(None, (f"{result.id}: {what}", result.sop_instance_uid, result.detail)))


def _say_missing(ids: set[int]) -> bool:
    for row_id in sorted(ids):
        click.echo(f"gateway: {row_id} is {_GONE}", err=True)
    return bool(ids)


def _reading(settings: Settings) -> closing[QuarantineReader]:
    directory = settings.storage.directory
    if not (directory / "ledger.sqlite").exists():
        raise LedgerUnavailable(f"there is no ledger in {directory}")
    return closing(quarantine.rows(settings))
