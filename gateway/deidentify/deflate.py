"""The deflated transfer syntax (PS3.5 A.5): a data set in one raw deflate stream."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Final

from gateway.errors import Reason, Refused

MAX_INFLATED: Final = 1 << 31
"""Bytes of a data set after inflation."""
MAX_INFLATION: Final = 100
"""Ratio above which a data set of more than `FREE_INFLATION` bytes is taken for a bomb."""
FREE_INFLATION: Final = 1 << 26
GZIP_TRAILER: Final = 8
_READ: Final = 1 << 16
_WRITE: Final = 1 << 20
"""Bytes that are inflated at a time, and bytes that come of them."""


def inflated(source: memoryview) -> memoryview:
    """Inflate a data set within bounds.

    Raises
    ------
    Refused
        `Reason.LIMIT` beyond them, `Reason.STRUCTURE` when the stream is none or does not end
        where the bytes end.
    """
    # grows in place, where joining the pieces would take all of them twice
    result = BytesIO()
    result.writelines(_pieces(source))
    return result.getbuffer()


def inflated_size(source: memoryview) -> int:
    """Return how many bytes `inflated` would give, and keep none of them; errors as there."""
    return sum(map(len, _pieces(source)))


def _pieces(source: memoryview) -> Iterator[bytes]:
    bound = min(MAX_INFLATED, max(FREE_INFLATION, MAX_INFLATION * len(source)))
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    position = 0
    try:
        while position < len(source) and not inflater.eof:
            waiting: bytes | memoryview = source[position : position + _READ]
            position += len(waiting)
            is_full = False
            # A full piece may leave output behind without any input.
            while (waiting or is_full) and not inflater.eof:
                piece = inflater.decompress(waiting, _WRITE)
                is_full = len(piece) == _WRITE
                bound -= len(piece)
                if bound < 0:
                    raise Refused(Reason.LIMIT, "inflates beyond its bound")
                yield piece
                waiting = inflater.unconsumed_tail
    except zlib.error as error:
        raise Refused(Reason.STRUCTURE, "not a deflate stream") from error
    # Some writers append the trailer of a gzip file, a checksum and a length: it goes.
    if not inflater.eof or len(inflater.unused_data) + len(source) - position > GZIP_TRAILER:
        raise Refused(Reason.STRUCTURE, "a deflate stream that does not end where the bytes end")


def deflated(pieces: list[bytes | memoryview]) -> list[bytes | memoryview]:
    """Deflate a data set; the result has an even length."""
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    compressed = b"".join([*(deflater.compress(piece) for piece in pieces), deflater.flush()])
    return [compressed + b"\0" * (len(compressed) % 2)]
