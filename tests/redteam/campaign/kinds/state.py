"""Presentation states and key objects."""

from __future__ import annotations

from typing import Final

from ..answer import Class  # noqa: TID252
from ..draft import Draft, Reference  # noqa: TID252
from ..encoding import DataSet, items  # noqa: TID252
from ..modules import STORAGE, begin, code, reference  # noqa: TID252
from ..texts import attacked  # noqa: TID252


def presentation_state(draft: Draft) -> None:
    """Grayscale Softcopy Presentation State with words beside an arrow."""
    begin(draft, f"{STORAGE}11.1", "PR", "CT CHEST", "PRESENTATION STATE")
    draft.one("InstanceNumber", "1")
    draft.one("ContentLabel", "MARKED", keep=False)
    draft.two("ContentDescription", "", keep=False)
    draft.one(
        "PresentationCreationDate", draft.date("PresentationCreationDate", draft.study.date), keep=False
    )
    draft.one(
        "PresentationCreationTime", draft.time("PresentationCreationTime", draft.study.time), keep=False
    )
    creator = draft.secret_name(draft.stranger(), "creator of the content", "ContentCreatorName")
    draft.two("ContentCreatorName", creator.dicom, keep=False)
    draft.one("PresentationLUTShape", "IDENTITY")
    targets = draft.study.of_kind("CT", "MR", "CR", "DX")
    draft.one("ReferencedSeriesSequence", [_series(draft, targets)])
    area = items(
        DisplayedAreaTopLeftHandCorner=(1, 1), DisplayedAreaBottomRightHandCorner=(16, 16),
        PresentationSizeMode="SCALE TO FIT", PresentationPixelSpacing="1\\1",
    )  # fmt: skip
    draft.one("DisplayedAreaSelectionSequence", [area])
    draft.put("GraphicAnnotationSequence", [_annotation(draft, targets[0])])
    draft.check(Class.TAG_RETAINED, "GraphicAnnotationSequence")
    layer = items(GraphicLayer="LAYER1", GraphicLayerOrder="1")
    layer.put("GraphicLayerDescription", f"layer for {draft.patient.name.given} {draft.patient.name.family}")
    path = "GraphicLayerSequence/GraphicLayerDescription"
    draft.secret(draft.patient.name.family, "description of a graphic layer", path)
    draft.put("GraphicLayerSequence", [layer])


def _series(draft: Draft, targets: list[Reference]) -> DataSet:
    path = "ReferencedSeriesSequence"
    uid = draft.refer(targets[0].series_uid, f"{path}/SeriesInstanceUID", required=True)
    images = [
        reference(draft, target, f"{path}/ReferencedImageSequence", required=False) for target in targets
    ]
    return items(SeriesInstanceUID=uid, ReferencedImageSequence=images)


def _annotation(draft: Draft, target: Reference) -> DataSet:
    path = "GraphicAnnotationSequence/TextObjectSequence/UnformattedTextValue"
    text, secrets, label = attacked(draft, "NODULE 12 mm", "ST")
    for secret in secrets:
        draft.secret(secret, f"text of an annotation, {label}", path)
    draft.retains(path, text, "NODULE 12 mm", label)
    words = items(
        UnformattedTextValue=text, BoundingBoxAnnotationUnits="PIXEL",
        BoundingBoxTextHorizontalJustification="LEFT",
        AnchorPoint=(3.0, 4.0), AnchorPointVisibility="Y", AnchorPointAnnotationUnits="PIXEL",
    )  # fmt: skip
    arrow = items(
        GraphicAnnotationUnits="PIXEL", GraphicDimensions=2, NumberOfGraphicPoints=2,
        GraphicData=(1.0, 1.0, 5.0, 5.0), GraphicType="POLYLINE", GraphicFilled="N",
    )  # fmt: skip
    images = [reference(draft, target, "GraphicAnnotationSequence/ReferencedImageSequence", required=False)]
    return items(
        ReferencedImageSequence=images,
        GraphicLayer="LAYER1",
        TextObjectSequence=[words],
        GraphicObjectSequence=[arrow],
    )


def key_objects(draft: Draft) -> None:
    """Key Object Selection Document."""
    begin(draft, f"{STORAGE}88.59", "KO", "CT CHEST", "KEY IMAGES")
    draft.one("InstanceNumber", "1")
    draft.one("ContentDate", draft.date("ContentDate", draft.study.date), keep=False)
    draft.one("ContentTime", draft.time("ContentTime", draft.study.time), keep=False)
    draft.two("ReferencedPerformedProcedureStepSequence", [], keep=False)
    targets = draft.study.instances
    draft.one("CurrentRequestedProcedureEvidenceSequence", evidence(draft, targets))
    draft.one("ValueType", "CONTAINER")
    draft.one("ContinuityOfContent", "SEPARATE")
    draft.one("ConceptNameCodeSequence", [code("113000", "DCM", "Of Interest")])
    path = "ContentSequence/ReferencedSOPSequence"
    content = [
        items(
            RelationshipType="CONTAINS",
            ValueType="IMAGE",
            ReferencedSOPSequence=[reference(draft, one, path)],
        )
        for one in targets
    ]
    text, secrets, label = attacked(draft, "Best image of the nodule", "UT")
    for secret in secrets:
        draft.secret(secret, f"description of key objects, {label}", "ContentSequence/TextValue")
    comment = items(RelationshipType="CONTAINS", ValueType="TEXT", TextValue=text)
    comment.put("ConceptNameCodeSequence", [code("113012", "DCM", "Key Object Description")])
    draft.one("ContentSequence", [*content, comment])


def evidence(draft: Draft, targets: list[Reference]) -> list[DataSet]:
    """Return the chain study, series, instances that documents refer by."""
    root = "CurrentRequestedProcedureEvidenceSequence"
    series, instances = (
        f"{root}/ReferencedSeriesSequence",
        f"{root}/ReferencedSeriesSequence/ReferencedSOPSequence",
    )
    by_series: dict[str, list[DataSet]] = {}
    for target in targets:
        by_series.setdefault(target.series_uid, []).append(reference(draft, target, instances))
    listed = [
        items(
            SeriesInstanceUID=draft.refer(uid, f"{series}/SeriesInstanceUID", required=True),
            ReferencedSOPSequence=one,
        )
        for uid, one in by_series.items()
    ]
    study = draft.refer(draft.study.uid, f"{root}/StudyInstanceUID", required=True)
    return [items(StudyInstanceUID=study, ReferencedSeriesSequence=listed)]


KINDS: Final = {"GSPS": presentation_state, "KOS": key_objects}
