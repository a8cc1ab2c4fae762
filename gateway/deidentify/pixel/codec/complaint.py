"""What a library says of its input on standard error: libjpeg goes on after a warning, and tells nobody else.

A frame over which it warns is not what its encoder coded: each decoder makes another picture of it, so
that what one of them shows proves nothing (ISO/IEC 10918-1 leaves open what becomes of such data).
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from gateway.deidentify.pixel.codec.failure import undecodable

_STANDARD_ERROR: Final = 2
_MOST: Final = 1 << 12
"""Bytes of complaints that are read; one line is enough to refuse."""
_REST: Final = re.compile(rb"Corrupt JPEG data: \d{1,10} extraneous bytes before marker 0x[0-9a-f]{2}")
"""Behind the last pixel of a scan there are bytes that nothing used: the pixels are sound."""
_PROBED: Final = b"Unsupported JPEG data precision 12"
"""GDCM tries its decoder for 8 bits first."""
_lock: Final = threading.Lock()


class Complaints:
    """What was said while something was decoded."""

    def __init__(self) -> None:
        self.has_rest = False

    def take(self, said: bytes) -> None:
        """Take note of what was said.

        Raises
        ------
        Refused
            `Reason.PIXELS_UNDECODABLE` where it is more than that bytes are left over.
        """
        for line in said.splitlines():
            if _REST.fullmatch(line):
                self.has_rest = True
            elif line and line != _PROBED:
                raise undecodable("a frame over which its decoder complains")


@contextmanager
def listening() -> Iterator[Complaints]:
    """Hear what libraries write to standard error in the block, and let none of it out.

    Standard error belongs to the whole process: one block at a time. What another thread writes
    meanwhile is taken for a complaint, which refuses a sound frame, and never lets a broken one pass.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE` where a library complains; what the block raises goes before.
    """
    complaints = Complaints()
    with _lock:
        memory = os.memfd_create("complaints", os.MFD_CLOEXEC)
        try:
            with _redirected(memory):
                yield complaints
            said = os.pread(memory, _MOST, 0)
        finally:
            os.close(memory)
    complaints.take(said)


@contextmanager
def _redirected(memory: int) -> Iterator[None]:
    before = os.dup(_STANDARD_ERROR)
    try:
        os.dup2(memory, _STANDARD_ERROR)
        yield
    finally:
        os.dup2(before, _STANDARD_ERROR)
        os.close(before)
