"""``gateway explain``: what a profile would do to each element, and what two profiles do differently."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

import click
import msgspec

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.instance import Instance
from gateway.deidentify.part10 import instance_of, is_part10
from gateway.errors import Refused
from gateway.operate.command import json_option
from gateway.operate.offline.batch import content_of, files_of, name_of
from gateway.operate.offline.comparison import Comparison
from gateway.operate.offline.explanation import (
    comparison_document,
    comparison_lines,
    decision_document,
    decision_lines,
)
from gateway.operate.offline.offline import CoreOptions, deidentifier_options
from gateway.operate.view.table import printable, terminal_width

_REFUSED: Final = 7
T = TypeVar("T")


@click.command()
@click.argument("source", metavar="FILE|FOLDER", type=click.Path(path_type=Path, exists=True))
@deidentifier_options
@click.option(
    "--against",
    metavar="PROFILE",
    help="Compare with this profile, over all files: only what differs is shown, and no values.",
)
@click.option("--values", is_flag=True, help="With --against: show examples of values too.")
@click.option("--tokens", is_flag=True, help="Of text that is cleaned, show each part, its verdict and why.")
@json_option
def command(
    source: Path, core: CoreOptions, against: str | None, values: bool, tokens: bool, as_json: bool
) -> int:
    r"""Show what a profile would do to each element of FILE, or of the files in FOLDER.

    Nothing is written. Prints one line an element: tag, keyword, action of PS3.15 Table E.1-1a
    (X removed, Z emptied, D dummy, U replaced UID, C cleaned, K kept), the option or rule that
    asked for it, value before, value after. The values before are the patient's: mind who reads
    the screen. Exit code 7 when a file is refused.

    \b
    Examples:
      gateway explain image.dcm --tokens
      gateway explain report.dcm --profile research --tokens
      gateway explain image.dcm --profile my.toml --json | jq '.[] | select(.action == "K")'
      gateway explain /data/study --profile basic_dates --against research
    """
    if values and against is None:
        raise click.UsageError("--values needs --against PROFILE")
    with core.examination() as pixels:
        if against is not None:
            return _compare(source, core.deidentifiers(pixels, against), keeps_values=values, as_json=as_json)
        deidentifier = core.deidentifier(pixels)
        if source.is_dir():
            return _explain_folder(source, deidentifier, tokens=tokens, as_json=as_json)
        decisions = list(deidentifier.explain(instance_of(source.read_bytes())))
    if as_json:
        click.echo(msgspec.json.encode([decision_document(one) for one in decisions]).decode())
    else:
        _echo_lines(decision_lines(decisions, terminal_width(), tokens=tokens))
    return 0


def _explain_folder(source: Path, deidentifier: Deidentifier, *, tokens: bool, as_json: bool) -> int:
    """Print the files one after the other; JSON is one document that is written as it grows."""
    refused, separator = 0, "["
    for name, decisions, refusal in _each(source, lambda one: list(deidentifier.explain(one))):
        refused += bool(refusal)
        if as_json:
            documents = [decision_document(decision) for decision in decisions or ()]
            entry = {"file": name, "refused": refusal} if refusal else {"file": name, "decisions": documents}
            click.echo(separator + msgspec.json.encode(entry).decode(), nl=False)
            separator = ",\n"
        else:
            click.secho(printable(name), bold=True)
            lines = decision_lines(decisions or [], terminal_width(), tokens=tokens)
            _echo_lines([f"refused: {refusal}"] if refusal else lines)
    if as_json:
        click.echo("[]" if separator == "[" else "]")
    return _REFUSED if refused else 0


def _compare(source: Path, cores: Sequence[Deidentifier], *, keeps_values: bool, as_json: bool) -> int:
    first, second = cores
    comparison = Comparison(first, second, keeps_values=keeps_values)
    for _, _, refusal in _each(source, comparison.add):
        if refusal:
            comparison.unread[refusal] += 1
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(comparison_document(comparison))).decode())
    else:
        _echo_lines(comparison_lines(comparison, terminal_width()))
    return _REFUSED if comparison.unread or any(comparison.refused) else 0


def _each(source: Path, function: Callable[[Instance], T]) -> Iterator[tuple[str, T | None, str]]:
    """Yield name and result of each instance of a folder, or of the file, or why there is none."""
    for file in files_of(source):
        name = name_of(file, source)
        try:
            content = content_of(file)
            if is_part10(content) or not source.is_dir():
                yield name, function(instance_of(content)), ""
        except Refused as refusal:
            yield name, None, str(refusal)
        except OSError as error:
            yield name, None, f"cannot be read: {error.strerror}"


def _echo_lines(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
