"""``gateway audit``: who stored, queried, retrieved, released and gave up what."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Final

import click
import msgspec

from gateway.errors import LedgerUnavailable
from gateway.ledger.audit_reader import AuditFilter, AuditReader
from gateway.ledger.reader import Entry
from gateway.operate.command import settings_option
from gateway.operate.view.quantity import time_of, time_text
from gateway.operate.view.table import printable
from gateway.settings import load

_TIMES: Final = "a date such as 2026-03-31, with a time 2026-03-31T14:00, or an age: 30m, 2d"


def _time(_context: click.Context, _option: click.Parameter, text: str | None) -> float | None:
    try:
        return None if text is None else time_of(text)
    except (ValueError, OverflowError):
        raise click.BadParameter(f"expected {_TIMES}") from None


@click.command()
@settings_option
@click.option("--since", callback=_time, metavar="TIME", help="Only from this time on.")
@click.option("--until", callback=_time, metavar="TIME", help="Only before this time.")
@click.option("--kind", default="", help="Only of this kind: stored, refused, retrieve, dropped, ...")
@click.option("--project", default="", metavar="NAME", help="Only of this project.")
@click.option("--peer", default="", metavar="NAME", help="Only about this peer.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
def command(
    settings_file: Path,
    since: float | None,
    until: float | None,
    kind: str,
    project: str,
    peer: str,
    as_json: bool,
) -> None:
    r"""List the audit trail, oldest first; never a value of an original.

    Works while the gateway runs and while it does not. Times are local.

    \b
    Examples:
      gateway audit --since 2d --kind refused
      gateway audit --since 2026-03-01 --until 2026-04-01 --project trial --json > march.jsonl
    """
    path = load(settings_file).storage.directory / "ledger.sqlite"
    if not path.exists():
        raise LedgerUnavailable(f"there is no ledger in {path.parent}")
    with closing(AuditReader(path)) as reader:
        for entry in reader.entries(AuditFilter(since, until, kind, project, peer)):
            click.echo(msgspec.json.encode(entry).decode() if as_json else _line(entry))


def _line(entry: Entry) -> str:
    detail = " ".join(f"{key}={value}" for key, value in entry.detail.items() if value)
    who = " ".join(filter(None, (entry.project, entry.peer)))
    return printable(f"{time_text(entry.at)}  {entry.kind:<22}  {who}  {detail}").rstrip()
