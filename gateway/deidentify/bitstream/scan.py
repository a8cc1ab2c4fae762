"""Scans of a JPEG frame: their components, and restart markers where they are due (ISO/IEC 10918-1 B.2).

A decoder that meets a marker where none is due, none where one is due, or a component a second time,
guesses. What it shows then is not what another one shows.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from gateway.errors import Reason, Refused

_DCT: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
_LOSSLESS: Final = frozenset({0xC3, 0xCB})
_JPEG_LS: Final = 0xF7
_PROGRESSIVE: Final = frozenset({0xC2, 0xCA})
_DRI: Final = 0xDD
_CYCLE: Final = bytes(range(0xD0, 0xD8))


class Scans:
    """Follows the headers of a frame and checks each scan."""

    def __init__(self) -> None:
        self._interval = 0
        self._process, self._frame = 0, b""
        self._coded: set[int] = set()

    def segment(self, code: int, content: bytes) -> None:
        """Take note of a restart interval or a frame header."""
        if code == _DRI:
            self._interval = int.from_bytes(content, "big")
        elif code in _DCT or code in _LOSSLESS or code == _JPEG_LS:
            self._process, self._frame = code, content

    def check(self, header: bytes, data: bytes | memoryview) -> None:
        """Check a scan.

        Parameters
        ----------
        header
            Content of SOS.
        data
            Its entropy-coded data.

        Raises
        ------
        Refused
            `Reason.BITSTREAM` where a component comes a second time and no progression allows it, or
            restart markers are out of order, without an interval, or too many or too few.
        """
        chosen = header[1 : 1 + 2 * header[0] : 2]
        if self._process and self._process not in _PROGRESSIVE:
            if self._coded.intersection(chosen):
                raise Refused(Reason.BITSTREAM, "a component in two scans")
            self._coded.update(chosen)
        self._check_restarts(chosen, _restarts(data))

    def _check_restarts(self, chosen: bytes, found: bytes) -> None:
        if found and not self._interval:
            raise Refused(Reason.BITSTREAM, "restart markers without an interval")
        if found != (_CYCLE * (len(found) // len(_CYCLE) + 1))[: len(found)]:
            raise Refused(Reason.BITSTREAM, "restart markers out of order")
        units = self._units(chosen) if self._interval else 0
        if units and len(found) != -(-units // self._interval) - 1:
            raise Refused(Reason.BITSTREAM, "another number of restart markers than the interval demands")

    def _units(self, chosen: bytes) -> int:
        """Return the MCUs of a scan, 0 where they cannot be told (A.2)."""
        content, side = self._frame, 8 if self._process in _DCT else 1
        rows, columns = int.from_bytes(content[1:3], "big"), int.from_bytes(content[3:5], "big")
        factors = {
            number: (both >> 4, both & 15) for number, both in zip(content[6::3], content[7::3], strict=False)
        }
        if not rows or self._process == _JPEG_LS or not chosen or not factors.keys() >= set(chosen):
            # JPEG-LS counts lines in some encoders, and MCUs in others.
            return 0
        across, down = (max(pair) for pair in zip((1, 1), *factors.values(), strict=True))
        if len(chosen) > 1:
            return _ceil(columns, side * across) * _ceil(rows, side * down)
        wide, high = factors[chosen[0]]
        return _ceil(_ceil(columns * wide, across), side) * _ceil(_ceil(rows * high, down), side)


def _restarts(data: bytes | memoryview) -> bytes:
    """Return the codes of the restart markers in entropy-coded data, in order."""
    found = np.frombuffer(data, np.uint8)
    codes = found[1:][found[:-1] == 0xFF]
    return bytes(codes[codes & 0xF8 == _CYCLE[0]])


def _ceil(number: int, divisor: int) -> int:
    return -(-number // divisor)
