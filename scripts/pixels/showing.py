"""What an instance shows, decoded and coloured without anything of the gateway."""

from __future__ import annotations

from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels import iter_pixels

from scripts.pixels.case import Pixels

Shown = NDArray[np.float32]
"""Rows x columns x (1 or 3): 0 black, 1 white; beyond them where stored values are beyond the limits."""

_LOSSY: Final = {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"}


def stored_frames(file: bytes | Dataset) -> tuple[Dataset, list[Pixels]]:
    """Return the data set and its frames as they are stored, never colour-converted.

    Raises
    ------
    Exception
        Whatever the decoders raise for what they cannot decode.
    """
    data_set = dcmread(BytesIO(file)) if isinstance(file, bytes) else file
    photometric, syntax = data_set.PhotometricInterpretation, data_set.file_meta.TransferSyntaxUID
    if photometric == "YBR_FULL_422" and not syntax.is_compressed:
        return data_set, _halved(data_set)
    return data_set, [np.asarray(frame) for frame in iter_pixels(data_set, raw=True)]


def _halved(data_set: Dataset) -> list[Pixels]:
    """Unpack pairs that share their chrominance (PS3.3 C.7.6.3.1.2): pydicom counts frames wrongly."""
    rows, columns = int(data_set.Rows), int(data_set.Columns)
    frames = int(data_set.get("NumberOfFrames", 1) or 1)
    values = np.frombuffer(data_set.PixelData, np.uint8, rows * columns * 2 * frames)
    packed = values.reshape(frames, rows, columns // 2, 4)
    whole = np.empty((frames, rows, columns // 2, 2, 3), np.uint8)
    whole[..., 0] = packed[..., :2]
    whole[..., 1:] = packed[..., None, 2:]
    return list(whole.reshape(frames, rows, columns, 3))


def is_dct(data_set: Dataset) -> bool:
    """Whether the pixels are coded as JPEG baseline or extended."""
    return str(data_set.file_meta.TransferSyntaxUID) in _LOSSY


def shown(data_set: Dataset, frame: Pixels, limits: tuple[int, int]) -> Shown:
    """Return a frame as it is displayed.

    Parameters
    ----------
    limits
        Stored gray values of black and of white.
    """
    photometric = str(data_set.PhotometricInterpretation)
    if photometric == "PALETTE COLOR":
        return _looked_up(data_set, frame)
    if frame.ndim == 3:
        values = frame.astype(np.float32)
        if photometric.startswith("YBR_FULL"):
            values = _red_green_blue(values)
        return values / 255
    low, high = limits
    return ((frame.astype(np.float32) - low) / (high - low))[..., None]


def _red_green_blue(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Convert as PS3.3 C.7.6.3.1.2 says."""
    luminance, blue, red = values[..., 0], values[..., 1] - 128, values[..., 2] - 128
    turned = np.stack(
        [luminance + 1.402 * red, luminance - 0.344136 * blue - 0.714136 * red, luminance + 1.772 * blue], -1
    )
    return np.clip(np.rint(turned), 0, 255)


def _looked_up(data_set: Dataset, frame: Pixels) -> Shown:
    first = int(data_set.RedPaletteColorLookupTableDescriptor[1])
    channels = []
    for name in ("Red", "Green", "Blue"):
        table = np.frombuffer(data_set[f"{name}PaletteColorLookupTableData"].value, "<u2")
        channels.append(table[np.clip(frame.astype(np.int64) - first, 0, len(table) - 1)])
    return np.stack(channels, -1).astype(np.float32) / 65535


def picture(values: Shown) -> NDArray[np.uint8]:
    """Return eight bits of red, green and blue, for people and for engines."""
    gray = np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)
    return np.repeat(gray, 3, 2) if gray.shape[2] == 1 else np.ascontiguousarray(gray)
