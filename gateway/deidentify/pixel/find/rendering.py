"""Stored values as pictures of 8 bits in which text shows, whatever its value and what is behind it.

Two are enough, and either alone is not. One is the picture as it is seen: in its colours, or gray
through its window, with some shades kept for the values outside it, so that text at the end of the
range shows over bone. In the other each pixel is compared with what is around it, mean and spread:
there, text of an eighth of the range stands out of a smooth background as white on black does.
There are more where those hide something: for a window much narrower than the others, for entries of
a palette that share a colour, for ink that a busy background hides. Where the background itself looks
like writing there is one with nothing but what is unusual.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from gateway.deidentify.pixel.find.constant import penned
from gateway.deidentify.pixel.find.levels import Range, Values, extent, levels
from gateway.deidentify.pixel.image import Image, Palette
from gateway.deidentify.pixel.picture import Gray, Shown, Stored

# One thread: instances are shared out among processes, and a pool of threads does not survive a fork.
cv2.setNumThreads(1)

_BEYOND: Final = 24
"""Shades at either end that are for values outside the range or window."""
_AROUND: Final = 41
"""Side of the square that is around a pixel: a word of small letters and what is between them."""
_EVEN: Final = 0.0025
"""Share of the range below which the spread around a pixel counts as none; of a small range."""
_LEVEL: Final = 1.0
"""The same in stored values: of a large range, the smallest part may be what a window shows."""
_EVEN_COLOUR: Final = 4.0
"""The same in shades of a picture of 8 bits, which may have been coded with loss."""
_LIFT: Final = 40.0
"""Shades of one spread from the mean."""
_USUAL: Final = 2.0
"""Mean deviations up to which a pixel is nothing unusual."""
_STRESS: Final = 3.0
_JOIN: Final = 0.8
_ALMOST: Final = 8
"""Difference of the samples of a gray that was coded with loss."""
_SHADES: Final = 256
_LEAST_EDGES: Final = 40
"""Places where only what is stored differs, from which it may be writing."""
_DECODED: Final = frozenset({"YBR_ICT", "YBR_RCT"})
"""Transforms inside the bit stream of JPEG 2000, undone by whatever decodes it."""
_FOOT: Final = np.array([16, 128, 128], np.float32)
_STRETCH: Final = np.array([255 / 219, 255 / 224, 255 / 224], np.float32)
_MIDDLE: Final = np.array([0, 128, 128], np.float32)
"""YBR_PARTIAL in terms of YBR_FULL (PS3.3 C.7.6.3.1.2)."""


def pictures(stored: Stored, image: Image) -> tuple[Shown, ...]:
    """Return the pictures in which text of a frame is looked for: as it is seen, lifted, and further ones.

    Parameters
    ----------
    stored
        Stored values of one frame: rows x columns, or rows x columns x samples.
    image
        How they are to be understood (PS3.3 C.7.6.3.1.2, C.11.2).
    """
    if (stored.ndim == 3 and stored.shape[2] >= 3) or image.palette is not None:
        return _coloured(stored, image)
    plane = levels(stored, image)
    seen = three(_seen(plane.values, plane.main()))
    lifted = three(_lifted(plane.values, *plane.full))
    further = (three(_clipped(plane.values, part)) for part in plane.further())
    is_small = stored.dtype.itemsize == 1
    drawn = _drawn(three(stored.reshape(stored.shape[:2]).view(np.uint8))) if is_small else ()
    return seen, lifted, *further, *drawn


def _coloured(stored: Stored, image: Image) -> tuple[Shown, ...]:
    if image.palette is None:
        seen = _colours(stored, image)
        if int(stored.max()) < _SHADES:
            return seen, _lifted_colours(seen), *_drawn(seen)
        # The shades hold the upper bits only.
        samples = (stored[..., each].astype(np.float32) for each in range(3))
        return seen, np.asarray(cv2.merge([_lifted(each, *extent(each)) for each in samples]), np.uint8)
    seen = _looked_up(stored, image.palette)
    if not hides_entries(stored, seen):
        return seen, _lifted_colours(seen), *_drawn(seen)
    plane = levels(stored, image)
    return seen, _lifted_colours(seen), three(_lifted(plane.values, *plane.full))


def _drawn(seen: Shown) -> tuple[Shown, ...]:
    drawn = penned(seen)
    return () if drawn is None else (three(drawn),)


def hides_entries(stored: Stored, seen: Shown) -> bool:
    """Whether neighbouring pixels differ in what is stored, and not in the colours of the palette."""
    plane = stored if stored.ndim == 2 else stored[..., 0]
    differs = plane[:, 1:] != plane[:, :-1]
    is_alike = (seen[:, 1:] == seen[:, :-1]).all(axis=2)
    return int(np.count_nonzero(differs & is_alike)) >= _LEAST_EDGES


def salient(seen: Shown) -> Shown:
    """Return only what stands out of a busy background such as speckle, in brightness or saturation.

    A pixel is left out unless it differs from the mean by more than usual, in each of the four squares
    that it is a corner of: beside the edge of a fan one of them is still all speckle.
    """
    samples = cv2.split(seen)
    brightest = cv2.max(cv2.max(samples[0], samples[1]), samples[2])
    saturation = cv2.subtract(brightest, cv2.min(cv2.min(samples[0], samples[1]), samples[2]))
    result = _unusual(brightest.astype(np.float32))
    if saturation.max() > _ALMOST:
        other = _unusual(saturation.astype(np.float32))
        result = np.where(np.abs(other) > np.abs(result), other, result)
    # What is left of letters is joined: dots of a dotted font, and strokes with gaps.
    joined = cv2.GaussianBlur(_STRESS * result, (0, 0), _JOIN)
    return three(np.clip(128 + joined, 0, 255).astype(np.uint8))


def _unusual(plane: Values) -> Values:
    """Return by how much a pixel is above or below what is usual around it; 0 where it is not."""
    mean = cv2.blur(plane, (_AROUND, _AROUND))
    usual = np.float32(_USUAL) * cv2.blur(cv2.absdiff(plane, mean), (_AROUND, _AROUND))
    reach = _AROUND // 2
    way = cv2.BORDER_REFLECT_101 if min(plane.shape) > reach else cv2.BORDER_REPLICATE
    most, least = (
        cv2.copyMakeBorder(limit, reach, reach, reach, reach, borderType=way)
        for limit in (mean + usual, mean - usual)
    )
    above, below = np.full((2, *plane.shape), np.inf, np.float32)
    rows, columns = plane.shape
    for down in (0, 2 * reach):
        for across in (0, 2 * reach):
            corner = np.s_[down : down + rows, across : across + columns]
            np.minimum(above, plane - most[corner], out=above)
            np.minimum(below, least[corner] - plane, out=below)
    return np.asarray(np.maximum(above, 0) - np.maximum(below, 0), np.float32)


def shown(stored: Stored, image: Image) -> Shown:
    """Return a frame as it is seen: in its own colours, or gray, with nothing outside the shades."""
    if image.palette is not None:
        return _looked_up(stored, image.palette)
    if stored.ndim == 3 and stored.shape[2] >= 3:
        return _colours(stored, image)
    plane = levels(stored, image)
    return three(_seen(plane.values, plane.main()))


def three(gray: Gray) -> Shown:
    """Return a gray picture as one of three equal samples."""
    return np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB), np.uint8)


def _seen(values: Values, window: Range) -> Gray:
    """Return values as shades: evenly inside the window, the rest of the range at both ends."""
    low, high = window
    least, most = float(values.min()), float(values.max())
    below, above = _BEYOND if least < low else 0, _BEYOND if most > high else 0
    shades = _part(values, window, 255 - below - above)
    if below:
        shades += _part(values, (least, low), below)
    if above:
        shades += _part(values, (high, most), above)
    return shades.astype(np.uint8)


def _clipped(values: Values, window: Range) -> Gray:
    """Return values as shades of a window, and nothing outside it."""
    return _part(values, window, 255).astype(np.uint8)


def _part(values: Values, part: Range, shades: float) -> Values:
    """Return how far each value reaches into a range, in shades; single precision, for memory's sake."""
    low, high = part
    reached = np.clip(values, np.float32(low), np.float32(high)) - np.float32(low)
    return np.asarray(reached * np.float32(shades / (high - low)), np.float32)


