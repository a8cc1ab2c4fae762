"""``gateway record``: what was done to an instance that the gateway received, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import msgspec

from gateway.ledger.reader import LedgerReader, Treated
from gateway.operate.command import json_option, settings_option
from gateway.operate.view.table import COLOUR, line, shared_widths, terminal_width
from gateway.operate.wiring.pixel_record import PixelRecord
from gateway.operate.wiring.record import ElementRecord, InstanceRecord
from gateway.settings import load

_NO_RECORD: Final = 1


@click.command()
@click.argument("sop_instance_uid", metavar="UID")
@settings_option
@json_option
def command(sop_instance_uid: str, settings_file: Path, as_json: bool) -> int:
    r"""Show what was done to the instance with the new SOP Instance UID, and why.

    No value of the original is shown, nor is any kept for it. Works while the gateway runs and
    while it does not. Several instances are shown when there is a conflict under the UID. Exit code
    1 when there is no record.

    \b
    Examples:
      gateway record 2.25.337816055843913959934300773897443161226
      gateway record 2.25.1234 --json | jq '.[].elements[] | select(.why == "residual")'
    """
    found = _records(load(settings_file).storage.directory / "ledger.sqlite", sop_instance_uid)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    if not found:
        click.echo("gateway: no record: received by nobody, or before records were kept", err=True)
        return _NO_RECORD
    for text in (text for record in found for text in _lines(record, terminal_width()) if not as_json):
        click.echo(text)
    return 0


def _records(ledger: Path, sop_instance_uid: str) -> list[InstanceRecord]:
    if not ledger.exists():
        return []
    reader = LedgerReader(ledger)
    try:
        return [_record(one) for one in reader.treated(sop_instance_uid) if one.treatment]
    finally:
        reader.close()


def _record(treated: Treated) -> InstanceRecord:
    return msgspec.structs.replace(
        msgspec.json.decode(treated.treatment, type=InstanceRecord),
        sop_instance_uid=treated.sop_instance_uid,
        series_instance_uid=treated.series_instance_uid,
        study_instance_uid=treated.study_instance_uid,
        sop_class_uid=treated.sop_class_uid,
        pseudonym=treated.pseudonym,
    )


def _lines(record: InstanceRecord, width: int) -> Iterator[str]:
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if name not in ("elements", "pixels") and value:
            yield f"{name:<20} {', '.join(value) if isinstance(value, tuple) else value}"
    if record.pixels is not None:
        yield from _pixel_lines(record.pixels)
    widths = shared_widths(width, [13, None, 1, None, 6], [2, 1])
    yield line(["tag", "keyword", "", "why", "count"], widths)
    for element in record.elements:
        yield line(_cells(element), widths, [None, None, COLOUR[element.action]])


def _pixel_lines(pixels: PixelRecord) -> Iterator[str]:
    said = [pixels.verdict, f"depth {pixels.depth}", *(["sample"] if pixels.sample else [])]
    said += ["changed"] if pixels.changed else []
    said += [f"now {pixels.transfer_syntax_uid}"] if pixels.transfer_syntax_uid else []
    yield f"{'pixels':<20} {', '.join(said)}"
    for area in pixels.areas:
        (left, top, right, bottom), (first, last) = area.box, area.frames
        frames = f"frame {first}" if first == last else f"frames {first}-{last}"
        yield f"{'':20} {area.ground}: {left}, {top} to {right}, {bottom}, {frames}"
    if pixels.left_out:
        yield f"{'':20} and {pixels.left_out} more areas"


def _cells(element: ElementRecord) -> list[str]:
    name = "  " * len(element.path) + (element.keyword or "private or unknown")
    return [element.tag, name, element.action, element.why, f"{element.count:>6}"]
