"""Structure sets, plans and doses."""

from __future__ import annotations

from typing import Final

from ..draft import Draft  # noqa: TID252
from ..encoding import DataSet, items  # noqa: TID252
from ..modules import STORAGE, begin, frame_of_reference, image, pixels, reference  # noqa: TID252
from ..texts import describe  # noqa: TID252

_ROIS: Final = ("HEART", "LEFT LUNG", "SPINAL CORD", "BRAINSTEM", "BLADDER")


def structure_set(draft: Draft) -> None:
    """RT Structure Set whose contours refer to the slices of the CT."""
    begin(draft, f"{STORAGE}481.3", "RTSTRUCT", "CT SIMULATION THORAX", "CONTOURS")
    draft.one("StructureSetLabel", "THORAX", keep=False)
    describe(draft, "StructureSetName", "THORAX", retained=False)
    describe(draft, "StructureSetDescription", "HEART AND LUNG", retained=False)
    draft.when("StructureSet", 2)
    draft.put("ReferencedFrameOfReferenceSequence", [_frame(draft)])
    rois, contours, observations = [], [], []
    for number, name in enumerate(_ROIS[:3], 1):
        rois.append(_roi(draft, number, name))
        contours.append(_contour(draft, number))
        observations.append(_observation(draft, number, name))
    draft.one("StructureSetROISequence", rois)
    draft.one("ROIContourSequence", contours)
    draft.one("RTROIObservationsSequence", observations)
    draft.two("ApprovalStatus", "UNAPPROVED")


def _frame(draft: Draft) -> DataSet:
    """Return the chain frame of reference, study, series, images."""
    path = "ReferencedFrameOfReferenceSequence"
    studies, series = f"{path}/RTReferencedStudySequence", "RTReferencedSeriesSequence"
    targets = draft.study.of_kind("CT", "MR")
    images = [reference(draft, target, f"{studies}/{series}/ContourImageSequence") for target in targets]
    of_series = items(
        SeriesInstanceUID=draft.refer(
            targets[0].series_uid, f"{studies}/{series}/SeriesInstanceUID", required=True
        ),
        ContourImageSequence=images,
    )
    of_study = items(
        ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1",
        ReferencedSOPInstanceUID=draft.refer(
            draft.study.uid, f"{studies}/ReferencedSOPInstanceUID", required=True
        ),
        RTReferencedSeriesSequence=[of_series],
    )
    uid = draft.refer(draft.study.frame_uid, f"{path}/FrameOfReferenceUID", required=True)
    return items(FrameOfReferenceUID=uid, RTReferencedStudySequence=[of_study])


def _roi(draft: Draft, number: int, name: str) -> DataSet:
    path = "StructureSetROISequence"
    uid = draft.refer(draft.study.frame_uid, f"{path}/ReferencedFrameOfReferenceUID", required=True)
    roi = items(ROINumber=str(number), ReferencedFrameOfReferenceUID=uid, ROIGenerationAlgorithm="MANUAL")
    if number == 2:
        describe(draft, "ROIName", name, data=roi, path=path)
    else:
        roi.put("ROIName", name)
    return roi


def _contour(draft: Draft, number: int) -> DataSet:
    path = "ROIContourSequence/ContourSequence/ContourImageSequence"
    target = draft.study.of_kind("CT", "MR")[0]
    contour = items(
        ContourImageSequence=[reference(draft, target, path)],
        ContourGeometricType="CLOSED_PLANAR",
        NumberOfContourPoints="3",
        ContourData=f"1.5\\2.5\\{number}\\4\\5\\{number}\\7\\8\\{number}",
    )
    return items(ReferencedROINumber=str(number), ROIDisplayColor="255\\0\\0", ContourSequence=[contour])


def _observation(draft: Draft, number: int, name: str) -> DataSet:
    observation = items(
        ObservationNumber=str(number), ReferencedROINumber=str(number), RTROIInterpretedType="ORGAN"
    )
    interpreter = draft.stranger()
    observation.put("ROIInterpreter", interpreter.dicom)
    path = "RTROIObservationsSequence"
    draft.secret_name(interpreter, "interpreter of a region", f"{path}/ROIInterpreter")
    if number == 1:
        describe(draft, "ROIObservationLabel", name, data=observation, path=path, retained=False)
    return observation


def plan(draft: Draft) -> None:
    """RT Plan."""
    begin(draft, f"{STORAGE}481.5", "RTPLAN", "PROSTATE IMRT", "PLAN")
    frame_of_reference(draft)
    draft.one("RTPlanLabel", "IMRT BOOST", keep=False)
    describe(draft, "RTPlanName", "BOOST", retained=False)
    describe(draft, "RTPlanDescription", "LEFT LUNG BOOST", retained=False)
    draft.when("RTPlan", 2)
    draft.one("RTPlanGeometry", "PATIENT")
    group = items(FractionGroupNumber="1", NumberOfFractionsPlanned="30", NumberOfBeams="1")
    draft.put("FractionGroupSequence", [group])
    machine = f"{draft.hospital.station}_LN"[:16]
    beam = items(
        BeamNumber="1", BeamType="STATIC", RadiationType="PHOTON", TreatmentMachineName=machine,
        SourceAxisDistance="1000", NumberOfWedges="0", FinalCumulativeMetersetWeight="1",
    )  # fmt: skip
    beam.put("BeamName", f"LAO {draft.patient.name.family}")
    draft.secret(draft.patient.name.family, "name of a beam", "BeamSequence/BeamName")
    draft.secret(machine, "treatment machine", "BeamSequence/TreatmentMachineName")
    describe(draft, "BeamDescription", "FIELD 1", data=beam, path="BeamSequence", retained=False)
    draft.put("BeamSequence", [beam])
    reviewer = draft.secret_name(draft.stranger(), "reviewer of a plan", "ReviewerName")
    draft.put("ApprovalStatus", "APPROVED")
    draft.put("ReviewerName", reviewer.dicom)
    draft.when("Review")
    path = "ReferencedStructureSetSequence"
    for target in [one for one in draft.study.instances if one.kind == "RTSTRUCT"][:1]:
        draft.one(path, [reference(draft, target, path)])


def dose(draft: Draft) -> None:
    """RT Dose."""
    begin(draft, f"{STORAGE}481.2", "RTDOSE", "PROSTATE IMRT", "DOSE")
    frame_of_reference(draft)
    image(draft, "DERIVED\\PRIMARY\\AXIAL")
    draft.one("DoseUnits", "GY")
    draft.one("DoseType", "PHYSICAL")
    draft.one("DoseSummationType", "PLAN")
    draft.one("DoseGridScaling", "0.0001")
    name = draft.secret_name(draft.stranger(), "comment on the dose", "DoseComment")
    draft.put("DoseComment", f"checked by Dr {name.given} {name.family}")
    path = "ReferencedRTPlanSequence"
    for target in [one for one in draft.study.instances if one.kind == "RTPLAN"][:1]:
        draft.one(path, [reference(draft, target, path)])
    pixels(draft, 8, 8)


KINDS: Final = {"RTSTRUCT": structure_set, "RTPLAN": plan, "RTDOSE": dose}
