"""CR, DX, MG, US, SC, XA and RT images."""

from __future__ import annotations

from typing import Final

from ..draft import Draft  # noqa: TID252
from ..encoding import items  # noqa: TID252
from ..modules import STORAGE, begin, code, image, pixels, reference  # noqa: TID252
from ..texts import describe  # noqa: TID252


def cr(draft: Draft) -> None:
    """Computed Radiography Image."""
    begin(draft, f"{STORAGE}1", "CR", "XR CHEST AP PORTABLE", "CHEST PA")
    image(draft, "ORIGINAL\\PRIMARY")
    describe(draft, "ReasonForStudy", "PNEUMONIA", retained=False)
    describe(draft, "AcquisitionDeviceProcessingDescription", "CHEST GENERAL")
    draft.two("BodyPartExamined", "CHEST")
    draft.two("ViewPosition", "AP")
    draft.keep("KVP", "90")
    draft.hide("PlateID", f"PLT{draft.rng.randrange(10**6, 10**7)}", "plate")
    draft.hide("CassetteID", f"CAS{draft.rng.randrange(10**6, 10**7)}", "cassette")
    pixels(draft, 24, 16)


def _x_ray(draft: Draft) -> None:
    draft.one("PresentationIntentType", "FOR PRESENTATION")
    draft.two("PatientOrientation", "L\\F")
    draft.one("PixelIntensityRelationship", "LIN")
    draft.one("PixelIntensityRelationshipSign", 1)
    draft.one("RescaleIntercept", "0")
    draft.one("RescaleSlope", "1")
    draft.one("RescaleType", "US")
    draft.one("PresentationLUTShape", "IDENTITY")
    draft.one("LossyImageCompression", "00")
    draft.one("BurnedInAnnotation", "NO")
    draft.one("ImagerPixelSpacing", "0.139\\0.139")
    draft.hide("DetectorID", f"DET{draft.rng.randrange(10**6, 10**7)}", "detector")
    draft.one("ImageLaterality", "L")


def dx(draft: Draft) -> None:
    """Digital X-Ray Image."""
    begin(draft, f"{STORAGE}1.1", "DX", "XR KNEE LEFT 2 VIEWS", "KNEE LATERAL")
    image(draft, "ORIGINAL\\PRIMARY\\")
    _x_ray(draft)
    describe(draft, "ProtocolName", "KNEE LATERAL")
    describe(draft, "DerivationDescription", "EDGE ENHANCED")
    draft.two("ViewCodeSequence", [code("399260004", "SCT", "medio-lateral")])
    draft.two("AcquisitionContextSequence", [])
    pixels(draft, 16, 16)


def mg(draft: Draft) -> None:
    """Digital Mammography X-Ray Image."""
    begin(draft, f"{STORAGE}1.2", "MG", "SCREENING MAMMOGRAM BILATERAL", "L MLO")
    image(draft, "DERIVED\\PRIMARY\\")
    _x_ray(draft)
    describe(draft, "AcquisitionDeviceProcessingDescription", "STANDARD")
    draft.one("PositionerType", "MAMMOGRAPHIC")
    draft.one("OrganExposed", "BREAST")
    draft.one("ViewCodeSequence", [code("399368009", "SCT", "medio-lateral oblique")])
    draft.two("AcquisitionContextSequence", [])
    draft.two("ViewPosition", "MLO")
    pixels(draft, 16, 16)


def us(draft: Draft) -> None:
    """Ultrasound Multi-frame Image."""
    begin(draft, f"{STORAGE}3.1", "US", "US ABDOMEN COMPLETE", "LIVER LONG")
    image(draft, "ORIGINAL\\PRIMARY\\ABDOMINAL\\0001")
    describe(draft, "RequestedProcedureDescription", "US ABDOMEN")
    draft.keep("TransducerData", "C5-2")
    draft.one("FrameIncrementPointer", (0x0018, 0x1063))
    draft.one("FrameTime", "33.3")
    draft.keep("SequenceOfUltrasoundRegions", [_region()])
    pixels(draft, 12, 16, bits=8, samples=3, frames=3)


def _region() -> object:
    return items(
        RegionSpatialFormat=1, RegionDataType=1, RegionFlags=0, RegionLocationMinX0=0, RegionLocationMinY0=0,
        RegionLocationMaxX1=15, RegionLocationMaxY1=11, PhysicalUnitsXDirection=3, PhysicalUnitsYDirection=3,
        PhysicalDeltaX=0.03, PhysicalDeltaY=0.03,
    )  # fmt: skip


def sc(draft: Draft) -> None:
    """Secondary Capture Image."""
    begin(draft, f"{STORAGE}7", "OT", "CT HEAD", "DOSE REPORT")
    image(draft, "DERIVED\\SECONDARY")
    describe(draft, "DerivationDescription", "MIP")
    draft.one("ConversionType", "WSD")
    draft.hide("SecondaryCaptureDeviceID", f"SCD{draft.rng.randrange(10**6, 10**7)}", "capture device")
    pixels(draft, 16, 16, bits=8, samples=3)


def xa(draft: Draft) -> None:
    """X-Ray Angiographic Image."""
    begin(draft, f"{STORAGE}12.1", "XA", "CORONARY ANGIOGRAM", "LAO 30 CRANIAL")
    image(draft, "ORIGINAL\\PRIMARY\\SINGLE PLANE")
    describe(draft, "ImageComments", "GOOD QUALITY")
    draft.one("PixelIntensityRelationship", "LIN")
    draft.two("KVP", "80")
    draft.one("RadiationSetting", "GR")
    draft.one("FrameIncrementPointer", (0x0018, 0x1063))
    draft.one("FrameTime", "66.7")
    pixels(draft, 12, 12, frames=2)


def rt_image(draft: Draft) -> None:
    """RT Image."""
    begin(draft, f"{STORAGE}481.1", "RTIMAGE", "PROSTATE RADIOTHERAPY", "PORTAL IMAGE")
    image(draft, "DERIVED\\SECONDARY\\PORTAL")
    describe(draft, "RTImageDescription", "SETUP VERIFICATION", retained=False)
    draft.one("RTImageLabel", "PORTAL 1", keep=False)
    draft.one("RTImagePlane", "NORMAL")
    draft.two("ConversionType", "DI")
    draft.two("GantryAngle", "180")
    draft.hide("RadiationMachineName", draft.hospital.station, "treatment machine")
    targets = draft.study.of_kind("CT", "Enhanced CT")
    if targets:
        path = "ReferencedInstanceSequence"
        draft.put(path, [reference(draft, targets[0], path)])
    pixels(draft, 16, 16)


KINDS: Final = {
    "CR": cr, "DX": dx, "MG": mg, "US": us, "SC": sc, "XA": xa, "RTIMAGE": rt_image,
}  # fmt: skip
