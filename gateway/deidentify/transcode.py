"""The same data set in the other uncompressed little endian transfer syntax (PS3.5 A.1, A.2).

Only headers are written anew: values, pixels among them, are views of the source.
"""

from __future__ import annotations

from typing import Final

from gateway.deidentify.data_set import PIXEL_DATA, UNDEFINED, DataSet, Element, Encoding
from gateway.deidentify.encode import header, item_delimiter, item_header, sequence_delimiter
from gateway.deidentify.parse import parse
from gateway.standard.dictionary import tag_of, vr_of
from gateway.standard.transfer_syntax import EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN

OTHER_NATIVE: Final = {
    IMPLICIT_VR_LITTLE_ENDIAN: EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN: IMPLICIT_VR_LITTLE_ENDIAN,
}
"""The transfer syntax that `transcoded` turns another one into."""

_PIXEL_REPRESENTATION: Final = tag_of("PixelRepresentation")

Piece = bytes | memoryview


def transcoded(data_set: bytes | memoryview, transfer_syntax_uid: str) -> list[Piece]:
    """Return a data set in the transfer syntax of `OTHER_NATIVE`, as buffers to be joined.

    Parameters
    ----------
    data_set
        Encoded data set.
    transfer_syntax_uid
        Its transfer syntax, Implicit or Explicit VR Little Endian.

    Raises
    ------
    Refused
        When the data set does not parse.
    """
    implicit = transfer_syntax_uid == IMPLICIT_VR_LITTLE_ENDIAN
    source = memoryview(data_set)
    root = parse(source, Encoding(implicit, little_endian=True))
    pieces: list[Piece] = []
    _append(pieces, source, root, Encoding(not implicit, little_endian=True), signed=_is_signed(source, root))
    return pieces


def _is_signed(source: memoryview, root: DataSet) -> bool:
    """Tell whether US or SS means SS (PS3.5 A.1, Pixel Representation)."""
    element = root.find(_PIXEL_REPRESENTATION)
    return element is not None and bytes(source[element.value : element.end]) == b"\1\0"


def _append(
    pieces: list[Piece], source: memoryview, data_set: DataSet, target: Encoding, *, signed: bool
) -> None:
    for element in data_set.elements:
        vr = _vr(element, data_set.encoding, signed=signed)
        if element.items is None:
            pieces += [
                header(element.tag, vr, element.end - element.value, target),
                source[element.value : element.end],
            ]
            continue
        pieces.append(header(element.tag, "SQ", UNDEFINED, target))
        for item in element.items:
            pieces.append(item_header(target))
            _append(pieces, source, item, target, signed=signed)
            pieces.append(item_delimiter(target))
        pieces.append(sequence_delimiter(target))


def _vr(element: Element, encoding: Encoding, *, signed: bool) -> str:
    """Return the VR to write for an element."""
    if not encoding.implicit:
        return element.vr
    vr = vr_of(element.tag) or "UN"
    if element.tag == PIXEL_DATA or "OW" in vr:
        return "OW"
    if vr == "US or SS":
        return "SS" if signed else "US"
    return vr[:2]
