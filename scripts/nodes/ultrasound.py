"""An invented ultrasound image into which a device has written whom it shows: drawn, not recorded."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit, UltrasoundImageStorage

ROWS, COLUMNS = 600, 800
_APEX: Final = (20, 400)
"""Row and column from which the fan spreads."""
_NEAR, _FAR = 70, 520
_HALF_ANGLE: Final = 0.62
_SIZE: Final = 17
_PALE: Final = (235, 235, 225)
_GREEN: Final = (90, 230, 90)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in the picture.

    Parameters
    ----------
    row, column
        Of its upper left corner.
    """

    text: str
    row: int
    column: int

    @property
    def edges(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom around its letters."""
        left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).textbbox(
            (self.column, self.row), self.text, font=_font()
        )
        return int(left), int(top), int(np.ceil(right)), int(np.ceil(bottom))


LABELS: Final = (
    Line("MI 1.2", 14, 690),
    Line("TIS 0.4", 38, 690),
    Line("Gain 62 %", 470, 14),
    Line("Depth 16 cm", 494, 14),
    Line("Liver", 566, 14),
    Line("Dist 2.31 cm", 566, 640),
)
"""What a radiologist needs, and tells nothing of anybody."""


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(_SIZE)  # the one inside of Pillow: the same picture on every machine


def identity(name: str, patient_id: str, birth_date: str, institution: str, taken: str) -> tuple[Line, ...]:
    """What a device writes of the patient: in the corners, and somebody over the anatomy.

    Parameters
    ----------
    name
        With its components by ``^``.
    birth_date, taken
        YYYYMMDD, shown as a German device shows them.
    """
    family, _, given = name.partition("^")
    return (
        Line(f"{family.upper()}, {given.partition('^')[0]}", 14, 14),
        Line(f"ID {patient_id}", 38, 14),
        Line(f"DOB {_shown(birth_date)}", 62, 14),
        Line(institution, 14, 320),
        Line(_shown(taken), 532, 690),
        Line(f"{given[:1]}. {family}", 420, 340),
    )


def _shown(date: str) -> str:
    return f"{date[6:]}.{date[4:6]}.{date[:4]}"


def _fan() -> NDArray[np.uint8]:
    """Speckle in a sector with a box of colour flow, the same in every run."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float32)
    distance = np.hypot(y - _APEX[0], x - _APEX[1])
    angle = np.arctan2(x - _APEX[1], y - _APEX[0])
    inside = (np.abs(angle) < _HALF_ANGLE) & (distance > _NEAR) & (distance < _FAR)
    grain = _stretched(rng.rayleigh(75, (ROWS // 2, COLUMNS // 3)))
    tissue = _stretched(rng.uniform(40, 250, (9, 12))) / 255
    vessel = np.hypot((y - 300) / 40, (x - 430) / 90) < 1
    depth = np.exp(-((distance - 260) ** 2) / 90_000)
    gray = np.where(inside, grain * tissue * depth * np.where(vessel, 0.15, 1.4), 0)
    picture = np.repeat(gray[..., None], 3, 2)
    flow = np.hypot((y - 300) / 30, (x - 430) / 75) < 1
    picture[flow] = np.stack([150 + 90 * np.sin(x / 40), 40 + 60 * np.cos(y / 30), 30 + 0 * x], 2)[flow]
    return picture.clip(0, 255).astype(np.uint8)


def _stretched(values: NDArray[np.float64]) -> NDArray[np.float32]:
    small = Image.fromarray(values.clip(0, 255).astype(np.uint8))
    return np.asarray(small.resize((COLUMNS, ROWS), Image.Resampling.BICUBIC), np.float32)


def picture(lines: tuple[Line, ...]) -> NDArray[np.uint8]:
    """Rows x columns x red, green, blue, with the lines burned in."""
    image = Image.fromarray(_fan())
    draw = ImageDraw.Draw(image)
    for line in lines:
        draw.text((line.column, line.row), line.text, fill=_PALE, font=_font())
    for row, column in ((262, 330), (338, 540)):  # the two ends of what was measured
        draw.line((column - 6, row, column + 6, row), fill=_GREEN)
        draw.line((column, row - 6, column, row + 6), fill=_GREEN)
    return np.asarray(image)


def data_set(lines: tuple[Line, ...]) -> Dataset:
    """An Ultrasound Image, JPEG baseline as such devices store them, without a patient in its header."""
    coded = BytesIO()
    Image.fromarray(picture(lines)).save(coded, "JPEG", quality=92, subsampling="4:2:2")
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = UltrasoundImageStorage
    made.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    made.ImageType = ["ORIGINAL", "PRIMARY", "ABDOMINAL", "0001"]
    made.Modality, made.Manufacturer, made.ManufacturerModelName = "US", "Example Imaging", "Invented 1"
    made.Rows, made.Columns, made.SamplesPerPixel = ROWS, COLUMNS, 3
    made.PhotometricInterpretation, made.PlanarConfiguration = "YBR_FULL_422", 0
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation = 7, 0
    made.LossyImageCompression, made.LossyImageCompressionRatio = "01", "10"
    made.LossyImageCompressionMethod = "ISO_10918_1"
    made.BurnedInAnnotation = "NO"  # wrong, as so often: it is not believed
    made.PixelData = encapsulate([coded.getvalue()])
    made["PixelData"].is_undefined_length = True
    return made
