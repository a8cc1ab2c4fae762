"""Instances that cost more than their size allows, and the process that runs one within bounds.

Run as a program with the name of an attack; it ends with 0 when the core answered or refused
within `CPU_SECONDS` and `MEMORY_MIB` beyond what the built instance itself takes.
"""

from __future__ import annotations

import resource
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

if not __package__:
    from types import ModuleType

    __package__ = "redteam_tests"
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    sys.modules[__package__] = ModuleType(__package__)
    sys.modules[__package__].__path__ = [str(Path(__file__).resolve().parent)]

from .bitstreams import H264, JPEG, JPEG_2000, codestream, comment, jpeg
from .builders import (
    CT,
    DEFLATED,
    IMPLICIT,
    Attack,
    attack,
    code,
    encode,
    fragments,
    instance,
    item,
    raw_element,
    short,
)

CPU_SECONDS = 10
MEMORY_MIB = 512
MIB = 1 << 20
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
ECG = "1.2.840.10008.5.1.4.1.1.9.1.1"
PDF = "1.2.840.10008.5.1.4.1.1.104.1"
SHORT_NAME = "Ode^Ana"
NOTE = "syngo MR B17"


def _sequence(*contents: bytes) -> tuple[str, bytes]:
    return "SQ", b"".join(map(item, contents))


def _reference(number: int) -> dict:
    return {"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": f"1.2.826.0.1.99.7.50331.{number}"}


def _references(count: int, **header: object) -> Attack:
    items = (encode({**_reference(index), "SoftwareVersions": NOTE}) for index in range(count))
    return attack({"AnatomicRegionSequence": _sequence(*items)}, **header)


def _people(count: int, text: str, *, people: int = MIB, **header: object) -> Attack:
    """Name a person in each item, and no more than so many of them."""
    items = (
        encode(
            {
                "PatientName": f"Fam{index % people:06d}x^Giv{index % people:06d}y",
                "SoftwareVersions": text.format(index),
            }
        )
        for index in range(count)
    )
    return attack({"AnatomicRegionSequence": _sequence(*items)}, **header)


def _frames(count: int, **header: object) -> Attack:
    """Return an enhanced multi-frame whose frames refer to their sources."""
    frames = (
        encode(
            {
                "DerivationImageSequence": [{"SourceImageSequence": [_reference(index)]}],
                "FrameAnatomySequence": [{"AnatomicRegionSequence": [code("Head")]}],
                "FrameContentSequence": [{"FrameAcquisitionDateTime": "20190611082533.5"}],
                "PlanePositionSequence": [{"ImagePositionPatient": f"-12.5\\3.25\\{index}"}],
            }
        )
        for index in range(count)
    )
    elements = {
        "NumberOfFrames": str(count),
        "PerFrameFunctionalGroupsSequence": _sequence(*frames),
        "PixelData": ("OW", bytes(128 * count)),
    }
    return attack(elements, sop_class=ENHANCED_MR, modality="MR", **header)


def _offset_table(count: int) -> Attack:
    table = struct.pack(f"<{count}L", *range(0, 24 * count, 24))
    coded = fragments(*[b"\xff\xd8\xff\xd9"] * (2 * count), table=table)
    return attack({"NumberOfFrames": str(count)}, syntax=JPEG, coded=coded)


def _fill_bytes() -> Attack:
    end = jpeg().rindex(b"\xff\xd9")
    frame = jpeg()[:end] + b"\xff" * (2 * MIB) + b"\0\xff\xd9"
    return attack({}, syntax=JPEG, coded=fragments(frame))


def _empty_items(count: int) -> Attack:
    """Deflate to next to nothing."""
    deflater = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    data_set = instance({"AnatomicRegionSequence": ("SQ", item(b"") * count)})
    return Attack(deflater.compress(data_set) + deflater.flush(), (), CT, DEFLATED)


def _deep(depth: int) -> Attack:
    start = struct.pack("<HH2sHLHHL", 8, 0x2218, b"SQ", 0, 0xFFFFFFFF, 0xFFFE, 0xE000, 0xFFFFFFFF)
    return attack({}, behind=start * depth)


def _contours(points: int, **header: object) -> Attack:
    data = "\\".join(f"{index % 4001 / 10 - 200:.2f}" for index in range(3 * points))
    contours = [{"ContourGeometricType": "CLOSED_PLANAR", "ContourData": data} for _ in range(100)]
    return attack(
        {"ROIContourSequence": [{"ContourSequence": contours}]},
        syntax=IMPLICIT,
        sop_class=STRUCTURE_SET,
        modality="RTSTRUCT",
        pixels=False,
        **header,
    )


