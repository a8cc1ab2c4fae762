"""Which entries a command is about: those named, or all that some options leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import click

_DECISIONS: Final = 200
"""Entries of one message to the ledger."""

yes_option: Final[Callable[[Callable[..., Any]], Callable[..., Any]]] = click.option(
    "--yes", "is_confirmed", is_flag=True, help="Do not ask whether this is meant."
)
"""Adds ``is_confirmed`` to a command."""

reason_option: Final[Callable[[Callable[..., Any]], Callable[..., Any]]] = click.option(
    "--reason",
    "why",
    required=True,
    metavar="TEXT",
    help="Why, for the audit trail. Names no patient: it is kept in clear.",
)
"""Adds ``why`` to a command."""


def check_choice(ids: Sequence[int], *, is_all: bool, filters: Sequence[str]) -> None:
    """Check that a command line names entries, or asks for all, and does not mix the two.

    Parameters
    ----------
    filters
        Values of the options that leave fewer of all.

    Raises
    ------
    click.UsageError
        It does not.
    """
    if bool(ids) == is_all:
        raise click.UsageError("name one ID or more, or give --all")
    if ids and any(filters):
        raise click.UsageError("filters go with --all, not with IDs")


def check_reason(why: str) -> str:
    """Return a reason without spaces around it.

    Raises
    ------
    click.BadParameter
        It is empty.
    """
    if not why.strip():
        raise click.BadParameter("say why", param_hint="--reason")
    return why.strip()


def confirm(question: str, *, is_confirmed: bool) -> None:
    """Ask, unless it is confirmed already.

    Raises
    ------
    click.Abort
        The answer was no, or there is nobody to ask.
    """
    if not is_confirmed:
        click.confirm(question, abort=True, err=True)


def portions(ids: Sequence[int]) -> list[list[int]]:
    """Return `ids` in lists that one message may carry."""
    return [list(ids[start : start + _DECISIONS]) for start in range(0, len(ids), _DECISIONS)]
