"""Search de-identified files for what is left of their originals.

Independent of the gateway: reads both files with pydicom and knows nothing of rules or keys.

    residual_check.py INPUT OUTPUT [INPUT OUTPUT ...]
    residual_check.py --pairs PAIRS.tsv        one tab-separated pair a line

For each pair it looks in the output, in every element at any depth, decoded, and in the bytes
outside of the pixel data, for identifying values of the input; compares the coded pixels; and, with
--dciodvfy, reports errors of the output that the input did not have. Exit code 1: something found.
"""

from __future__ import annotations

import argparse
import re
import sys
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.charset import convert_encodings
from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, UID_dictionary
from residual.coded_pixels import difference
from residual.conformance import new_errors

TEXT_VRS = {"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"}
PIXELS = {"PixelData", "FloatPixelData", "DoubleFloatPixelData"}
# Attributes whose value points at a person or a place, by the wording of their keyword.
IDENTIFYING = re.compile(
    r"""^(IssuerOf)?(Other)?Patient(ID|IDs|Address|TelephoneNumbers|TelecomInformation|BirthName|MotherBirthName|
    ReligiousPreference|InsurancePlanCodeSequence)$ | ^AccessionNumber$ | ^StudyID$ | ^AdmissionID$ |
    ^(Requested|Scheduled|Performed)(Procedure|ProcedureStep)ID$ | ^(Placer|Filler)OrderNumber |
    ^(Institution(Name|Address|alDepartmentName)|StationName|DeviceSerialNumber|MedicalRecordLocator)$ |
    (Person|Physician|Operator|Observer|Author)\w*(Name|Address|Telephone)|TelephoneNumbers?$ |
    ^ScheduledStationName$ | ^PerformedStationName$ | ^PlateID$ | ^DetectorID$ | ^GantryID$ | ^Occupation$ |
    ^MilitaryRank$ | ^(Current|Patient)\w*Location$ | ^CountryOfResidence$ | ^RegionOfResidence$""",
    re.VERBOSE,
)
# UIDs that name vocabulary or software, not an instance, study, device or event.
PUBLIC_UID = re.compile(
    r"(SOPClass|TransferSyntax|CodingScheme|Context|MappingResource|ContextGroupExtensionCreator|"
    r"ImplementationClass|PrivateInformationCreator)\w*UID"
)
SHORTEST = 4


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing left over; prints the place and the source attribute, never the value."""

    kind: str
    where: str
    source: str


@dataclass(frozen=True, slots=True)
class Trace:
    """An identifying value of the input and the attribute that had it."""

    text: str
    source: str


def _quiet_read(path: Path) -> Dataset:
    pydicom.config.convert_wrong_length_to_UN = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(path, force=True)


def elements(data_set: Dataset, path: str = "") -> Iterator[tuple[str, str, str, list[str]]]:
    """Every element at every depth: its path, keyword, VR and decoded values."""
    for tag in data_set.keys():  # noqa: SIM118 - iterating the data set would decode each element
        keyword = keyword_for_tag(tag) or f"{tag:08X}"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                element = data_set[tag]
        except Exception:  # noqa: BLE001 - broken on purpose; its bytes are searched all the same
            continue
        here = f"{path}{keyword}"
        if element.VR == "SQ":
            for number, item in enumerate(element.value or ()):
                yield from elements(item, f"{here}[{number}].")
        elif not isinstance(element.value, bytes):
            values = element.value if element.VM > 1 else [element.value]
            yield here, keyword, element.VR, [str(value) for value in values if value not in (None, "")]


def _parts(name: str) -> set[str]:
    return {part for part in re.split(r"[\^=\s,;.()/\\]+", name) if len(part) >= SHORTEST}


def traces(data_set: Dataset) -> set[Trace]:
    """Identifying values of an original."""
    found: set[tuple[str, str]] = set()
    for path, keyword, vr, values in elements(data_set):
        for value in map(str.strip, values):
            if vr == "PN":
                found |= {(part, path) for part in {value, *_parts(value)}}
            elif vr == "UI" and value not in UID_dictionary and not value.startswith("1.2.840.10008."):
                if not PUBLIC_UID.search(keyword):
                    found.add((value, path))
            elif keyword == "PatientBirthDate" or (IDENTIFYING.search(keyword) and vr in TEXT_VRS):
                found.add((value, path))
    return {Trace(text, path) for text, path in found if len(text) >= SHORTEST}


def _is_in(trace: str, vr: str, value: str) -> bool:
    if vr == "UI":
        return trace == value.strip()
    if vr not in TEXT_VRS and trace.isdigit() and len(trace) < 6:
        return False  # a count or an index is no identifier
    if trace.isdigit() or vr not in TEXT_VRS:
        # A run of digits within a longer number is an accident.
        return re.search(rf"(?<![0-9.]){re.escape(trace)}(?![0-9.])", value, re.IGNORECASE) is not None
    return trace.casefold() in value.casefold()


def _header_bytes(path: Path, data_set: Dataset) -> bytes:
    """Everything of a file but the value of its pixel data."""
    content = path.read_bytes()
    if data_set.file_meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        meta = 144 + int(data_set.file_meta.FileMetaInformationGroupLength)
        return content[:meta] + zlib.decompressobj(-15).decompress(content[meta:])
    for keyword in PIXELS & set(data_set.dir()):
        value = data_set[keyword].value
        if isinstance(value, bytes) and value:
            content = content.replace(value, b"", 1)
    return content


def _encodings(data_set: Dataset) -> set[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        declared = convert_encodings(data_set.get("SpecificCharacterSet") or "ISO_IR 6")
    return {"utf-8", "latin-1", *declared}


def _in_bytes(trace: str, content: bytes, encodings: set[str]) -> bool:
    if trace.isdigit() and len(trace) < 8:
        return False  # found by accident among binary values and new UIDs
    for encoding in encodings:
        try:
            coded = trace.encode(encoding)
        except (UnicodeEncodeError, LookupError):
            continue
        edge = rb"(?<![0-9.])%b(?![0-9.])" if re.fullmatch(r"[0-9.]+", trace) else rb"%b"
        if len(coded) >= SHORTEST and re.search(edge % re.escape(coded), content):
            return True
    return False


def check(
    source: Path, output: Path, *, dciodvfy: bool = False, public: frozenset[str] = frozenset()
) -> list[Finding]:
    """Everything that is wrong with `output`, given the original it was made of.

    Parameters
    ----------
    public
        Words, in lower case, that identify nobody although the original uses them as a name.
    """
    before, after = _quiet_read(source), _quiet_read(output)
    content = _header_bytes(output, after)
    encodings = _encodings(before) | _encodings(after)
    identifying = {trace for trace in traces(before) if trace.text.casefold() not in public}
    findings: set[Finding] = set()
    for path, _, vr, values in elements(after):
        for value in values:
            findings |= {
                Finding("value left", path, t.source) for t in identifying if _is_in(t.text, vr, value)
            }
    # Only what no element shows is worth a second word: a hit in both is one finding.
    seen = {finding.source for finding in findings}
    for trace in identifying:
        if trace.source not in seen and _in_bytes(trace.text, content, encodings):
            findings.add(Finding("bytes left", "outside pixel data", trace.source))
    if changed := difference(before, after):
        findings.add(Finding("pixels", changed, "PixelData"))
    if dciodvfy:
        findings |= {Finding("dciodvfy", error, "") for error in new_errors(source, output)}
    return sorted(findings)


def _pairs(arguments: argparse.Namespace) -> list[tuple[Path, Path]]:
    names = [Path(name) for name in arguments.files]
    if len(names) % 2:
        sys.exit("residual_check: files come in pairs, INPUT OUTPUT")
    pairs = list(zip(names[::2], names[1::2], strict=True))
    if arguments.pairs:
        rows = arguments.pairs.read_text(encoding="utf-8").splitlines()
        pairs += [(Path(a), Path(b)) for a, b in (row.split("\t")[:2] for row in rows if row)]
    return pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="*", help="INPUT OUTPUT ...")
    parser.add_argument("--pairs", type=Path, help="tab-separated file of pairs")
    parser.add_argument("--dciodvfy", action="store_true", help="compare dciodvfy's errors too")
    parser.add_argument("--public", metavar="WORD", nargs="*", default=[], help="words that identify nobody")
    arguments = parser.parse_args()
    public = frozenset(word.casefold() for word in arguments.public)
    pairs = _pairs(arguments)
    if not pairs:
        parser.error("no pair given")
    total = 0
    for source, output in pairs:
        for finding in check(source, output, dciodvfy=arguments.dciodvfy, public=public):
            total += 1
            print(f"{source.name}\t{finding.kind}\t{finding.where}\t{finding.source}")
    print(f"{len(pairs)} pairs, {total} findings", file=sys.stderr)
    sys.exit(bool(total))


if __name__ == "__main__":
    main()
