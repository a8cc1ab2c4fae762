"""An examination of pixels that leaves them alone, for what is about everything but pixels."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.deidentify.pixel.message import Coded, Examined, Outcome, Request, Verdict


class Untouched:
    """Says of every picture that there is no text in it; finding some has campaigns of its own."""

    def examine(self, request: Request, _frames: Sequence[Coded]) -> Examined:
        """Return that there is no text."""
        outcome = Outcome(Verdict.NO_TEXT, (), False, request.image, request.transfer_syntax_uid)
        return Examined(outcome)
