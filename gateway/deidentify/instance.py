"""A composite SOP Instance before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.deidentify.pixel_account import PixelAccount
from gateway.deidentify.touched import Touched


@dataclass(frozen=True, slots=True)
class Instance:
    """A composite SOP Instance as its sender encoded it.

    Parameters
    ----------
    sop_class_uid, sop_instance_uid
        Affected SOP Class and Instance UID of the command (PS3.7 9.1.1.1).
    transfer_syntax_uid
        The one that was negotiated for the presentation context.
    data_set
        The encoded data set, without preamble or File Meta Information.
    """

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    data_set: bytes | memoryview


@dataclass(frozen=True, slots=True)
class Origin:
    """What the settings say about the sender of an instance.

    Parameters
    ----------
    default_issuer
        Issuer of Patient ID that is assumed for the peer.
    issuer_from_header
        Whether (0010,0021) of the instance, where it is there, comes before it.
    character_set
        Defined term of (0008,0005) to assume where the data set has none or a wrong one.
    """

    default_issuer: str = ""
    character_set: str = ""
    issuer_from_header: bool = False


@dataclass(frozen=True, slots=True)
class Deidentified:
    """The de-identified instance and what the gateway must remember of it.

    Parameters
    ----------
    buffers
        A complete Part 10 file when written one after the other.
    attributes
        The searchable attributes of the output by keyword, decoded; several values are joined
        by a backslash.
    originals
        Original values by keyword, for the sealed linkage store only.
    pseudonym, accession_number, study_id
        Replacements; empty where the original had none.
    uids
        Original UID to replacement, all that this instance names.
    touched
        What was done to each element that did not stay as it was, and why.
    removed_by_residual
        Tags of what the residual check had cleaned or removed.
    pixels
        What was done to the pixels; None where nothing looked at them.
    """

    sop_class_uid: str
    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str
    transfer_syntax_uid: str
    buffers: tuple[bytes | memoryview, ...]
    attributes: Mapping[str, str]
    originals: Mapping[str, str]
    pseudonym: str
    accession_number: str
    study_id: str
    uids: Mapping[str, str]
    touched: tuple[Touched, ...] = field(default=())
    removed_by_residual: tuple[int, ...] = field(default=())
    pixels: PixelAccount | None = None
