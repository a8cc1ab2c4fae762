"""``gateway deidentify``: the core on files and folders."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import click
import msgspec

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.instance import Deidentified
from gateway.errors import StorageError
from gateway.operate.command import json_option
from gateway.operate.offline.batch import Batch, Report, files_of, unwritable
from gateway.operate.offline.maps import Maps
from gateway.operate.offline.maps_key import maps_sealer
from gateway.operate.offline.offline import CoreOptions, deidentifier_options
from gateway.operate.offline.preview import previews
from gateway.operate.view.table import printable
from gateway.operate.wiring.named_entity import version_of
from gateway.operate.wiring.record import Recorder

_REFUSED: Final = 7
_NAMED: Final = 5
"""Refused files that are named for each reason."""


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
@deidentifier_options
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Also write the report here, as JSON."
)
@click.option(
    "--records",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write here what was done to each instance and why, a line of JSON each; no value of the original.",
)
@click.option("--force", is_flag=True, help="Overwrite the file of --records.")
@click.option(
    "--maps",
    "maps_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write maps of old and new identifiers into this folder, sealed.",
)
@click.option(
    "--maps-key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Key file that seals the maps; made when it is not there. Keep it elsewhere than the maps.",
)
@click.option("--clear-maps", is_flag=True, help="Write the maps in clear: whoever reads them re-identifies.")
@click.option(
    "--preview",
    type=click.Path(path_type=Path, file_okay=False),
    help="Draw each picture in which text was found, before and after, into this new folder. The pictures "
    "before are originals: whoever sees them sees the patient's text.",
)
@json_option
def command(
    source: Path,
    target: Path,
    core: CoreOptions,
    report: Path | None,
    records: Path | None,
    force: bool,
    maps_folder: Path | None,
    maps_key: Path | None,
    clear_maps: bool,
    preview: Path | None,
    as_json: bool,
) -> int:
    r"""De-identify SOURCE, a file or a folder, into the folder TARGET.

    Files are written as TARGET/study/series/instance.dcm under their replacement UIDs; a source's
    own name never reaches the target. What is refused, or cannot be read, is not written and is
    named in the report, with the reason. Exit code 7 when there was any such file. Files that are
    no DICOM are counted and left out.

    \b
    Examples:
      gateway deidentify /data/incoming /data/outgoing --profile research
      gateway deidentify scan.dcm out --profile basic_dates --unexamined-pixels pass
      gateway deidentify in out --preview ~/review
      gateway deidentify in out --records out.jsonl --maps ~/maps --maps-key ~/keys/maps.key
    """
    files = list(files_of(source, leave_out=target))
    with ExitStack() as stack:
        deidentifier = core.deidentifier(stack.enter_context(core.examination()))
        observers: list[Callable[[Deidentified], None]] = []
        sealer = maps_sealer(maps_folder, maps_key, target, core.key, is_clear=clear_maps)
        if maps_folder is not None:
            observers.append(stack.enter_context(Maps(maps_folder, sealer)).add)
        if records is not None:
            observers.append(_record_to(records, deidentifier, stack, is_forced=force))
        drawn = previews(preview, target)
        batch = Batch(deidentifier, source, target, observers, drawn.add if drawn is not None else None)
        with _progress(files, batch.report) as progress:
            for file in progress:
                batch.process(file)
    document = msgspec.json.format(msgspec.json.encode(batch.report))
    if report is not None:
        try:
            report.write_bytes(document + b"\n")
        except OSError as error:
            raise unwritable(report, error) from None
    click.echo(document.decode() if as_json else _text(batch.report, target))
    return _REFUSED if batch.report.refused else 0


def _record_to(
    path: Path, deidentifier: Deidentifier, stack: ExitStack, *, is_forced: bool
) -> Callable[[Deidentified], None]:
    """Return what writes the record of an output as a line of a file that its owner can read."""
    there = os.O_TRUNC if is_forced else os.O_EXCL
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | there | os.O_CLOEXEC, 0o600)
        os.fchmod(descriptor, 0o600)
    except FileExistsError:
        raise StorageError(f"{path} is there already: choose another file, or --force") from None
    except OSError as error:
        raise unwritable(path, error) from None
    file = cast("BinaryIO", stack.enter_context(os.fdopen(descriptor, "wb")))
    recorder = Recorder(deidentifier, version_of(deidentifier.profile))

    def write(result: Deidentified) -> None:
        try:
            file.write(msgspec.json.encode(recorder.record(result)) + b"\n")
        except OSError as error:
            raise unwritable(path, error) from None

    return write


def _progress(files: list[Path], report: Report) -> AbstractContextManager[Iterable[Path]]:
    """Return the files, behind a bar on standard error when somebody looks at it."""
    if not sys.stderr.isatty():
        return nullcontext(files)
    started = time.monotonic()

    def counts(_: Path | None) -> str:
        done = report.written + report.duplicates + report.no_dicom + report.refusals
        rate = done / max(time.monotonic() - started, 0.001)
        return f"{rate:.0f}/s  written {report.written}  refused {report.refusals}"

    bar: Any = click.progressbar(
        files, label="De-identifying", file=sys.stderr, show_pos=True, width=20, item_show_func=counts
    )
    return cast("AbstractContextManager[Iterable[Path]]", bar)


def _text(report: Report, target: Path) -> str:
    lines = [f"written     {report.written}  to {target}"]
    lines += [f"duplicates  {report.duplicates}"] if report.duplicates else []
    lines += [f"no DICOM    {report.no_dicom}"] if report.no_dicom else []
    for reason, names in sorted(report.refused.items()):
        lines.append(f"refused     {len(names)}  {reason}")
        lines += [f"              {printable(name)}" for name in names[:_NAMED]]
        more = len(names) - _NAMED
        lines += [f"              and {more} more; --report lists all"] if more > 0 else []
    lines += report.pixels.lines()
    for tag, count in sorted(report.removed_by_residual_check.items()):
        lines.append(f"residual    {tag} removed from {count}: it still held a value of the patient")
    return "\n".join(lines)
