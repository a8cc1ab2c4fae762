"""What becomes of pixels that cannot be decoded or coded."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import cv2

from gateway.errors import Reason, Refused

BROKEN: Final = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    cv2.error,
    struct.error,
    zlib.error,
)
"""What the libraries raise for input that they do not understand."""


def undecodable(detail: str) -> Refused:
    """Return the refusal of pixels that cannot be decoded or coded."""
    return Refused(Reason.PIXELS_UNDECODABLE, detail)


@contextmanager
def refusing(detail: str) -> Iterator[None]:
    """Turn whatever a library raises into a refusal that quotes nothing of it.

    Raises
    ------
    Refused
        `Reason.PIXELS_UNDECODABLE`.
    """
    try:
        yield
    except Refused as error:
        if error.reason is Reason.PIXELS_UNDECODABLE:
            raise
        raise undecodable(error.detail) from None
    except BROKEN:
        # The message of a library may quote the input.
        raise undecodable(detail) from None
    except BaseException as error:
        # A panic of a library in Rust is no Exception, and its type cannot be imported.
        if type(error).__name__ == "PanicException":
            raise undecodable(detail) from None
        raise
