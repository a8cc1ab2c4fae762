"""Enhanced images with functional groups, segmentations, slides."""

from __future__ import annotations

from typing import Final

from ..draft import Draft  # noqa: TID252
from ..encoding import DataSet, items  # noqa: TID252
from ..modules import STORAGE, begin, code, frame_of_reference, image, pixels, reference  # noqa: TID252
from ..texts import describe  # noqa: TID252

_FRAMES: Final = "PerFrameFunctionalGroupsSequence"
_SHARED: Final = "SharedFunctionalGroupsSequence"


def _dimensions(draft: Draft) -> None:
    uid = draft.new_uid("dimension")
    path = "DimensionOrganizationSequence/DimensionOrganizationUID"
    draft.one("DimensionOrganizationSequence", [items(DimensionOrganizationUID=draft.refer(uid, path))])
    index = items(
        DimensionIndexPointer=(0x0020, 0x9057),
        FunctionalGroupPointer=(0x0020, 0x9111),
        DimensionOrganizationUID=draft.refer(uid, "DimensionIndexSequence/DimensionOrganizationUID"),
    )
    draft.one("DimensionIndexSequence", [index])


def _frame(draft: Draft, number: int) -> DataSet:
    """Return the functional groups of a frame: its content, its place, and a comment on it."""
    date_time = f"{draft.study.date}{draft.study.time}.00{number}"
    path = f"{_FRAMES}/FrameContentSequence"
    content = items(
        StackID="1",
        InStackPositionNumber=number,
        FrameReferenceDateTime=draft.date(f"{path}/FrameReferenceDateTime", date_time),
        FrameAcquisitionDateTime=draft.date(f"{path}/FrameAcquisitionDateTime", date_time),
        FrameAcquisitionDuration=0.5,
        DimensionIndexValues=number,
    )
    if number == 1:
        describe(draft, "FrameComments", "BREATH HOLD", data=content, path=path)
    position = items(ImagePositionPatient=f"-10\\-10\\{number * 3}")
    return items(FrameContentSequence=[content], PlanePositionSequence=[position])


def _enhanced(draft: Draft, frames: int) -> None:
    """Set the modules of enhanced images; times of frames stand deep inside."""
    _dimensions(draft)
    draft.one("InstanceNumber", "1")
    draft.one("ContentDate", draft.date("ContentDate", draft.study.date), keep=False)
    draft.one("ContentTime", draft.time("ContentTime", draft.study.time), keep=False)
    moment = f"{draft.study.date}{draft.study.time}.250000"
    draft.one("AcquisitionDateTime", draft.date("AcquisitionDateTime", moment), keep=False)
    draft.one("AcquisitionDuration", 4.5)
    draft.types[0x00181000] = 1  # Device Serial Number is of Type 1 in enhanced equipment
    draft.one("ManufacturerModelName", "Somatom Force")
    draft.one("ContentQualification", "PRODUCT")
    draft.one("BurnedInAnnotation", "NO")
    draft.one("LossyImageCompression", "00")
    draft.one("PresentationLUTShape", "IDENTITY")
    measures = items(PixelSpacing="0.5\\0.5", SliceThickness="3")
    plane = items(ImageOrientationPatient="1\\0\\0\\0\\1\\0")
    targets = draft.study.of_kind("CT", "MR")
    shared = items(PixelMeasuresSequence=[measures], PlaneOrientationSequence=[plane])
    if targets:
        path = f"{_SHARED}/ReferencedImageSequence"
        shared.put("ReferencedImageSequence", [reference(draft, targets[0], path, required=False)])
    draft.one(_SHARED, [shared])
    draft.one(_FRAMES, [_frame(draft, number) for number in range(1, frames + 1)])
    pixels(draft, 8, 8, frames=frames)


def enhanced_ct(draft: Draft) -> None:
    """Enhanced CT Image."""
    begin(draft, f"{STORAGE}2.1", "CT", "CT ANGIOGRAPHY NECK", "CAROTID MIP")
    frame_of_reference(draft)
    image(draft, "ORIGINAL\\PRIMARY\\VOLUME\\NONE")
    _enhanced(draft, 3)
    describe(draft, "AcquisitionProtocolDescription", "NECK ANGIOGRAPHY")
    draft.one("VolumetricProperties", "VOLUME")
    draft.one("PixelPresentation", "MONOCHROME")
    draft.one("VolumeBasedCalculationTechnique", "NONE")


def enhanced_mr(draft: Draft) -> None:
    """Enhanced MR Image."""
    begin(draft, f"{STORAGE}4.1", "MR", "MR BRAIN PERFUSION", "T2 FLAIR TRA")
    frame_of_reference(draft)
    image(draft, "ORIGINAL\\PRIMARY\\DIFFUSION\\NONE")
    _enhanced(draft, 4)
    draft.one("ResonantNucleus", "1H")
    draft.one("ApplicableSafetyStandardAgency", "IEC")
    draft.one("MagneticFieldStrength", 3.0)
    draft.one("KSpaceFiltering", "NONE")


