"""JPEG and JPEG-LS frames: segments, headers, and the meaning of their colours (ISO/IEC 10918-1 Annex B)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from gateway.deidentify.bitstream.jpeg import EOI, SOI, SOS, STANDALONE, image_spans
from gateway.deidentify.pixel.codec.codestream import Header
from gateway.deidentify.pixel.codec.failure import refusing, undecodable
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Coded

BASELINE, EXTENDED, PROGRESSIVE, LOSSLESS = 0xC0, 0xC1, 0xC2, 0xC3
JPEG_LS: Final = 0xF7
_ARITHMETIC: Final = frozenset({0xC9, 0xCA})
SEQUENTIAL: Final = frozenset({BASELINE, EXTENDED})
DCT: Final = frozenset({BASELINE, EXTENDED, PROGRESSIVE}) | _ARITHMETIC
_FRAMES: Final = (frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}) | {JPEG_LS}
_DQT, _DHT, _DAC, _DRI, _LSE = 0xDB, 0xC4, 0xCC, 0xDD, 0xF8
_JFIF, _ADOBE, _HP = 0xE0, 0xEE, 0xE8
_ALL: Final = b"\0\x3f\0"
"""Of a sequential scan: every coefficient, with all its bits. Others are common, and ignored (B.2.3)."""
_AHEAD: Final = 8
"""Bytes that libjpeg may have read and not needed."""
_TEXT: Final = re.compile(rb"[ -~]{4}")
MAX_SCANS: Final = 200
"""Progressive frames have some ten; each one costs a pass over the whole frame."""
RAW_COLOURS: Final = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
"""Adobe's segment that says: no colour transform. Decoders then give the samples as they are coded."""


@dataclass(frozen=True, slots=True)
class Component:
    """One component of a frame header: its identifier and sampling factors."""

    identifier: int
    across: int
    down: int


@dataclass(frozen=True, slots=True)
class JpegFrame:
    """A JPEG or JPEG-LS frame that was taken apart.

    Parameters
    ----------
    process
        Marker code of the frame header.
    header
        Size and precision.
    components
        In order.
    is_jfif
        JFIF's segment is there, which says YCbCr of three components.
    transform
        Colour transform of Adobe's segment, None without one.
    application
        The application segments that decoders need, as they are.
    coding
        Everything between SOI and EOI without application segments and comments.
    ends
        Where in `coding` each scan ends.
    """

    process: int
    header: Header
    components: tuple[Component, ...]
    is_jfif: bool
    transform: int | None
    application: bytes
    coding: bytes
    ends: tuple[int, ...] = ()

    @property
    def most_across(self) -> int:
        """Greatest horizontal sampling factor."""
        return max(component.across for component in self.components)

    @property
    def most_down(self) -> int:
        """Greatest vertical sampling factor."""
        return max(component.down for component in self.components)

    @property
    def is_subsampled(self) -> bool:
        """Whether a component has fewer samples than another."""
        return len({(component.across, component.down) for component in self.components}) > 1

    def mcu(self) -> tuple[int, int]:
        """Return the rows and columns of an MCU; one block where there is one component."""
        if len(self.components) == 1:
            return 8, 8
        return 8 * self.most_down, 8 * self.most_across

    def raw(self) -> bytes:
        """Return the frame for a decoder that shall not convert colours, and has nothing else to read."""
        marker = RAW_COLOURS if len(self.components) == 3 else b""
        return b"".join((SOI, marker, self.coding, bytes((0xFF, EOI))))

    def cut_short(self) -> Iterator[JpegFrame]:
        """Yield the frame without the last byte of a scan, for each that ends in what may be text."""
        for end in self.ends:
            if _TEXT.search(self.coding, end - _AHEAD, end):
                yield replace(self, coding=self.coding[: end - 1] + self.coding[end:])

    def whole(self, coding: bytes | None = None) -> bytes:
        """Return the frame, with its own application segments and, where given, another coding."""
        out = b"".join((SOI, self.application, self.coding if coding is None else coding, bytes((0xFF, EOI))))
        return out + bytes(len(out) % 2)


def take_apart(frame: Coded, *, jpeg_ls: bool = False) -> JpegFrame:
    """Read the segments of a frame.

    Parameters
    ----------
    frame
        From SOI to EOI, and padding.
    jpeg_ls
        It is JPEG-LS.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` where segments cannot be told apart, the frame is cut off, or
        is one that nothing here decodes.
    """
    view = memoryview(frame)
    with refusing("segments that cannot be told apart"):
        return _Reader(view, image_spans(view, jpeg_ls=jpeg_ls)).frame()


