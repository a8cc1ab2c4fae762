"""Clean Pixel Data: which pixels are looked at, and what is said of them afterwards (PS3.15 E.3.1)."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.uid import UID

from gateway.standard.dictionary import tag_of
from gateway.standard.method import Option

from .reading import element_of, short_text

NO_PICTURES = {
    *("Segmentation Storage", "Parametric Map Storage", "RT Dose Storage"),
    "Ophthalmic Optical Coherence Tomography B-scan Volume Analysis Storage",
}
NEWER = {"1.2.840.10008.5.1.4.1.1.66.7", "1.2.840.10008.5.1.4.1.1.66.8"}
"""Label maps and height maps, which pydicom does not know by name."""
EXTREMES = {
    *(0x00280106, 0x00280107, 0x00280108, 0x00280109),  # smallest and largest, of the image and in the series
    *(0x00280110, 0x00280111),  # in the plane, retired
}
BURNED_IN = tag_of("BurnedInAnnotation")
PIXEL_DATA = 0x7FE00010
SOP_CLASS, SAMPLES = 0x00080016, 0x00280002


def is_looked_at(data_set: Dataset, options: frozenset[Option]) -> bool:
    """Tell whether there is a picture, and the profile has it cleaned."""
    if Option.CLEAN_PIXEL_DATA not in options or PIXEL_DATA not in data_set:
        return False
    uid = UID(short_text(data_set, SOP_CLASS, ()))
    if uid not in NEWER and uid.name not in NO_PICTURES:
        return True
    # What has colours is a picture, whatever it says that it is.
    return SAMPLES in data_set and element_of(data_set, SAMPLES).value not in (b"\1\0", b"\0\1")


def is_disbelieved(data_set: Dataset, options: frozenset[Option]) -> bool:
    """Tell whether a sender calls pixels clean that are not looked at."""
    has_pixels = any(tag in data_set for tag in (PIXEL_DATA, 0x7FE00008, 0x7FE00009))
    if Option.CLEAN_PIXEL_DATA not in options or not has_pixels or BURNED_IN not in data_set:
        return False
    return short_text(data_set, BURNED_IN, ()).upper() == "NO"


def is_changed(data_set: Dataset) -> bool:
    """Tell whether the stand-in of the tests blacks something: whatever is not coded."""
    return not element_of(data_set, PIXEL_DATA).in_fragments
