"""``gateway maps``: opens sealed maps of old and new identifiers."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gateway.linkage.key import load_key
from gateway.linkage.seal import Sealer, key_id_of
from gateway.operate.offline.sealed_text import opened
from gateway.operate.view.table import printable


@click.group()
def command() -> None:
    r"""Open the maps of old and new identifiers that gateway deidentify --maps wrote.

    \b
    Example:
      gateway maps open maps/studies.csv.sealed --key maps.key > studies.csv
    """


@command.command("open")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--key",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The key file that was given as --maps-key.",
)
def open_map(file: Path, key: Path) -> None:
    r"""Print the map in FILE as CSV; the original identifiers are in it.

    What is printed is proven to be what was written. When FILE is cut or altered this ends with
    exit code 4, after what comes before that place. Values are exactly as they were: a program
    that calculates may take one that begins with = + - or @ for a formula, so import them as text.

    \b
    Example:
      gateway maps open maps/uid_mapping.csv.sealed --key maps.key
    """
    secret = load_key(key, may_create=False)
    is_terminal = sys.stdout.isatty()
    for piece in opened(file, Sealer(key_id_of(secret), secret)):
        click.echo(printable(piece, keep="\n") if is_terminal else piece.encode(), nl=False)