def _lifted(values: Values, low: float, high: float, even: float | None = None) -> Gray:
    """Return how many spreads each pixel is from the mean of what is around it."""
    # What is far outside would make the spread so large that nothing shows beside it.
    margin = (high - low) / 4
    near = np.clip(values, low - margin, high + margin)
    mean = cv2.blur(near, (_AROUND, _AROUND))
    apart = near - mean
    least = min(_EVEN * (high - low), _LEVEL) if even is None else even
    # The square is that of rounded numbers: where all are alike it may come out below zero.
    spread = np.sqrt(np.maximum(cv2.blur(apart * apart, (_AROUND, _AROUND)), least * least))
    return np.clip(128 + apart * (_LIFT / spread), 0, 255).astype(np.uint8)


def _lifted_colours(seen: Shown) -> Shown:
    """Return each sample lifted by itself, so that blue on black shows as white on black does."""
    samples = cv2.split(seen)
    is_gray = max(cv2.absdiff(samples[0], other).max() for other in samples[1:]) <= _ALMOST
    lifted = [
        _lifted(sample.astype(np.float32), 0, 255, _EVEN_COLOUR) for sample in samples[: 1 if is_gray else 3]
    ]
    return three(lifted[0]) if is_gray else np.asarray(cv2.merge(lifted), np.uint8)


def _colours(stored: Stored, image: Image) -> Shown:
    """Return three samples as red, green, blue."""
    planes = np.asarray(stored[..., -3:] if image.photometric == "ARGB" else stored[..., :3], np.int64)
    # Many that may use 16 bits use the lower 8 or 12; and one bit is black and white.
    excess = min(image.stored, max(int(planes.max()).bit_length(), min(image.stored, 8))) - 8
    eight = np.ascontiguousarray((planes >> excess if excess > 0 else planes << -excess).astype(np.uint8))
    if not image.photometric.startswith("YBR") or image.photometric in _DECODED:
        return eight
    if image.photometric.startswith("YBR_PARTIAL"):
        eight = np.clip((eight - _FOOT) * _STRETCH + _MIDDLE, 0, 255).astype(np.uint8)
    # OpenCV has red before blue.
    return np.asarray(
        cv2.cvtColor(np.ascontiguousarray(eight[..., [0, 2, 1]]), cv2.COLOR_YCrCb2RGB), np.uint8
    )


def _looked_up(stored: Stored, palette: Palette) -> Shown:
    tables = [np.frombuffer(entries, np.uint8) for entries in (palette.red, palette.green, palette.blue)]
    plane = stored if stored.ndim == 2 else stored[..., 0]
    if min(table.size for table in tables) == 0:
        values = plane.astype(np.float32)
        return three(_seen(values, extent(values)))
    index = plane.astype(np.int64) - palette.first
    return np.dstack([table[np.clip(index, 0, table.size - 1)] for table in tables])