def _identifiers(count: int) -> Attack:
    numbers = "\\".join(str(10_000_000 + index) for index in range(count))
    items = (encode({"SoftwareVersions": f"release {index}"}, implicit=True) for index in range(200))
    elements = {"OtherPatientIDs": numbers, "AnatomicRegionSequence": _sequence(*items)}
    return attack(elements, name=SHORT_NAME, syntax=IMPLICIT)


def _document(size: int) -> Attack:
    elements = {"EncapsulatedDocument": ("OB", b"\xe9" * size), "DocumentTitle": "t"}
    return attack(elements, sop_class=PDF, modality="DOC", pixels=False)


def _waveform(content: bytes) -> Attack:
    elements = {"WaveformSequence": [{"WaveformData": ("OW", content)}]}
    return attack(elements, sop_class=ECG, modality="ECG", pixels=False)


def _pixels(side: int, tail: bytes = b"") -> Attack:
    content = bytes(2 * side * side) + tail
    return attack({"Rows": short(side), "Columns": short(side), "PixelData": ("OW", content)})


def _kakadu(count: int) -> Attack:
    hostile = comment(b"Kdu-Layer-Info: " + b"a" * 400 + b"\x01") * count
    return attack({}, syntax=JPEG_2000, coded=fragments(codestream(hostile)))


def _text(content: str | bytes, **header: object) -> Attack:
    return attack({"LongCodeValue": ("UC", content)}, **header)


ATTACKS: dict[str, Callable[[], Attack]] = {
    "fill bytes in JPEG": _fill_bytes,
    "offset table of JPEG": lambda: _offset_table(16_000),
    "comments of JPEG 2000": lambda: _kakadu(4_000),
    "video": lambda: attack({}, syntax=H264, coded=fragments(bytes(range(256)) * (4 * MIB // 256))),
    "combining characters in the Patient ID": lambda: attack(
        {}, patient_id="\u0300\u0316" * 160_000, charset="ISO_IR 192", syntax=IMPLICIT
    ),
    "combining characters in the name": lambda: attack(
        {}, name="\u0300\u0316" * 160_000, charset="ISO_IR 192", syntax=IMPLICIT
    ),
    "combining characters in a text": lambda: _text("\u0300\u0316" * 160_000, charset="ISO_IR 192"),
    "long text": lambda: _text("aW- " * (MIB // 2), name=SHORT_NAME),
    "long number": lambda: _text("1" * 4 * MIB, name=SHORT_NAME, patient_id="1111111"),
    "escape sequences": lambda: _text(
        b"\x1b$B;3\x1b(B\\" * 150_000, name=SHORT_NAME, charset="\\ISO 2022 IR 87"
    ),
    "decimal string that is none": lambda: attack(
        {"SelectorDSValue": ("DS", "1.5\\" * 1_000_000 + "x")}, syntax=IMPLICIT
    ),
    "many identifiers": lambda: _identifiers(11_000),
    "many references": lambda: _references(8_000),
    "many references of a short name": lambda: _references(4_000, name=SHORT_NAME),
    "many people": lambda: _people(30_000, "syngo MR B17 {}"),
    "many people and a hit for each": lambda: _people(1_000, "by Fam{:06d}x"),
    "one person many times": lambda: _people(8_000, NOTE, people=1),
    "frames": lambda: _frames(600),
    "frames of a short name": lambda: _frames(600, name=SHORT_NAME),
    "contours": lambda: _contours(2_000),
    "contours of a number": lambda: _contours(2_000, patient_id="55309174"),
    "empty items, deflated": lambda: _empty_items(250_000),
    "empty elements": lambda: attack(
        {"AnatomicRegionSequence": _sequence(*[raw_element("SoftwareVersions", "LO", b"")] * 50_000)}
    ),
    "depth": lambda: _deep(100_000),
    "document": lambda: _document(8 * MIB),
    "waveform beyond ASCII": lambda: _waveform(b"\xf1\x02" * (2 * MIB)),
    "zeros behind the pixels": lambda: _pixels(1_000, bytes(8 * MIB)),
    "bytes behind the pixels": lambda: _pixels(1_000, b"\1" * 8 * MIB),
    "zeros behind JPEG": lambda: attack({}, syntax=JPEG, coded=fragments(jpeg() + bytes(8 * MIB))),
}


def _virtual_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def main(name: str) -> None:
    instance_of_attack = ATTACKS[name]()
    attack({}).result()  # what is loaded once is no cost of the attack
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    memory = _virtual_bytes() + MEMORY_MIB * MIB
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    instance_of_attack.result()


if __name__ == "__main__":
    main(sys.argv[1])
