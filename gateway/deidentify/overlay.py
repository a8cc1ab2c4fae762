"""The bitmap of an overlay plane, from which everything that may be a letter is erased (PS3.15 E.3.3).

Nothing is recognised as text: a mark stays only where no letter can look like it. Two kinds do.
A filled region is thicker than the stroke of any letter. A line is part of a long border that
bends gently, longer than a letter is high. The rest goes, and with it small and ragged graphics.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.deidentify.bitmap import Bitmap, larger, looked_up, nearby, square

# One thread: instances are shared out among processes, and a pool of threads does not survive a fork.
cv2.setNumThreads(1)

_ONE: Final = np.uint8(1)

MIN_GLYPH: Final = 72
"""Pixels that a letter is high at most: a seventh of an image of 512 rows."""
GLYPHS_PER_IMAGE: Final = 24
"""Larger images have larger letters: up to a twenty-fourth of the longer side."""
MAX_GLYPH: Final = 256
"""The same of images with more than 6000 rows; beyond that they are strips, not larger screens."""
MAX_FRAME_PIXELS: Final = 1 << 25
"""Pixels of a frame. While it is examined each takes 16 bytes at most, six of them for its component."""
_MANY_PIXELS: Final = 1 << 22
"""Pixels of a frame above which only one frame of the process is examined at a time."""
MAX_EDGES: Final = 1 << 21
"""Changes between 0 and 1 along all rows, or columns, of a frame. Drawings have thousands, noise millions."""
MAX_BORDER_POINTS: Final = 1 << 20
"""Pixels on all borders of a frame that are longer than a letter; a drawing has some ten thousand."""
_many = threading.Lock()
_TURN: Final = 0.6
"""Radians by which a border may turn on the way of one step and still count as gently bent."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Lengths in pixels, all of them in proportion to the largest letter.

    Parameters
    ----------
    glyph
        The largest letter is as high and wide as this.
    """

    glyph: int

    @classmethod
    def of(cls, rows: int, columns: int) -> _Scale:
        return cls(min(max(MIN_GLYPH, max(rows, columns) // GLYPHS_PER_IMAGE), MAX_GLYPH))

    @property
    def run(self) -> int:
        """Least extent of a gentle border: a third more than a letter, which may be slanted."""
        return self.glyph * 4 // 3

    @property
    def step(self) -> int:
        """Border pixels between the points whose directions are compared."""
        return self.glyph // 6

    @property
    def reach(self) -> int:
        """Pixels beside a gentle border that belong to its line: half of a thick one."""
        return self.glyph // 36

    @property
    def stroke(self) -> int:
        """Odd side of a square that fits into the stroke of no letter: those are thinner by half."""
        return self.glyph // 2 | 1

    @property
    def pitch(self) -> int:
        """Odd distance of lines that, side by side, are a pattern such as a bar code."""
        return self.glyph // 3 | 1


def cleaned_bitmap(
    data: bytes | memoryview, rows: int, columns: int, frames: int, *, swapped: bool = False
) -> bytes | None:
    """Return Overlay Data that holds no letters, or None where nothing is left of it.

    Parameters
    ----------
    data
        Encoded value: one bit a pixel, from the least significant bit on, frame after frame
        without gaps (PS3.5 8.1.2).
    rows, columns, frames
        Overlay Rows, Overlay Columns, Number of Frames in Overlay.
    swapped
        The two bytes of each word are in big endian order: VR OW in such a transfer syntax.

    Returns
    -------
        As many bytes as `data`, padding bits zero; None also where the length of `data` is not
        that of the frames or a frame is too large to be examined.
    """
    pixels = rows * columns
    length = (pixels * frames + 7) // 8
    if min(rows, columns, frames) < 1 or pixels > MAX_FRAME_PIXELS or len(data) != length + length % 2:
        return None
    source = _ordered(np.frombuffer(data, np.uint8), swapped=swapped)
    result = np.zeros(len(data), np.uint8)
    for first in range(0, pixels * frames, pixels):
        # A frame may begin and end inside a byte.
        begin, skip = divmod(first, 8)
        end = (first + pixels + 7) // 8
        if source[begin:end].any():
            with _alone(pixels):
                result[begin:end] |= _cleaned_bits(source[begin:end], skip, rows, columns)
    return _ordered(result, swapped=swapped).tobytes() if result.any() else None


def _alone(pixels: int) -> AbstractContextManager[object]:
    """Let a large frame wait for other large ones: many associations must not multiply what it takes."""
    return _many if pixels > _MANY_PIXELS else nullcontext()


def _cleaned_bits(source: Bitmap, skip: int, rows: int, columns: int) -> Bitmap:
    """Return the bytes of a frame that begins with the bit `skip` of the first."""
    bits = np.unpackbits(source, bitorder="little")
    frame = bits[skip : skip + rows * columns]
    # In place: the frame is not looked at any more.
    frame[:] = _cleaned_frame(frame.reshape(rows, columns), _Scale.of(rows, columns)).reshape(-1)
    bits[:skip] = bits[skip + rows * columns :] = 0
    return np.packbits(bits, bitorder="little")


def _ordered(values: Bitmap, *, swapped: bool) -> Bitmap:
    return values.reshape(-1, 2)[:, ::-1].reshape(-1) if swapped else values


def _cleaned_frame(frame: Bitmap, scale: _Scale) -> Bitmap:
    """Return a frame without letters; blank where it is no drawing."""
    result = np.zeros(frame.shape, np.uint8)
    changes = (frame[:, 1:] != frame[:, :-1], frame[1:] != frame[:-1])
    if max(map(np.count_nonzero, changes)) > MAX_EDGES:
        return result
    del changes
    rows, columns = np.flatnonzero(frame.any(axis=1)), np.flatnonzero(frame.any(axis=0))
    if len(rows):
        drawn = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        # With a margin, what touches the edge of the image is as thin as it looks.
        margin = scale.stroke
        image = np.pad(frame[drawn], margin)
        regions = _regions(image, scale)
        lines = _without_patterns(_lines(image, scale) & (regions ^ _ONE), scale)
        result[drawn] = (regions | lines)[margin:-margin, margin:-margin]
    return result


def _regions(image: Bitmap, scale: _Scale) -> Bitmap:
    """Return the filled regions; letters that stand out of them in the background are filled."""
    result = np.zeros(image.shape, np.uint8)
    cores = _opened(image, scale)
    if not cores.any():
        return result
    solid = _without_holes(image, scale)
    _, labels = cv2.connectedComponents(solid, connectivity=8)
    del solid
    is_region = np.zeros(int(labels.max()) + 1, np.uint8)
    is_region[labels[cores > 0]] = 1
    solid = looked_up(is_region, np.asarray(labels, np.int32))
    del labels
    cores = _opened(solid, scale)
    margin, kernel = scale.stroke, square(scale.stroke)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(cores, connectivity=8)
    for label in range(1, count):
        # One by one: what is between two regions is no letter, and stays.
        left, top, width, height = (int(number) for number in boxes[label, :4])
        area = np.s_[top : top + height, left : left + width]
        core = np.pad((labels[area] == label).view(np.uint8), margin)
        closed = np.asarray(cv2.morphologyEx(core, cv2.MORPH_CLOSE, kernel), np.uint8)
        result[area] |= closed[margin:-margin, margin:-margin]
    return result


def _opened(image: Bitmap, scale: _Scale) -> Bitmap:
    """Return what squares and discs cover that fit into the image: corners and round parts as they are."""
    outside = nearby(image, scale.stroke)
    if outside.all():
        return np.zeros(image.shape, np.uint8)
    discs = nearby(outside, scale.stroke, touching=False)
    del outside
    discs |= np.asarray(cv2.morphologyEx(image, cv2.MORPH_OPEN, square(scale.stroke)), np.uint8)
    return image & discs


def _without_holes(image: Bitmap, scale: _Scale) -> Bitmap:
    """Return an image with the holes filled that are not larger than a letter."""
    return larger(image ^ _ONE, scale.glyph, connectivity=4) ^ _ONE


def _lines(image: Bitmap, scale: _Scale) -> Bitmap:
    """Return what lies along borders that bend gently over more than the extent of a letter."""
    large = larger(image, scale.run, connectivity=8)
    # The inside of a letter that touches a line is no border of the line.
    solid = _without_holes(large, scale)
    borders, _ = cv2.findContours(solid, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    marks = np.zeros_like(image)
    if sum(len(border) for border in borders) > MAX_BORDER_POINTS:
        return marks
    for border in borders:
        points = np.asarray(border, np.int64).reshape(-1, 2)
        if len(points) > scale.run:
            gentle = points[_gentle(points, scale)]
            marks[gentle[:, 1], gentle[:, 0]] = 1
    near = cv2.dilate(marks, square(2 * scale.reach + 1))
    return large & np.asarray(near, np.uint8)


def _gentle(points: NDArray[np.int64], scale: _Scale) -> NDArray[np.bool_]:
    """Tell which points of a closed border are on a long stretch of it without a corner.

    Parameters
    ----------
    points
        Neighbours in the order of the border, x and y of each.
    """
    step = scale.step
    ahead = np.roll(points, -step, axis=0) - points
    behind = points - np.roll(points, step, axis=0)
    turn = np.arctan2(
        np.abs(ahead[:, 0] * behind[:, 1] - ahead[:, 1] * behind[:, 0]), (ahead * behind).sum(axis=1)
    )
    # A digital straight line advances by one pixel a step; what falls behind has a bump on its way.
    direct = np.minimum(np.abs(ahead).max(axis=1), np.abs(behind).max(axis=1)) >= step - step // 6
    bends = np.flatnonzero((turn > _TURN) | ~direct)
    gentle = np.zeros(len(points), np.bool_)
    if not len(bends):
        gentle[:] = _extent(points) > scale.run
        return gentle
    for bend, following in zip(bends, np.append(bends[1:], bends[0] + len(points)), strict=True):
        if following - bend <= scale.run:
            continue
        stretch = np.arange(bend + 1, following)
        if _extent(points[stretch % len(points)]) > scale.run:
            # Its ends may be on a letter already; from where they are not, only what is straight follows.
            inner = stretch[step // 2 : -(step // 2)]
            gentle[inner % len(points)] = True
            gentle[_straight_on(points, int(inner[-1]), step)] = True
            gentle[_straight_on(points, int(inner[0]), -step)] = True
    return gentle


def _straight_on(points: NDArray[np.int64], last: int, step: int) -> NDArray[np.int64]:
    """Return the points behind the last of a stretch up to the corner or letter that ended it."""
    onward = (last + np.arange(1, 2 * abs(step)) * (1 if step > 0 else -1)) % len(points)
    origin = points[last % len(points)]
    along = origin - points[(last - step) % len(points)]
    offset = points[onward] - origin
    distance = np.abs(along[0] * offset[:, 1] - along[1] * offset[:, 0]) / np.hypot(*along)
    return onward[np.logical_and.accumulate(distance <= 1)]


def _extent(points: NDArray[np.int64]) -> int:
    """Return the longer side of the box around points."""
    return int(np.ptp(points, axis=0).max())


def _without_patterns(lines: Bitmap, scale: _Scale) -> Bitmap:
    """Return lines without those side by side, such as the bars of a bar code."""
    closed = cv2.morphologyEx(lines, cv2.MORPH_CLOSE, square(scale.pitch))
    bands = cv2.morphologyEx(closed, cv2.MORPH_OPEN, square(scale.stroke))
    near = np.asarray(cv2.dilate(bands, square(scale.pitch)), np.uint8)
    return lines & (near ^ _ONE)
