"""Kinds of instance, and the studies they stand in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..draft import Draft  # noqa: TID252 - the package is loaded under another name in the tests
from . import documents, multi_frame, planar, radiotherapy, reports, state, tomography

Kind = Callable[[Draft], None]

KINDS: Final[dict[str, Kind]] = {
    **tomography.KINDS,
    **planar.KINDS,
    **multi_frame.KINDS,
    **radiotherapy.KINDS,
    **state.KINDS,
    **reports.KINDS,
    **documents.KINDS,
}
STUDIES: Final = (
    ("CT", "CT", "RTSTRUCT", "RTPLAN", "RTDOSE", "KOS"),
    ("MR", "MR", "Enhanced MR", "GSPS", "Raw"),
    ("CR", "DX", "Basic Text SR", "PDF"),
    ("CT", "CT", "SEG", "GSPS", "Comprehensive SR", "Dose SR"),
    ("US", "SC", "ECG", "Enhanced SR"),
    ("PT", "PT", "NM", "KOS", "MG"),
    ("WSI", "Enhanced CT", "XA", "SC", "RTIMAGE"),
)
"""Instances of a study in their order: what refers comes behind what it refers to."""
