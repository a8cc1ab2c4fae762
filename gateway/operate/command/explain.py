"""``gateway explain``: what a profile would do to each element of a file."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from gateway.deidentify.decision import Decision
from gateway.deidentify.part10 import instance_of
from gateway.operate.command import json_option
from gateway.operate.offline import deidentifier_options, offline_deidentifier
from gateway.standard.dictionary import keyword_of

_WIDTH = 32


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@deidentifier_options
@json_option
def command(
    file: Path, profile: str, key: Path | None, prefix: str, unexamined_pixels: str, as_json: bool
) -> None:
    r"""Show what a profile would do to each element of FILE; nothing is written.

    Prints one line an element: path and tag, action of PS3.15 Table E.1-1a (X removed, Z emptied,
    D dummy, U replaced UID, C cleaned, K kept), value before, value after. The values before are
    the patient's: mind who reads the screen.

    \b
    Examples:
      gateway explain image.dcm --unexamined-pixels pass
      gateway explain image.dcm --profile my.toml --json | jq '.[] | select(.action == "K")'
    """
    deidentifier = offline_deidentifier(profile, key, prefix, unexamined_pixels)
    decisions = list(deidentifier.explain(instance_of(file.read_bytes())))
    if as_json:
        click.echo(msgspec.json.encode([_record(decision) for decision in decisions]).decode())
        return
    for decision in decisions:
        click.echo(_line(decision))


def _tag(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _record(decision: Decision) -> dict[str, object]:
    return {
        "path": [_tag(tag) for tag in decision.path],
        "tag": _tag(decision.tag),
        "keyword": keyword_of(decision.tag),
        "vr": decision.vr,
        "action": decision.action.value,
        "before": decision.before,
        "after": decision.after,
    }


def _line(decision: Decision) -> str:
    indent = "  " * len(decision.path)
    name = f"{indent}{_tag(decision.tag)} {keyword_of(decision.tag) or 'private or unknown'}"
    before, after = _short(decision.before), _short(decision.after)
    return f"{name:<60.60} {decision.action.value}  {before:<{_WIDTH}}  {after}".rstrip()


def _short(text: str) -> str:
    printable = "".join(character if character.isprintable() else "." for character in text)
    return printable if len(printable) <= _WIDTH else printable[: _WIDTH - 1] + "…"
