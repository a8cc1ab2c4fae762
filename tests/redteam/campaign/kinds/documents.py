"""Waveforms, encapsulated documents, raw data."""

from __future__ import annotations

from typing import Final

from ..answer import Class  # noqa: TID252
from ..draft import Draft  # noqa: TID252
from ..encoding import items  # noqa: TID252
from ..modules import STORAGE, begin, code, frame_of_reference  # noqa: TID252
from ..people import Patient  # noqa: TID252
from ..texts import describe  # noqa: TID252


def electrocardiogram(draft: Draft) -> None:
    """12-lead ECG with annotations by text and by person."""
    begin(draft, f"{STORAGE}9.1.1", "ECG", "12 LEAD ECG", "RESTING ECG")
    draft.one("InstanceNumber", "1")
    draft.one("ContentDate", draft.date("ContentDate", draft.study.date), keep=False)
    draft.one("ContentTime", draft.time("ContentTime", draft.study.time), keep=False)
    moment = f"{draft.study.date}{draft.study.time}"
    draft.one("AcquisitionDateTime", draft.date("AcquisitionDateTime", moment), keep=False)
    draft.two("AcquisitionContextSequence", [_context(draft)], keep=False)
    channel = items(WaveformBitsStored=16, ChannelSourceSequence=[code("5.6.3-9-1", "SCPECG", "Lead I")])
    path = "WaveformSequence/ChannelDefinitionSequence"
    describe(draft, "ChannelDerivationDescription", "LEAD I", data=channel, path=path, retained=False)
    raw = bytes(value % 251 for value in range(400))
    group = items(
        WaveformOriginality="ORIGINAL", NumberOfWaveformChannels=1, NumberOfWaveformSamples=200,
        SamplingFrequency="500", ChannelDefinitionSequence=[channel], WaveformBitsAllocated=16,
        WaveformSampleInterpretation="SS",
    )  # fmt: skip
    group.put("WaveformData", raw, "OW")
    draft.one("WaveformSequence", [group])
    draft.check(Class.TEXT_RETAINED, "WaveformSequence/SamplingFrequency", "500", "waveform")
    annotation = items(ReferencedWaveformChannels=(1, 0))
    describe(
        draft, "UnformattedTextValue", "SINUS RHYTHM", data=annotation, path="WaveformAnnotationSequence"
    )
    draft.put("WaveformAnnotationSequence", [annotation])


def _context(draft: Draft) -> object:
    name = draft.stranger()
    path = "AcquisitionContextSequence/TextValue"
    draft.secret_name(name, "acquisition context", path)
    concept = code("121106", "DCM", "Comment")
    return items(
        ValueType="TEXT",
        ConceptNameCodeSequence=[concept],
        TextValue=f"seen by Dr. {name.given} {name.family}",
    )


def _pdf(who: Patient, title: str) -> bytes:
    """Return a document of one page."""
    name = f"{who.name.given} {who.name.family}"
    page = f"BT /F1 12 Tf 72 700 Td (Dear colleague, {name}, born {who.birth_date}) Tj ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R>>",
        f"<</Length {len(page)}>>stream\n{page}\nendstream",
        f"<</Author({who.name.family})/Title({title})>>",
    )
    body = "".join(f"{number} 0 obj{content}endobj\n" for number, content in enumerate(objects, 1))
    return f"%PDF-1.4\n{body}trailer<</Root 1 0 R/Info 5 0 R>>\n%%EOF\n".encode()


def encapsulated_pdf(draft: Draft) -> None:
    """Encapsulated PDF: a page that names the patient, in plain text and in its information."""
    begin(draft, f"{STORAGE}104.1", "DOC", "CT CHEST", "REPORT")
    draft.one("InstanceNumber", "1")
    draft.two("ContentDate", draft.date("ContentDate", draft.study.date), keep=False)
    draft.two("ContentTime", draft.time("ContentTime", draft.study.time), keep=False)
    draft.two("AcquisitionDateTime", "", keep=False)
    draft.one("BurnedInAnnotation", "YES", keep=False)
    draft.two("ConceptNameCodeSequence", [])
    who = draft.patient
    title = f"Letter about {who.name.given} {who.name.family}"
    draft.two("DocumentTitle", title, keep=False)
    draft.secret_name(who.name, "title of a document", "DocumentTitle")
    draft.one("MIMETypeOfEncapsulatedDocument", "application/pdf")
    draft.one("EncapsulatedDocument", _pdf(who, title), keep=False)
    draft.secret(who.name.family, "text of a document", "EncapsulatedDocument")


def raw_data(draft: Draft) -> None:
    """Raw Data: whatever the vendor needs, in private elements."""
    begin(draft, f"{STORAGE}66", "MR", "MRI BRAIN", "RAW DATA")
    frame_of_reference(draft)
    draft.two("InstanceNumber", "1")
    draft.when("Content", 2)
    draft.two("AcquisitionContextSequence", [], keep=False)
    draft.one("CreatorVersionUID", draft.refer(draft.new_uid("version"), "CreatorVersionUID"), keep=False)
    name = draft.secret_name(draft.patient.name, "header of raw data")
    draft.data.put(0x00290010, "SIEMENS CSA NON-IMAGE", "LO")
    draft.data.put(0x00291010, f"SV10\4\3\2\1 PatientName {name.given} {name.family}".encode(), "OB")


KINDS: Final = {"ECG": electrocardiogram, "PDF": encapsulated_pdf, "Raw": raw_data}
