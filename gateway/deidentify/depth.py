"""How closely the pixels of an instance are looked at, and what the header says about where.

The header decides how deep to look, never whether: only what is no picture at all is left out, by
its SOP Class. What an instance claims of its own pixels, Burned In Annotation NO, is not believed.
"""

from __future__ import annotations

from typing import Final

from gateway.deidentify.header_values import HeaderValues
from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Depth
from gateway.standard.sop_class import CROSS_SECTIONAL, HAS_DATA_PIXELS, WHOLE_SLIDE

MAX_REGIONS: Final = 64
_SLIDE_MODALITIES: Final = frozenset({"SM", "GM"})
_LABELS: Final = frozenset({"LABEL", "OVERVIEW"})
"""Image Type, value 3, of a photographed label, and of a slide with its label (PS3.3 C.8.12.4.1.1)."""
_CROSS_SECTIONAL_MODALITIES: Final = frozenset({"CT", "MR", "PT"})
_NO_ACQUISITION: Final = frozenset(
    {
        *("SECONDARY", "DERIVED", "SCREEN SAVE", "SCREENSAVE", "SCREENSHOT", "DOSE", "DOSE_INFO", "REPORT"),
        *("VOLREN", "VRT", "SSD", "MIP", "MINIP", "MPR", "CAPTURE", "SCREEN"),
    }
)
"""Values of Image Type that say that a program made the picture."""
_CAPTURED: Final = (
    *("DateOfSecondaryCapture", "TimeOfSecondaryCapture", "SecondaryCaptureDeviceID", "ConversionType"),
    *("SecondaryCaptureDeviceManufacturer", "SecondaryCaptureDeviceManufacturerModelName"),
    *("HardcopyCreationDeviceID", "DigitalImageFormatAcquired"),
)
"""Attributes of a secondary capture (PS3.3 C.8.6)."""
_WIDE: Final = 16
"""Bits Allocated of what a scanner measures; a screen has eight."""
_WHOLE_IMAGE: Final = 0.95
"""Share of an image from which a region says nothing."""


def is_picture(sop_class_uid: str, values: HeaderValues) -> bool:
    """Tell whether pixels are for people to look at.

    Segmentations, doses and maps are numbers. What has colours is a picture, whatever its class.
    """
    return sop_class_uid not in HAS_DATA_PIXELS or values.number("SamplesPerPixel", 1) != 1


def depth_of(sop_class_uid: str, values: HeaderValues, image: Image, *, has_rule: bool) -> Depth:
    """Return how closely to look at a picture.

    Parameters
    ----------
    sop_class_uid
        Of the instance.
    values, image
        Its top level, and how its pixels are stored.
    has_rule
        Whether a rule of the site says that its device burns in text.
    """
    if _is_label(sop_class_uid, values):
        return Depth.WHOLE
    is_measured = (
        sop_class_uid in CROSS_SECTIONAL
        and values.term("Modality") in _CROSS_SECTIONAL_MODALITIES
        and values.terms("ImageType")[:2] == ("ORIGINAL", "PRIMARY")
        and _NO_ACQUISITION.isdisjoint(values.terms("ImageType"))
        and image.photometric.startswith("MONOCHROME")
        and image.allocated == _WIDE
        and values.term("BurnedInAnnotation") != "YES"
        and not any(map(values.has, _CAPTURED))
        and _has_geometry(values)
    )
    return Depth.SCREEN if is_measured and not has_rule else Depth.FULL


def _is_label(sop_class_uid: str, values: HeaderValues) -> bool:
    """Tell whether it is the label of a slide: a bar code is no text, and names the patient all the same."""
    if sop_class_uid not in WHOLE_SLIDE and values.term("Modality") not in _SLIDE_MODALITIES:
        return False
    return not _LABELS.isdisjoint(values.terms("ImageType")) or values.term("SpecimenLabelInImage") == "YES"


def _has_geometry(values: HeaderValues) -> bool:
    """Tell whether it is said where in the patient the image lies (PS3.3 C.7.6.2, C.7.6.16.2)."""
    if values.has("ImagePositionPatient") and values.has("ImageOrientationPatient"):
        return True
    frames = values.items("PerFrameFunctionalGroupsSequence")[:1]
    groups = values.items("SharedFunctionalGroupsSequence")[:1] + frames
    return all(
        any(group.items(keyword) for group in groups)
        for keyword in ("PlanePositionSequence", "PlaneOrientationSequence")
    )


def regions_of(values: HeaderValues, image: Image) -> tuple[Box, ...]:
    """Return the ultrasound regions of an image (PS3.3 C.8.5.5), clipped to it, each once.

    A region that is empty, or all of the image, says nothing and is left out.
    """
    found: dict[Box, None] = {}
    for item in values.items("SequenceOfUltrasoundRegions")[:MAX_REGIONS]:
        edges = tuple(
            item.numbers(f"RegionLocation{edge}", size=4) for edge in ("MinY0", "MinX0", "MaxY1", "MaxX1")
        )
        if not all(edges):
            continue
        top, left, bottom, right = (numbers[0] for numbers in edges)
        # The greatest row and column belong to the region.
        box = Box(top, left, bottom + 1, right + 1).clipped(image.rows, image.columns)
        if 0 < box.area <= _WHOLE_IMAGE * image.rows * image.columns:
            found[box] = None
    return tuple(found)
