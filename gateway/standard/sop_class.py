"""SOP Classes of the Storage Service (PS3.4 B.5) and what is known about their pixels."""

from __future__ import annotations

from typing import Final

from pydicom._uid_dict import UID_dictionary

from gateway.standard.dictionary import is_registered_uid

_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."

_NEWER: Final = frozenset(
    {
        f"{_STORAGE}9.100.1",  # Waveform Presentation State
        f"{_STORAGE}9.100.2",  # Waveform Acquisition Presentation State
        f"{_STORAGE}66.7",  # Label Map Segmentation
        f"{_STORAGE}66.8",  # Height Map Segmentation
    }
)
"""Registered after pydicom's dictionary was made."""

_RADIOTHERAPY: Final = frozenset(
    {
        "1.2.840.10008.5.1.4.34.1",  # RT Beams Delivery Instruction - Trial, retired
        "1.2.840.10008.5.1.4.34.7",  # RT Beams Delivery Instruction
        "1.2.840.10008.5.1.4.34.10",  # RT Brachy Application Setup Delivery Instruction
    }
)
"""Storage SOP Classes registered outside the usual root."""

_NOT_OF_A_PATIENT: Final = frozenset(f"{_STORAGE}{suffix}" for suffix in ("200.1", "200.3", "200.7", "201.1"))
"""Protocols and inventories: the Non-Patient Object Storage Service of PS3.4 Annex GG."""

_OTHER_INDUSTRIES: Final = (f"{_STORAGE}501.", f"{_STORAGE}601.")
"""DICOS (security screening) and DICONDE (material testing): registered in PS3.6, not in PS3.4 B.5."""

_STORAGE_SOP_CLASSES: Final = (
    frozenset(
        uid
        for uid, (name, kind, *_) in UID_dictionary.items()
        if uid.startswith(_STORAGE) and kind == "SOP Class" and "Storage" in name
        if uid not in _NOT_OF_A_PATIENT and not uid.startswith(_OTHER_INDUSTRIES)
    )
    | _NEWER
    | _RADIOTHERAPY
)

REFUSED_BY_DEFAULT: Final = frozenset(
    {
        f"{_STORAGE}66",  # Raw Data
        f"{_STORAGE}9.4.1",  # Basic Voice Audio Waveform
        f"{_STORAGE}9.4.2",  # General Audio Waveform
        f"{_STORAGE}104.1",  # Encapsulated PDF
        f"{_STORAGE}104.2",  # Encapsulated CDA
        f"{_STORAGE}104.3",  # Encapsulated STL
        f"{_STORAGE}104.4",  # Encapsulated OBJ
        f"{_STORAGE}104.5",  # Encapsulated MTL
    }
)
"""Recorded voices, and content in vendors' own or foreign formats, for which PS3.15 defines no cleaning."""

HAS_PIXELS_OFTEN_ANNOTATED: Final = frozenset(
    f"{_STORAGE}{suffix}"
    for suffix in (
        *("3", "3.1", "6", "6.1", "6.2", "6.3"),  # ultrasound
        *("7", "7.1", "7.2", "7.3", "7.4"),  # secondary capture
        *("12.1", "12.1.1", "12.2", "12.2.1", "12.3"),  # angiography, fluoroscopy
        *("77.1", "77.2", "77.1.1", "77.1.1.1"),  # visible light, endoscopy
        *("77.1.2", "77.1.2.1", "77.1.3", "77.1.6"),  # microscopy; of whole slides, the photographed label
        *("77.1.4", "77.1.4.1", "77.1.7"),  # photography, dermoscopy
        *("77.1.5.1", "77.1.5.2", "77.1.5.5", "77.1.5.6"),  # ophthalmic photography
    )
)
"""SOP Classes whose pixels often hold burned-in text, retired ones too."""

ANNOTATED_MODALITIES: Final = frozenset(
    {
        *("US", "IVUS", "BDUS", "EC", "CD", "DD"),  # ultrasound
        *("XA", "RF", "DS", "CF", "DF", "VF"),  # angiography, fluoroscopy
        *("ES", "AS", "CP", "CS", "LP"),  # endoscopy
        *("GM", "SM", "DM"),  # microscopy
        *("XC", "DMS", "OP", "FA", "FS"),  # photography
        *("OT", "HC"),  # other, hard copy: what secondary captures are sent as
    }
)
"""Values of Modality (0008,0060) of the same, retired ones too (PS3.3 C.7.3.1.1.1)."""

HAS_DATA_PIXELS: Final = frozenset(
    f"{_STORAGE}{suffix}"
    for suffix in (
        *("66.4", "66.7", "66.8"),  # segmentations, label maps, height maps
        *("30", "481.2"),  # parametric maps, doses
        "77.1.5.8",  # volume analysis of optical coherence tomography
    )
)
"""SOP Classes whose pixels are numbers and no picture: nobody burns text into them."""

CROSS_SECTIONAL: Final = frozenset(
    f"{_STORAGE}{suffix}"
    for suffix in (
        *("2", "2.1", "2.2"),  # computed tomography
        *("4", "4.1", "4.4"),  # magnetic resonance
        *("128", "130", "128.1"),  # positron emission
    )
)
"""SOP Classes of slices through a patient, in grey."""

WHOLE_SLIDE: Final = frozenset({f"{_STORAGE}77.1.6"})
"""SOP Classes of whole slides, one of whose images shows the label."""


def is_storage(uid: str) -> bool:
    """Tell whether a UID is a Storage SOP Class of the Standard, current or retired (PS3.4 B.5)."""
    return uid in _STORAGE_SOP_CLASSES


def is_private(uid: str) -> bool:
    """Tell whether a SOP Class is somebody's own: not below the root of the Standard."""
    return not is_registered_uid(uid)
