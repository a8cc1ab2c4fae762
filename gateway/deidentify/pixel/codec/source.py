"""The frames of an instance, decoded one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from gateway.deidentify.pixel.codec import decoder, jpeg2000_frame, jpeg_frame
from gateway.deidentify.pixel.codec.codestream import Header
from gateway.deidentify.pixel.codec.encoder import TRANSFORMED
from gateway.deidentify.pixel.codec.failure import undecodable
from gateway.deidentify.pixel.codec.layout import Layout, swapped
from gateway.deidentify.pixel.codec.sample import Cells, Unused, check, unsigned, values
from gateway.deidentify.pixel.codec.table import BY_UID, Row, Way
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Coded
from gateway.deidentify.pixel.picture import Stored
from gateway.standard.transfer_syntax import TRANSFER_SYNTAXES, Codec


class FrameSource:
    """Decodes frames on demand, and keeps the last one.

    Parameters
    ----------
    declared
        What the data set says.
    transfer_syntax_uid
        Of the frames.
    frames
        As in `open_source`.
    """

    def __init__(self, declared: Image, transfer_syntax_uid: str, frames: Sequence[Coded]) -> None:
        self.declared, self.uid, self.frames = declared, transfer_syntax_uid, frames
        self.row: Row = BY_UID[transfer_syntax_uid]
        self.codec = TRANSFER_SYNTAXES[transfer_syntax_uid].codec
        self.layout: Layout | None = None
        if self.codec is Codec.NATIVE:
            self.layout = Layout.of(declared, len(frames[0]), declared.frames)
        elif self.codec is Codec.ENCAPSULATED_UNCOMPRESSED:
            self.layout = Layout.of(declared, min(map(len, frames)), 1)
        elif self.codec is Codec.DEFLATED_FRAME:
            full = Layout(declared, 1, is_subsampled=False).length
            self.layout = Layout.of(declared, min(len(decoder.inflated(one, full)) for one in frames), 1)
        self.native = _unswapped(self.layout, frames[0]) if self.codec is Codec.NATIVE else b""
        self.image = msgspec.structs.replace(declared, photometric=self._photometric())
        self._last: tuple[int, Cells, Image] | None = None
        self._says: dict[int, bool] = {}
        self._has_rest: dict[int, bool] = {}
        self._sound: set[int] = set()

    def frame(self, number: int) -> Stored:
        """Return the stored values of a frame, from 0; read-only.

        Raises
        ------
        Refused
            `Reason.PIXELS_UNDECODABLE` where it cannot be decoded.
        """
        cells, image = self._decoded(number)
        found = values(cells, image)
        found = found.view()
        found.flags.writeable = False
        return found

    def cells(self, number: int) -> Cells:
        """Return the samples of a frame with all their bits.

        Raises
        ------
        Refused
            `Reason.PIXELS_UNDECODABLE` where it cannot be decoded.
        """
        return self._decoded(number)[0]

    def was_decoded(self, number: int) -> bool:
        """Tell whether a frame was decoded before, without an error."""
        return number in self._sound

    def says_something(self, number: int) -> bool:
        """Tell whether the bits of a frame outside Bits Stored say something.

        Raises
        ------
        Refused
            `Reason.PIXELS_UNDECODABLE` where it cannot be decoded.
        """
        if number not in self._says and not self._has_unused(number):
            self._says[number] = False
        if number not in self._says:
            self._decoded(number)
        return self._says[number]

    def has_rest(self, number: int) -> bool:
        """Tell whether a frame holds bytes that its decoder did not use, or may hold some.

        Raises
        ------
        Refused
            `Reason.PIXELS_UNDECODABLE` where it cannot be decoded.
        """
        if self.layout is not None and self.codec is not Codec.NATIVE:
            return any(self._unpacked(number)[self.layout.length :])
        if self.codec is Codec.JPEG_2000 and number not in self._has_rest:
            stream = jpeg2000_frame.codestream(self.frames[number])
            self._has_rest[number] = not decoder.needs_all(stream)
        if self.codec is Codec.JPEG and number not in self._has_rest:
            self._decode(number)
        return self._has_rest.get(number, False)

    def _unpacked(self, number: int) -> Coded:
        frame = self.frames[number]
        if self.codec is not Codec.DEFLATED_FRAME:
            return frame
        return decoder.inflated(frame, Layout(self.declared, 1, is_subsampled=False).length + 1)

    def precision(self, number: int) -> int:
        """Return the bits of a sample in a coded frame."""
        header = self._header(number)
        return header.precision if header else self.declared.allocated

    def _has_unused(self, number: int) -> bool:
        if self.declared.allocated == self.declared.stored:
            return False
        return self.precision(number) > self.declared.stored

    def _decoded(self, number: int) -> tuple[Cells, Image]:
        if self._last is not None and self._last[0] == number:
            return self._last[1], self._last[2]
        if not 0 <= number < self.declared.frames:
            raise undecodable("a frame that is not there")
        cells, image = self._decode(number)
        if self.codec is not Codec.NATIVE:
            # Native pixels are looked at as a whole, where they are blacked.
            unused = Unused(image)
            unused.look(cells)
            self._says[number] = unused.says_something
        # Native frames are views; to keep one costs nothing, and to keep a decoded one saves a second pass.
        self._last = (number, cells, image)
        self._sound.add(number)
        return cells, image

    def _decode(self, number: int) -> tuple[Cells, Image]:
        if self.codec is Codec.NATIVE:
            assert self.layout is not None
            return self.layout.cells(self.native, number), self.image
        if self.codec is Codec.JPEG:
            apart = jpeg_frame.take_apart(self.frames[number])
            cells, has_rest = decoder.jpeg(apart)
            self._has_rest[number] = has_rest or not decoder.uses_all(apart)
        else:
            cells = _DECODERS[self.codec](self, self.frames[number])
        if self.layout is not None or self.codec is Codec.RLE:
            return cells, self.image
        return _allocated(cells, self.image, self.precision(number))

    def _header(self, number: int) -> Header | None:
        frame = self.frames[number] if self.codec is not Codec.NATIVE else b""
        if self.codec in (Codec.JPEG, Codec.JPEG_LS):
            return jpeg_frame.take_apart(frame, jpeg_ls=self.codec is Codec.JPEG_LS).header
        if self.codec is Codec.JPEG_2000:
            return jpeg2000_frame.header(jpeg2000_frame.codestream(frame))
        return None

    def _photometric(self) -> str:
        """Return what the samples are, and make sure that every frame is what the data set describes."""
        declared = self.declared
        if self.codec is Codec.JPEG_2000:
            for number in range(declared.frames):
                self._checked(number)
            # Without a transform of the codec, a label that claims one is wrong, and RGB what is meant.
            return "RGB" if declared.photometric in TRANSFORMED else declared.photometric
        if self.codec not in (Codec.JPEG, Codec.JPEG_LS):
            return declared.photometric
        found = set()
        for frame in self.frames:
            apart = jpeg_frame.take_apart(frame, jpeg_ls=self.codec is Codec.JPEG_LS)
            apart.header.check(declared)
            if (apart.process == jpeg_frame.JPEG_LS) is not (self.codec is Codec.JPEG_LS):
                raise undecodable("a frame of another codec than the transfer syntax")
            found.add(jpeg_frame.photometric(apart, declared))
        if len(found) != 1:
            raise undecodable("frames of different colours")
        return found.pop()

    def _checked(self, number: int) -> None:
        header = self._header(number)
        assert header is not None
        header.check(self.declared)


def open_source(image: Image, transfer_syntax_uid: str, frames: Sequence[Coded]) -> FrameSource:
    """Return the frames of an instance, to be decoded one at a time.

    The header of every coded frame is read and must fit the data set before any of them is decoded.

    Parameters
    ----------
    image
        What the data set says.
    transfer_syntax_uid
        How the frames are coded.
    frames
        One buffer a frame; of native pixels, the value as the only one. Nothing is copied, except
        8 bits in big endian words.

    Returns
    -------
        Its `image` says what the values are: where frames say something else of their colours than
        the data set, it follows the frames, and JPEG 2000 gives RGB for YBR_RCT and YBR_ICT.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` for video, JPEG XL, what is unknown, what contradicts the data
        set, and what is cut off.
    """
    row = BY_UID.get(transfer_syntax_uid)
    if row is None or row.way is Way.REFUSED:
        raise undecodable("a transfer syntax that is not decoded")
    check(image)
    if image.samples > 3 and row.way is not Way.IN_PLACE:
        raise undecodable("coded pixels of four samples")
    if len(frames) != (1 if row.way is Way.IN_PLACE else image.frames):
        raise undecodable("another number of frames than the header says")
    return FrameSource(image, transfer_syntax_uid, frames)


def _unswapped(layout: Layout | None, value: Coded) -> Coded:
    return swapped(value) if layout is not None and layout.is_swapped else value


def _allocated(cells: Cells, image: Image, precision: int) -> tuple[Cells, Image]:
    """Return decoded samples in Bits Allocated, and where in them the stored bits are.

    A codestream of no more bits than are stored holds those alone, the sign on top. In one of more
    bits the unused ones end with it.
    """
    kind = unsigned(image.allocated)
    stored = min(image.stored, precision)
    high_bit = image.high_bit if stored < precision and image.high_bit < precision else stored - 1
    image = msgspec.structs.replace(image, allocated=precision, stored=stored, high_bit=high_bit)
    return (cells if cells.dtype == kind else cells.astype(kind)), image


def _uncompressed(source: FrameSource, frame: Coded) -> Cells:
    assert source.layout is not None
    return source.layout.cells(frame, 0)


def _deflated(source: FrameSource, frame: Coded) -> Cells:
    assert source.layout is not None
    data = decoder.inflated(frame, source.layout.length)
    if len(data) != source.layout.length:
        raise undecodable("a deflated frame that is too short")
    return source.layout.cells(data, 0)


def _rle(source: FrameSource, frame: Coded) -> Cells:
    return decoder.run_length(frame, source.declared)


def _jpeg_ls(_: FrameSource, frame: Coded) -> Cells:
    return decoder.charls(jpeg_frame.take_apart(frame, jpeg_ls=True))


def _jpeg_2000(_: FrameSource, frame: Coded) -> Cells:
    return decoder.jpeg2000(jpeg2000_frame.codestream(frame))


_DECODERS: Final[Mapping[Codec, Callable[[FrameSource, Coded], Cells]]] = MappingProxyType(
    {
        Codec.ENCAPSULATED_UNCOMPRESSED: _uncompressed,
        Codec.DEFLATED_FRAME: _deflated,
        Codec.RLE: _rle,
        Codec.JPEG_LS: _jpeg_ls,
        Codec.JPEG_2000: _jpeg_2000,
    }
)
