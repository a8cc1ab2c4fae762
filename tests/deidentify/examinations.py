"""Examinations of pixels that look at nothing and answer what a test wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.message import Coded, Examined, Ground, Outcome, Region, Request, Verdict

BOX = Box(0, 0, 1, 2)


@dataclass
class Answering:
    """Answers what it was given, and remembers what it was asked.

    Parameters
    ----------
    verdict
        Of every picture.
    frames
        Frames to answer with; None for a picture that is left alone.
    further
        Fields of the outcome, and fields of its image under ``image``.
    """

    verdict: Verdict = Verdict.NO_TEXT
    frames: Sequence[bytes] | None = None
    further: dict = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    asked: list[tuple[bytes, ...]] = field(default_factory=list)

    def examine(self, request: Request, frames: Sequence[Coded]) -> Examined:
        self.requests.append(request)
        self.asked.append(tuple(map(bytes, frames)))
        further = dict(self.further)
        image = replace(request.image, **further.pop("image", {}))
        region = Region(BOX, 0, request.image.frames - 1, Ground.MATCH)
        outcome = {
            "verdict": self.verdict,
            "regions": (region,) if self.frames is not None else (),
            "is_changed": self.frames is not None,
            "image": image,
            "transfer_syntax_uid": request.transfer_syntax_uid,
            **further,
        }
        return Examined(Outcome(**outcome), tuple(self.frames or ()))


class Blacking:
    """Zeroes the first two bytes of native pixels, and says that they named somebody."""

    def examine(self, request: Request, frames: Sequence[Coded]) -> Examined:
        black = bytes(2) + bytes(frames[0])[2:]
        return Answering(Verdict.IDENTIFYING_TEXT, (black,)).examine(request, frames)