def segmentation(draft: Draft) -> None:
    """Segmentation of the CT of its study."""
    begin(draft, f"{STORAGE}66.4", "SEG", "CT CHEST", "LUNG SEGMENTATION")
    frame_of_reference(draft)
    image(draft, "DERIVED\\PRIMARY")
    _dimensions(draft)
    label = items(SegmentNumber=1, SegmentLabel="Left lung", SegmentAlgorithmType="MANUAL")
    label.put("SegmentedPropertyCategoryCodeSequence", [code("123037004", "SCT", "Anatomical Structure")])
    label.put("SegmentedPropertyTypeCodeSequence", [code("39607008", "SCT", "Lung")])
    draft.one("SegmentSequence", [label])
    draft.one("SegmentationType", "BINARY")
    draft.one("ContentLabel", "SEGMENTATION", keep=False)
    draft.two("ContentDescription", "", keep=False)
    creator = draft.secret_name(draft.stranger(), "creator of the content", "ContentCreatorName")
    draft.two("ContentCreatorName", creator.dicom, keep=False)
    targets = draft.study.of_kind("CT", "Enhanced CT")
    derivation = "DerivationImageSequence/SourceImageSequence"
    path = f"{_FRAMES}/{derivation}"
    group = _frame(draft, 1)
    source = items(SourceImageSequence=[reference(draft, targets[0], path, required=False)])
    group.put("DerivationImageSequence", [source])
    draft.one(_SHARED, [items(PixelMeasuresSequence=[items(PixelSpacing="0.5\\0.5")])])
    draft.one(_FRAMES, [group])
    series = "ReferencedSeriesSequence/ReferencedInstanceSequence"
    listed = items(
        SeriesInstanceUID=draft.refer(
            targets[0].series_uid, "ReferencedSeriesSequence/SeriesInstanceUID", required=True
        ),
        ReferencedInstanceSequence=[reference(draft, target, series) for target in targets],
    )
    draft.put("ReferencedSeriesSequence", [listed])
    pixels(draft, 16, 16, bits=1, frames=1)


def slide(draft: Draft) -> None:
    """VL Whole Slide Microscopy Image: one tile, with its specimen."""
    begin(draft, f"{STORAGE}77.1.6", "SM", "SKIN BIOPSY", "H&E STAIN")
    image(draft, "ORIGINAL\\PRIMARY\\VOLUME\\NONE")
    _dimensions(draft)
    draft.one("ContainerIdentifier", f"S{draft.rng.randrange(10**7, 10**8)}-A", keep=False)
    draft.secret(str(draft.data[0x00400512].value), "container", "ContainerIdentifier")
    draft.two("IssuerOfTheContainerIdentifierSequence", [], keep=False)
    uid = draft.refer(draft.new_uid("specimen"), "SpecimenDescriptionSequence/SpecimenUID", required=True)
    specimen = items(
        SpecimenIdentifier=f"SP{draft.rng.randrange(10**7, 10**8)}",
        SpecimenUID=uid,
        IssuerOfTheSpecimenIdentifierSequence=[],
        SpecimenPreparationSequence=[],
    )
    path = "SpecimenDescriptionSequence"
    draft.secret(str(specimen[0x00400551].value), "specimen", f"{path}/SpecimenIdentifier")
    describe(draft, "SpecimenShortDescription", "SKIN BIOPSY", data=specimen, path=path)
    draft.one(path, [specimen])
    draft.one("ImagedVolumeWidth", 15.0)
    draft.one("TotalPixelMatrixColumns", 16)
    draft.one("TotalPixelMatrixRows", 16)
    draft.one("FocusMethod", "AUTO")
    draft.one("ExtendedDepthOfField", "NO")
    draft.one(
        "AcquisitionDateTime", draft.date("AcquisitionDateTime", f"{draft.study.date}101500"), keep=False
    )
    draft.one("VolumetricProperties", "VOLUME")
    hide_barcode(draft)
    pixels(draft, 16, 16, bits=8, samples=3, frames=1)


def hide_barcode(draft: Draft) -> None:
    """Set the text and barcode on the slide's label."""
    name = draft.patient.name
    draft.hide("LabelText", f"{name.family} {name.given}", "label of a slide", name.family, name.given)
    draft.hide("BarcodeValue", f"BC{draft.rng.randrange(10**7, 10**8)}", "barcode of a slide")


KINDS: Final = {"Enhanced CT": enhanced_ct, "Enhanced MR": enhanced_mr, "SEG": segmentation, "WSI": slide}