class _Reader:
    """Goes through the segments of one frame."""

    def __init__(self, view: memoryview, spans: list[tuple[int, int]]) -> None:
        self._view, self._spans = view, spans
        self._application: list[memoryview] = []
        self._coding: list[memoryview] = []
        self._ends: list[int] = []
        self._scanned: set[int] = set()
        self._process, self._found = 0, b""
        self._is_jfif, self._ended, self._scans = False, False, 0
        self._transform: int | None = None

    def frame(self) -> JpegFrame:
        """Return the frame."""
        in_scan = False
        for start, end in self._spans[1:]:
            piece = self._view[start:end]
            if in_scan:
                # What follows the header of a scan is its entropy-coded data, whatever its bytes.
                self._coding.append(piece)
                self._ends.append(sum(map(len, self._coding)))
                in_scan = False
                continue
            code = next((byte for byte in piece if byte != 0xFF), 0)
            if code == EOI and start != end:
                self._ended = True
                break
            in_scan = code == SOS
            self._segment(code, piece)
        return self._finished()

    def _segment(self, code: int, piece: memoryview) -> None:
        if code in STANDALONE:
            return
        content = bytes(piece[bytes(piece).index(code) + 3 :])
        if code in (_JFIF, _ADOBE, _HP):
            self._application.append(piece)
            self._is_jfif = self._is_jfif or code == _JFIF
            self._transform = content[11] if code == _ADOBE else self._transform
            return
        if code in _FRAMES:
            if self._found:
                raise undecodable("a frame with two headers")
            self._process, self._found = code, content
        if code == _LSE and content[0] != 1:
            raise undecodable("a palette inside JPEG-LS")
        if code == SOS:
            self._scans += 1
            self._scanned.update(content[1 : 1 + 2 * content[0] : 2])
            if self._process in SEQUENTIAL:
                piece = memoryview(bytes(piece[: -len(_ALL)]) + _ALL)
        if code in _FRAMES or code in (SOS, _DQT, _DHT, _DAC, _DRI, _LSE):
            self._coding.append(piece)

    def _finished(self) -> JpegFrame:
        if not self._ended or not self._found or not self._scans:
            raise undecodable("a frame that is cut off")
        if self._scans > MAX_SCANS:
            raise undecodable("a frame of more scans than any encoder writes")
        if self._process not in DCT and self._process not in (LOSSLESS, JPEG_LS):
            raise undecodable("a process that is not decoded")
        content = self._found
        components = tuple(
            Component(identifier, factors >> 4, factors & 15)
            for identifier, factors in zip(content[6::3], content[7::3], strict=True)
        )
        if any(not 1 <= factor <= 4 for each in components for factor in (each.across, each.down)):
            raise undecodable("sampling factors that cannot be")
        if self._scanned != {each.identifier for each in components}:
            raise undecodable("a component without a scan")
        header = Header(
            rows=int.from_bytes(content[1:3], "big"),
            columns=int.from_bytes(content[3:5], "big"),
            samples=len(components),
            precision=content[0],
        )
        joined = (b"".join(self._application), b"".join(self._coding))
        return JpegFrame(
            self._process, header, components, self._is_jfif, self._transform, *joined, tuple(self._ends)
        )


def photometric(frame: JpegFrame, image: Image) -> str:
    """Return the Photometric Interpretation of the samples as they are coded.

    What the markers of a frame say goes before what the data set says: that is what decoders
    follow, and files labelled RGB whose frames are YCbCr are common. So is the reverse.

    Parameters
    ----------
    frame
        Taken apart.
    image
        What the data set says.
    """
    if len(frame.components) != 3:
        return image.photometric
    label = image.photometric if image.photometric.startswith("YBR_") else "YBR_FULL"
    if frame.transform is not None:
        return "RGB" if frame.transform == 0 else label
    if frame.process in (LOSSLESS, JPEG_LS):
        # These processes have no transform; JFIF is written by habit.
        return image.photometric
    if frame.is_jfif or frame.is_subsampled:
        return label
    if bytes(component.identifier for component in frame.components) == b"RGB":
        return "RGB"
    return image.photometric
