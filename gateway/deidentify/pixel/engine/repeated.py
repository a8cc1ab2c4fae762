"""Readers that read the same crop once.

Whether something is text is asked of the recogniser, and then what it says; in a cine the same line
is seen in several frames. Readings are what takes the time beside the detector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

from gateway.deidentify.pixel.engine.engines import Engines, Reader
from gateway.deidentify.pixel.picture import Reading, Shown


def read_once(engines: Engines) -> Engines:
    """Return engines whose readers know what they have read; for one examination, then thrown away."""
    return replace(engines, readers=tuple(map(_Repeated, engines.readers)))


class _Repeated:
    """A reader that knows what it has read.

    Parameters
    ----------
    reader
        Reads what is new. What it says of a crop must not depend on other crops.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._readings: dict[tuple[tuple[int, ...], bytes], Reading] = {}
        self.name = reader.name

    def read(self, crops: Sequence[Shown]) -> list[Reading]:
        """Return what stands in each crop."""
        return [self._read(crop) for crop in crops]

    def _read(self, crop: Shown) -> Reading:
        # The digest stands for the pixels, which would be kept otherwise.
        key = (crop.shape, blake2b(crop.tobytes(), digest_size=16).digest())
        if key not in self._readings:
            (self._readings[key],) = self._reader.read([crop])
        return self._readings[key]
