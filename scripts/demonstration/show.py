"""What the demonstration prints."""

from __future__ import annotations

import textwrap
import unicodedata
from pathlib import Path

import pydicom
from nodes.dcmtk import Dataset
from pydicom.datadict import dictionary_description

COMPARED = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PatientAge", "PatientAddress"),
    *("PatientTelephoneNumbers", "PatientComments", "InstitutionName", "ReferringPhysicianName"),
    *("OperatorsName", "StationName", "DeviceSerialNumber", "AccessionNumber", "StudyID", "StudyDate"),
    *("StudyTime", "StudyDescription", "Manufacturer", "Modality", "StudyInstanceUID", "SOPInstanceUID"),
    *(
        "BurnedInAnnotation",
        "PatientIdentityRemoved",
        "DeidentificationMethod",
        "LongitudinalTemporalInformationModified",
    ),
)
WIDTHS = (26, 39, 45)


def heading(number: str, text: str) -> None:
    """Print the heading of a step."""
    print(f"\n== {number}  {text}\n", flush=True)


def progress(text: str) -> None:
    """Print one line of progress."""
    print(f"    {text}", flush=True)


def indented(text: str) -> str:
    """Indent like everything below a heading."""
    return textwrap.indent(text.rstrip(), "    ")


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _cell(text: str, width: int) -> str:
    """Fill or cut to `width` columns of a terminal, in which some characters take two."""
    if _columns(text) > width:
        while _columns(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - _columns(text))


def _row(*cells: str, widths: tuple[int, ...] = WIDTHS) -> str:
    return ("    " + " ".join(_cell(cell, width) for cell, width in zip(cells, widths, strict=True))).rstrip()


def _header(path: Path) -> Dataset:
    return pydicom.dcmread(path, stop_before_pixels=True)


def samples(paths: list[Path]) -> None:
    """Table of what will be sent."""
    widths = (38, 26, 9, 27, 8)
    print(_row("patient and study", "made by", "modality", "transfer syntax", "bytes", widths=widths))
    for path in paths:
        header = _header(path)
        patient = f"{header.PatientName} {header.StudyID}"
        syntax = header.file_meta.TransferSyntaxUID.name.partition(" (")[0].replace(" Image Compression", "")
        size = str(path.stat().st_size)
        print(
            _row(
                patient, str(header.get("Manufacturer") or "-"), header.Modality, syntax, size, widths=widths
            )
        )


def received(paths: list[Path]) -> None:
    """Sum up what the gateway answered Success."""
    kinds = sorted({_header(path).Modality for path in paths})
    progress(f"received and answered 0000H: {len(paths)} instances ({', '.join(kinds)})")


def _value(header: Dataset, keyword: str) -> str:
    return str(header[keyword].value) if keyword in header else "(absent)"


def _comparison(original: Path, output: Path) -> None:
    before, after = _header(original), _header(output)
    print(_row(original.name, "before", "after"))
    print(_row(*("-" * width for width in WIDTHS)))
    for keyword in COMPARED:
        old, new = _value(before, keyword), _value(after, keyword)
        if (old, new) != ("(absent)", "(absent)"):
            print(_row(dictionary_description(keyword), old or "(empty)", new or "(empty)"))
    options = [item.CodeMeaning for item in after.get("DeidentificationMethodCodeSequence", [])]
    for option in options:
        print(_row("method (0012,0064)", "", option))
    private = [str(sum(element.tag.is_private for element in header)) for header in (before, after)]
    print(_row("private attributes", *private))
    print()


def before_and_after(pairs: list[tuple[Path, Path]]) -> None:
    """The first instance of each study, original and de-identified side by side."""
    seen = set()
    for original, output in pairs:
        study = _header(original).StudyInstanceUID
        if study not in seen:
            seen.add(study)
            _comparison(original, output)


def files(paths: list[Path]) -> None:
    """One line an instance."""
    for path in paths:
        header = _header(path)
        progress(f"{header.get('PatientID')}  {header.get('Modality'):<8} {header.SOPInstanceUID}")


def found(answers: list[Dataset]) -> None:
    """The Identifiers of the C-FIND responses."""
    for answer in answers:
        for element in answer:
            if element.keyword != "SpecificCharacterSet":
                print(_row(element.name, str(element.value), "", widths=(36, 66, 0)))
        print()


def brought(paths: list[Path], folder: Path) -> None:
    """What C-GET wrote."""
    progress(f"C-GET brought {len(paths)} instances:")
    for path in paths:
        header = _header(path)
        progress(f"  {header.Modality:<8} {header.PatientName!s:<20} {path.relative_to(folder)}")
