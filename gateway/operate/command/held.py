"""``gateway held``: what a destination does not take, for a person to decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from gateway.ledger.message import DropTasks, Message, RetryTasks
from gateway.ledger.reader import Held
from gateway.ledger.task_reader import HeldFilter, TaskReader
from gateway.operate.command import json_option, settings_option
from gateway.operate.view.account import user
from gateway.operate.view.former_destination import former_destinations, former_lines
from gateway.operate.view.selection import (
    check_choice,
    check_reason,
    confirm,
    portions,
    reason_option,
    yes_option,
)
from gateway.operate.view.table import line, shared_widths, terminal_width
from gateway.operate.wiring.ledger_access import ledger
from gateway.settings import Settings, load

_NOT_ALL: Final = 1


def _filtered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of `HeldFilter`, as its parameter ``chosen``."""

    @click.option("--project", default="", metavar="NAME", help="Only of this project.")
    @click.option("--destination", default="", metavar="NAME", help="Only for this destination.")
    @click.option("--error", default="", metavar="TEXT", help="Only where this is in why it is held.")
    @wraps(function)
    def command(project: str, destination: str, error: str, **values: object) -> Any:
        return function(chosen=HeldFilter(project, destination, error), **values)

    return command


@click.group()
def command() -> None:
    r"""List, retry or drop what a destination refuses for good.

    Held are instances whose destination answered with an error, and instances in conflict: another
    came first under the same SOP Instance UID. Every decision is in the audit trail.

    \b
    Examples:
      gateway held list --destination archive
      gateway held retry --all --error "no presentation context"
      gateway held drop 4711 4712 --reason "test images"
    """


@command.command("list")
@settings_option
@_filtered
@click.option("--after", default=0, metavar="ID", help="Only what comes after this one: the next page.")
@click.option("--limit", default=1000, show_default=True, type=click.IntRange(1, 100_000), help="At most.")
@json_option
def list_held(settings_file: Path, chosen: HeldFilter, after: int, limit: int, as_json: bool) -> None:
    r"""List what is held, oldest first, and why.

    \b
    Examples:
      gateway held list --error conflict
      gateway held list --json | jq -r '.[] | .id'
    """
    settings = load(settings_file)
    with _reading(settings) as reader:
        found = reader.held(chosen, after, limit)
        former = {} if as_json else former_destinations(settings, reader.sums())
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return
    for text in _lines(found, terminal_width()):
        click.echo(text)
    if len(found) == limit:
        click.echo(f"there may be more: --after {found[-1].id}")
    for text in former_lines(former):
        click.echo(text)


@command.command()
@click.argument("ids", metavar="[ID]...", type=int, nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Everything that is held, or what the filters leave.")
@settings_option
@_filtered
def retry(ids: tuple[int, ...], is_all: bool, settings_file: Path, chosen: HeldFilter) -> int:
    r"""Have held instances sent again, at once.

    Exit code 1 when an ID was not held (any more).

    \b
    Examples:
      gateway held retry 4711
      gateway held retry --all --destination archive
    """

    def message(task_ids: list[int]) -> Message[int]:
        return RetryTasks(task_ids, user())

    return _decide(load(settings_file), ids, chosen, message, "to be sent again", is_all=is_all)


@command.command()
@click.argument("ids", metavar="[ID]...", type=int, nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Everything that is held, or what the filters leave.")
@settings_option
@_filtered
@reason_option
@yes_option
def drop(
    ids: tuple[int, ...],
    is_all: bool,
    settings_file: Path,
    chosen: HeldFilter,
    why: str,
    is_confirmed: bool,
) -> int:
    r"""Give held instances up: they are not sent to that destination any more.

    They stay in the gateway. What waits for a destination that is in no project's settings any more
    is given up too, by ID or with --destination. Exit code 1 when an ID was not held (any more).

    \b
    Examples:
      gateway held drop 4711 --reason "sent twice by mistake"
      gateway held drop --all --destination old-archive --reason "taken out of service" --yes
    """
    why, by, settings = check_reason(why), user(), load(settings_file)
    with _reading(settings) as reader:
        former = former_destinations(settings, reader.sums())
    # "all" alone is all that is held: what was put aside for a moment is not lost by the way
    if chosen.destination in former:
        chosen = replace(chosen, former=frozenset({chosen.destination}))

    def message(task_ids: list[int]) -> Message[int]:
        return DropTasks(task_ids, by, why, sorted(former) if ids else sorted(chosen.former))

    what = f"{len(ids)} of them" if ids else "all that the filters leave"
    confirm(f"Give up {what} for good?", is_confirmed=is_confirmed)
    return _decide(settings, ids, chosen, message, "dropped", is_all=is_all)


def _decide(
    settings: Settings,
    ids: tuple[int, ...],
    chosen: HeldFilter,
    message: Callable[[list[int]], Message[int]],
    done: str,
    *,
    is_all: bool,
) -> int:
    check_choice(ids, is_all=is_all, filters=(chosen.project, chosen.destination, chosen.error))
    asked = changed = 0
    with ledger(settings) as changing, _reading(settings) as reader:
        pages: Iterator[list[int]] | list[tuple[int, ...]]
        pages = ([held.id for held in page] for page in reader.each_held(chosen)) if is_all else [ids]
        for page in pages:
            for portion in portions(page):
                asked += len(set(portion))
                changed += changing.call(message(portion))
    click.echo(f"{changed} {done}")
    if changed == asked or is_all:
        return 0
    click.echo(f"gateway: {asked - changed} not held (any more)", err=True)
    return _NOT_ALL


def _reading(settings: Settings) -> closing[TaskReader]:
    return closing(TaskReader(settings.storage.directory / "ledger.sqlite"))


def _lines(found: list[Held], width: int) -> Iterator[str]:
    widths = shared_widths(width, [9, None, None, 5, None, None], [2, 2, 4, 5])
    yield line(["id", "project", "destination", "last", "why", "SOP Instance UID"], widths)
    for one in found:
        status = "" if one.status is None else f"{one.status:04X}H"
        cells = [f"{one.id:>9}", one.project, one.destination, status, one.error, one.sop_instance_uid]
        yield line(cells, widths)
