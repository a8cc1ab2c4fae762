"""CT, MR, PT and NM images."""

from __future__ import annotations

from typing import Final

from ..draft import Draft  # noqa: TID252
from ..encoding import items  # noqa: TID252
from ..modules import STORAGE, begin, code, frame_of_reference, image, pixels  # noqa: TID252
from ..texts import describe  # noqa: TID252

_CT: Final = (
    ("CT CHEST W CONTRAST", "THORAX 5.0 B30f"),
    ("CT ABDOMEN PELVIS", "LIVER ARTERIAL PHASE"),
    ("CT HEAD WO CONTRAST", "BRAIN 1.0 H70h AXIAL"),
    ("CT CERVICAL SPINE", "BONE SAGITTAL 2.0"),
    ("CTA CORONARY ARTERIES", "CARDIAC 0.6 DIASTOLE"),
)
_MR: Final = (
    ("MRI BRAIN W WO CONTRAST", "T2 TSE AXIAL"),
    ("MR KNEE LEFT", "PD FS SAGITTAL"),
    ("MRI LUMBAR SPINE", "T1 SE SAG"),
    ("MR PROSTATE", "DWI B1000 ADC"),
    ("MR LIVER", "T1 VIBE DYNAMIC CORONAL"),
)


def _plane(draft: Draft, number: int) -> None:
    draft.one("ImagePositionPatient", f"-125.5\\-130\\{number * 5}")
    draft.one("ImageOrientationPatient", "1\\0\\0\\0\\1\\0")
    draft.one("PixelSpacing", "0.625\\0.625")
    draft.two("SliceThickness", "5")


def ct(draft: Draft) -> None:
    """CT Image: with a contrast agent, a protocol, a reason, a history."""
    study, series = _CT[draft.study.number % len(_CT)]
    begin(draft, f"{STORAGE}2", "CT", study, series)
    frame_of_reference(draft)
    image(draft, "ORIGINAL\\PRIMARY\\AXIAL", draft.number)
    _plane(draft, draft.number)
    describe(draft, "ProtocolName", "CHEST ROUTINE", dated=draft.turn("dated protocol", 3) == 2)
    describe(draft, "ContrastBolusAgent", "OMNIPAQUE 350")
    describe(draft, "AdditionalPatientHistory", "COUGH AND FEVER")
    describe(draft, "RequestedProcedureDescription", "CT CHEST")
    describe(draft, "ImageComments", "MOTION ARTIFACT")
    draft.two("KVP", "120")
    draft.two("AcquisitionNumber", "3")
    draft.keep("BodyPartExamined", "CHEST")
    draft.keep("ConvolutionKernel", "B30f")
    draft.keep("ExposureTime", "500")
    draft.keep("XRayTubeCurrent", "210")
    draft.keep("WindowCenter", "40")
    draft.keep("WindowWidth", "400")
    draft.one("RescaleIntercept", "-1024")
    draft.one("RescaleSlope", "1")
    pixels(draft, 16, 16)


def mr(draft: Draft) -> None:
    """MR Image."""
    study, series = _MR[draft.study.number % len(_MR)]
    begin(draft, f"{STORAGE}4", "MR", study, series)
    frame_of_reference(draft)
    image(draft, "ORIGINAL\\PRIMARY\\M\\ND", draft.number)
    _plane(draft, draft.number)
    describe(draft, "ProtocolName", "T2 TSE")
    describe(draft, "MedicalAlerts", "PACEMAKER")
    describe(draft, "PatientComments", "CLAUSTROPHOBIC")
    describe(draft, "StudyComments", "FOLLOW UP")
    draft.one("ScanningSequence", "SE")
    draft.one("SequenceVariant", "SK\\SP")
    draft.two("ScanOptions", "FS")
    draft.two("MRAcquisitionType", "2D")
    draft.two("EchoTime", "85")
    draft.two("RepetitionTime", "4000")
    draft.two("EchoTrainLength", "11")
    draft.keep("MagneticFieldStrength", "1.5")
    draft.keep("FlipAngle", "150")
    draft.keep("SequenceName", "tse2d1_11")
    pixels(draft, 16, 16)


def _injection(draft: Draft) -> None:
    isotope = items(
        RadionuclideTotalDose="370000000",
        RadionuclideHalfLife="6586.2",
        RadiopharmaceuticalStartTime=draft.study.time,
        RadiopharmaceuticalStartDateTime=f"{draft.study.date}{draft.study.time}",
        RadionuclideCodeSequence=[code("C-111A1", "SRT", "^18^Fluorine")],
        Radiopharmaceutical="FDG",
    )
    draft.two("RadiopharmaceuticalInformationSequence", [isotope])
    path = "RadiopharmaceuticalInformationSequence"
    draft.time(f"{path}/RadiopharmaceuticalStartTime", draft.study.time)
    draft.date(f"{path}/RadiopharmaceuticalStartDateTime", f"{draft.study.date}{draft.study.time}")


def pt(draft: Draft) -> None:
    """Positron Emission Tomography Image: times of injection and decay must fit together."""
    begin(draft, f"{STORAGE}128", "PT", "PET WHOLE BODY FDG", "PET WB CTAC")
    frame_of_reference(draft)
    image(draft, "ORIGINAL\\PRIMARY", draft.number)
    _plane(draft, draft.number)
    _injection(draft)
    describe(draft, "AcquisitionComments", "ATTENUATION CORRECTED")
    draft.one("SeriesType", "STATIC\\IMAGE")
    draft.one("Units", "BQML")
    draft.one("CountsSource", "EMISSION")
    draft.one("DecayCorrection", "START")
    draft.two("CorrectedImage", "DECY\\ATTN\\SCAT")
    draft.two("CollimatorType", "NONE")
    draft.one("FrameReferenceTime", "300000")
    draft.two("ActualFrameDuration", "180000")
    draft.one("ImageIndex", "1")
    draft.one("RescaleIntercept", "0")
    draft.one("RescaleSlope", "0.75")
    pixels(draft, 16, 16)


def nm(draft: Draft) -> None:
    """Nuclear Medicine Image."""
    begin(draft, f"{STORAGE}20", "NM", "NM BONE SCAN", "WHOLE BODY ANTERIOR")
    image(draft, "ORIGINAL\\PRIMARY\\WHOLE BODY\\EMISSION")
    _injection(draft)
    describe(draft, "ReasonForTheRequestedProcedure", "METASTASES")
    draft.one("FrameIncrementPointer", (0x0054, 0x0010))
    draft.two("EnergyWindowInformationSequence", [items(EnergyWindowName="TC99M")])
    draft.one("NumberOfEnergyWindows", 1)
    draft.one("NumberOfDetectors", 1)
    draft.one("EnergyWindowVector", (1, 1))
    draft.keep("CountsAccumulated", "184231")
    pixels(draft, 8, 8, frames=2)


KINDS: Final = {"CT": ct, "MR": mr, "PT": pt, "NM": nm}
