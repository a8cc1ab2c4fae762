"""The deflated transfer syntax (PS3.5 A.5): a data set in one raw deflate stream."""

from __future__ import annotations

import zlib
from typing import Final

from gateway.errors import Reason, Refused

MAX_INFLATED: Final = 1 << 31
"""Bytes of a data set after inflation."""
MAX_INFLATION: Final = 100
"""Ratio above which a data set of more than `FREE_INFLATION` bytes is taken for a bomb."""
FREE_INFLATION: Final = 1 << 26
GZIP_TRAILER: Final = 8


def inflated(source: memoryview) -> bytes:
    """Inflate a data set within bounds.

    Raises
    ------
    Refused
        `Reason.LIMIT` beyond them, `Reason.STRUCTURE` when the stream is none or does not end
        where the bytes end.
    """
    bound = min(MAX_INFLATED, max(FREE_INFLATION, MAX_INFLATION * len(source)))
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        result = inflater.decompress(source, bound)
    except zlib.error as error:
        raise Refused(Reason.STRUCTURE, "not a deflate stream") from error
    if inflater.unconsumed_tail:
        raise Refused(Reason.LIMIT, "inflates beyond its bound")
    # Some writers append the trailer of a gzip file, a checksum and a length: it goes.
    if not inflater.eof or len(inflater.unused_data) > GZIP_TRAILER:
        raise Refused(Reason.STRUCTURE, "a deflate stream that does not end where the bytes end")
    return result


def deflated(pieces: list[bytes | memoryview]) -> list[bytes | memoryview]:
    """Deflate a data set; the result has an even length."""
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    compressed = b"".join([*(deflater.compress(piece) for piece in pieces), deflater.flush()])
    return [compressed + b"\0" * (len(compressed) % 2)]
