"""What is asked of an examination of pixels, and what it says; both travel between processes."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.image import Image

Coded = bytes | bytearray | memoryview
"""Bytes of a frame; of native pixels, the whole value."""


class Depth(StrEnum):
    """How closely an image is looked at. The header chooses it; never whether to look."""

    SCREEN = "screen"
    """The cheap screen, and the detector only where that finds something."""
    FULL = "full"
    """The detector on every picture."""
    WHOLE = "whole"
    """The picture is a label: all of it is blacked."""


class Mode(StrEnum):
    """What becomes of text that was found."""

    SAFE = "safe"
    """It goes, unless it is proved to be clinical."""
    ALL = "all"
    """It goes."""
    MASK = "mask"
    """Nothing is read: the usual areas of overlays go, and nothing is claimed."""


class Kind(StrEnum):
    """What an identifying value of the header is."""

    NAME = "name"
    """Of a person, components by ``^``, groups by ``=``."""
    IDENTIFIER = "identifier"
    PLACE = "place"
    """Institution, department, station, address, telephone number."""
    DATE = "date"
    """YYYYMMDD, or the beginning of a DT."""
    TIME = "time"
    AGE = "age"
    TEXT = "text"
    """Any other text of the header that goes or is cleaned: a match makes a line suspicious."""


class Term(msgspec.Struct, frozen=True):
    """An identifying value of the header, decoded; it is never written or logged."""

    kind: Kind
    value: str


class Verdict(StrEnum):
    """What the report says of an instance."""

    NOT_EXAMINED = "not_examined"
    NO_TEXT = "no_text"
    TEXT = "text"
    IDENTIFYING_TEXT = "identifying_text"


class Ground(StrEnum):
    """Why an area went, or stayed."""

    MATCH = "match"
    """It matches a value of the header."""
    PATTERN = "pattern"
    """A date, a time, a number of five digits or more, an address."""
    CUE = "cue"
    """It stands next to a word such as Name or ID, or in a line with something that went."""
    UNPROVED = "unproved"
    """It was read, and is not proved to be clinical."""
    UNREADABLE = "unreadable"
    """Text that no engine reads with confidence."""
    MODE = "mode"
    """All text goes."""
    RULE = "rule"
    """A rule of the site for this device."""
    AREA = "area"
    """A usual area of overlays, where nothing can be read."""
    LABEL = "label"
    """The whole picture is a label."""
    RESIDUE = "residue"
    """Found when the cleaned picture was read again."""
    CLINICAL = "clinical"
    """It stays: proved to be clinical."""


class Region(msgspec.Struct, frozen=True):
    """An area of a picture and what became of it; it never says what was read there.

    Parameters
    ----------
    box
        Where.
    first, last
        Frames in which, from 0, both included.
    ground
        Why.
    """

    box: Box
    first: int
    last: int
    ground: Ground

    @property
    def is_black(self) -> bool:
        """Whether it went."""
        return self.ground is not Ground.CLINICAL


class Request(msgspec.Struct, frozen=True):
    """What an examination has to know.

    Parameters
    ----------
    image
        How the pixels are stored.
    transfer_syntax_uid
        How they are coded.
    depth, mode
        How closely to look, and what goes.
    modality
        Modality (0008,0060), for what is usual in its images.
    terms
        The identifying values of the header, at any depth.
    regions
        Ultrasound regions (PS3.3 C.8.5.5), clipped to the image.
    boxes
        Areas that go by a rule of the site for this device.
    words
        Words that the site keeps besides the vocabulary, folded.
    is_sample
        Look with the detector even where the screen finds nothing, and count it.
    """

    image: Image
    transfer_syntax_uid: str
    depth: Depth = Depth.FULL
    mode: Mode = Mode.SAFE
    modality: str = ""
    terms: tuple[Term, ...] = ()
    regions: tuple[Box, ...] = ()
    boxes: tuple[Box, ...] = ()
    words: tuple[str, ...] = ()
    is_sample: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """What an examination found and did.

    Parameters
    ----------
    verdict
        What the pixels held; `Verdict.NOT_EXAMINED` where nothing could be claimed.
    regions
        Every area that went or stayed, in order.
    is_changed
        Whether a pixel changed. If not, the coded image keeps its bytes and nothing is returned.
    image, transfer_syntax_uid
        Of what is returned; as in the request where nothing changed.
    is_lossless
        What was coded with loss before was not coded with loss once more.
    by_screen, by_detector
        Areas that each of the two found, for the report on the sample.
    """

    verdict: Verdict
    regions: tuple[Region, ...]
    is_changed: bool
    image: Image
    transfer_syntax_uid: str
    is_lossless: bool = True
    by_screen: int = 0
    by_detector: int = 0


class Examined(msgspec.Struct, frozen=True):
    """An outcome and the frames that replace those of the instance.

    Parameters
    ----------
    frames
        Coded frames in order, or the one value of native pixels; empty where nothing changed.
    """

    outcome: Outcome
    frames: tuple[Coded, ...] = ()


class Examination(Protocol):
    """Something that examines pixels, here or in another process."""

    def examine(self, request: Request, frames: Sequence[Coded]) -> Examined:
        """Find text, black it out, and verify.

        Parameters
        ----------
        request
            What to do.
        frames
            The coded frames in order; of native pixels, the value as the only one.

        Raises
        ------
        Refused
            The pixels cannot be decoded, cleaned or verified.
        OutOfResources
            Not now; nothing was found wrong with the instance.
        """
        ...
