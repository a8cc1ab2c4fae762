"""``gateway deidentify``: the core on files and folders."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.instance import Deidentified
from gateway.deidentify.part10 import instance_of, is_part10
from gateway.errors import Refused, StorageError
from gateway.operate.command import json_option
from gateway.operate.offline import deidentifier_options, offline_deidentifier

_REFUSED = 7


class Report(msgspec.Struct):
    """What became of the files of a run."""

    written: int = 0
    duplicates: int = 0
    no_dicom: int = 0
    refused: dict[str, list[str]] = {}
    """Files by reason, as paths below the source."""
    removed_by_residual_check: dict[str, int] = {}
    """Number of instances by the attribute's tag."""


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
@deidentifier_options
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="Also write the report here, as JSON."
)
@json_option
def command(
    source: Path,
    target: Path,
    profile: str,
    key: Path | None,
    prefix: str,
    unexamined_pixels: str,
    report: Path | None,
    as_json: bool,
) -> int:
    r"""De-identify SOURCE, a file or a folder, into the folder TARGET.

    Files are written as TARGET/study/series/instance.dcm under their replacement UIDs; a source's
    own name never reaches the target. What is refused, or cannot be read, is not written and is
    named in the report, with the reason. Exit code 7 when there was any such file. Files that are
    no DICOM are counted and left out.

    \b
    Examples:
      gateway deidentify /data/incoming /data/outgoing --profile basic_dates
      gateway deidentify scan.dcm out --key var/keys/default.key --unexamined-pixels pass
    """
    deidentifier = offline_deidentifier(profile, key, prefix, unexamined_pixels)
    files = sorted(_files(source, target))
    result = Report()
    with click.progressbar(files, label="De-identifying", file=sys.stderr) as progress:
        for file in progress:
            _one(deidentifier, file, source, target, result)
    document = msgspec.json.format(msgspec.json.encode(result))
    if report is not None:
        try:
            report.write_bytes(document + b"\n")
        except OSError as error:
            raise _unwritable(report, error) from None
    click.echo(document.decode() if as_json else _text(result, target))
    return _REFUSED if result.refused else 0


def _files(source: Path, target: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
        return
    inside = target.resolve()
    for folder, _, names in os.walk(source):
        if not Path(folder).resolve().is_relative_to(inside):
            yield from (Path(folder, name) for name in names)


def _one(deidentifier: Deidentifier, file: Path, source: Path, target: Path, report: Report) -> None:
    name = str(file.relative_to(source)) if source.is_dir() else file.name
    try:
        content = file.read_bytes()
    except OSError as error:
        report.refused.setdefault(f"cannot be read: {error.strerror}", []).append(name)
        return
    if not is_part10(content):
        report.no_dicom += 1
        return
    try:
        result = deidentifier.deidentify(instance_of(content))
    except Refused as refusal:
        report.refused.setdefault(str(refusal), []).append(name)
        return
    try:
        _write(result, target, report)
    except OSError as error:
        raise _unwritable(target, error) from None


def _unwritable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path} cannot be written: {error.strerror}")


def _write(result: Deidentified, target: Path, report: Report) -> None:
    folder = target / result.study_instance_uid / result.series_instance_uid
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.sop_instance_uid}.dcm"
    content = b"".join(result.buffers)
    if path.exists() and path.read_bytes() == content:
        report.duplicates += 1
        return
    if path.exists():
        reason = "the SOP Instance UID was already written with other content"
        report.refused.setdefault(reason, []).append(path.name)
        return
    temporary = path.with_suffix(".part")
    temporary.write_bytes(content)
    temporary.rename(path)
    report.written += 1
    removed = Counter(f"({tag >> 16:04X},{tag & 0xFFFF:04X})" for tag in result.removed_by_residual)
    for tag, count in removed.items():
        report.removed_by_residual_check[tag] = report.removed_by_residual_check.get(tag, 0) + count


def _text(report: Report, target: Path) -> str:
    lines = [f"written     {report.written}  to {target}"]
    lines += [f"duplicates  {report.duplicates}"] if report.duplicates else []
    lines += [f"no DICOM    {report.no_dicom}"] if report.no_dicom else []
    for reason, names in sorted(report.refused.items()):
        lines.append(f"refused     {len(names)}  {reason}")
        lines += [f"              {name}" for name in names[:5]]
        lines += [f"              and {len(names) - 5} more; --report lists all"] if len(names) > 5 else []
    for tag, count in sorted(report.removed_by_residual_check.items()):
        lines.append(f"residual    {tag} removed from {count}: it still held a value of the patient")
    return "\n".join(lines)
