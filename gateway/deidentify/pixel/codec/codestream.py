"""What a coded frame says of itself, read before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.deidentify.pixel.codec.failure import undecodable
from gateway.deidentify.pixel.image import Image


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a codestream, of whatever kind.

    Parameters
    ----------
    rows, columns, samples
        Of the decoded frame.
    precision
        Bits of a sample.
    """

    rows: int
    columns: int
    samples: int
    precision: int

    def check(self, image: Image) -> None:
        """Make sure that what will be decoded is what the data set describes, and no larger.

        Raises
        ------
        Refused
            `Reason.PIXELS_UNDECODABLE`.
        """
        if (self.rows, self.columns, self.samples) != (image.rows, image.columns, image.samples):
            raise undecodable("a coded frame of another size than the header says")
        # As many bytes a sample as the data set says; signs of retired encoders need not fit exactly.
        if not 1 <= self.precision <= image.allocated:
            raise undecodable("a coded frame of more bits than the header says")
