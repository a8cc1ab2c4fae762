"""Pixels as the encodings of PS3.5 hold them, made by encoders that the gateway does not use for writing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from scripts.pixels.case import Pixels

_IMPLICIT: Final = "1.2.840.10008.1.2"
_EXPLICIT: Final = "1.2.840.10008.1.2.1"
_DEFLATED: Final = "1.2.840.10008.1.2.1.99"
_BIG: Final = "1.2.840.10008.1.2.2"
_RLE: Final = "1.2.840.10008.1.2.5"
_BASELINE: Final = "1.2.840.10008.1.2.4.50"
_LOSSLESS: Final = "1.2.840.10008.1.2.4.70"
_JPEG_LS: Final = "1.2.840.10008.1.2.4.80"
_NEAR: Final = "1.2.840.10008.1.2.4.81"
_J2K: Final = "1.2.840.10008.1.2.4.90"
_J2K_LOSSY: Final = "1.2.840.10008.1.2.4.91"

_NATIVE: Final = ("native", "implicit", "big-endian", "deflated")
_LOSSLESSLY: Final = ("rle", "jpeg-ls", "j2k", "jpeg-lossless")
LOSSY: Final = (
    "jpeg-q60-444", "jpeg-q60-420", "jpeg-q75-422", "jpeg-q75-420", "jpeg-q90-444", "jpeg-q90-422",
    "jpeg-q75-rgb",
)  # fmt: skip
GRAY_LOSSY: Final = ("jpeg-q60-444", "jpeg-q75-444", "jpeg-q90-444")
BYTES_GRAY: Final = (*_NATIVE, *_LOSSLESSLY, *GRAY_LOSSY, "j2k-lossy", "jpeg-ls-near", "palette")
BYTES_COLOUR: Final = (
    *_NATIVE, "planar", "rle", "jpeg-ls", "j2k", "j2k-rct", "j2k-ict", "j2k-lossy", "jpeg-lossless", *LOSSY,
    "ybr-full", "ybr-full-planar", "ybr-full-422", "ybr-full-rle", "palette",
)  # fmt: skip
WORDS: Final = (*_NATIVE, *_LOSSLESSLY, "j2k-lossy")
BITS: Final = ("native", "implicit", "big-endian")


def coded(data_set: Dataset, pixels: Pixels, coding: str) -> bytes:
    """Return a file with the pixels in a coding.

    Parameters
    ----------
    data_set
        With the Image Pixel Module of `pixels`; it is changed as the coding needs.
    pixels
        Frames x rows x columns (x 3), gray or red, green, blue.
    """
    if coding == "palette":
        pixels = _palette(data_set, pixels)
    if coding.startswith("jpeg-q"):
        _baseline(data_set, pixels, coding)
    elif coding.startswith("ybr-full"):
        _luminance(data_set, pixels, coding)
    elif coding in _COMPRESSED:
        _native(data_set, pixels, _EXPLICIT)
        _COMPRESSED[coding](data_set)
    else:
        _native(data_set, pixels, _UIDS.get(coding, _EXPLICIT), planar=coding == "planar")
    out = BytesIO()
    data_set.file_meta.MediaStorageSOPClassUID = data_set.SOPClassUID
    data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    dcmwrite(out, data_set, enforce_file_format=True)
    return out.getvalue()


_UIDS: Final = {"implicit": _IMPLICIT, "big-endian": _BIG, "deflated": _DEFLATED}


def _native(data_set: Dataset, pixels: Pixels, uid: str, *, planar: bool = False) -> None:
    data_set.file_meta.TransferSyntaxUID = UID(uid)
    if planar:
        data_set.PlanarConfiguration = 1
        pixels = np.moveaxis(pixels, -1, 1)
    if data_set.BitsAllocated == 1:
        value = np.packbits(pixels.ravel(), bitorder="little").tobytes()
    else:
        value = np.ascontiguousarray(pixels).tobytes()
    value += b"\0" * (len(value) % 2)
    is_words = data_set.BitsAllocated > 8 or uid == _IMPLICIT or (uid == _BIG and data_set.BitsAllocated > 1)
    if uid == _BIG and is_words:
        value = np.frombuffer(value, "<u2").astype(">u2").tobytes()
    data_set.PixelData = value
    data_set["PixelData"].VR = "OW" if is_words else "OB"


def _encapsulated(data_set: Dataset, frames: Sequence[bytes], uid: str) -> None:
    data_set.file_meta.TransferSyntaxUID = UID(uid)
    data_set.PixelData = encapsulate(list(frames))
    data_set["PixelData"].VR = "OB"
    data_set["PixelData"].is_undefined_length = True


def _baseline(data_set: Dataset, pixels: Pixels, coding: str) -> None:
    _, quality, sampling = coding.split("-")
    is_colour = pixels.ndim == 4
    options: dict[str, object] = {"quality": int(quality[1:])}
    if is_colour and sampling == "rgb":
        options["keep_rgb"] = True
    elif is_colour:
        options["subsampling"] = {"444": 0, "422": 1, "420": 2}[sampling]
        data_set.PhotometricInterpretation = "YBR_FULL" if sampling == "444" else "YBR_FULL_422"
    frames = []
    for frame in pixels:
        out = BytesIO()
        Image.fromarray(frame).save(out, "JPEG", **options)
        frames.append(out.getvalue())
    data_set.LossyImageCompression = "01"
    data_set.LossyImageCompressionRatio = 10
    data_set.LossyImageCompressionMethod = "ISO_10918_1"
    _encapsulated(data_set, frames, _BASELINE)


def _ybr(pixels: Pixels) -> NDArray[np.uint8]:
    """Convert as PS3.3 C.7.6.3.1.2 says."""
    matrix = np.array(
        [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32
    )
    turned = pixels.astype(np.float32) @ matrix.T + np.array((0, 128, 128), np.float32)
    return np.clip(np.rint(turned), 0, 255).astype(np.uint8)


def _luminance(data_set: Dataset, pixels: Pixels, coding: str) -> None:
    values = _ybr(pixels)
    data_set.PhotometricInterpretation = "YBR_FULL"
    if coding == "ybr-full-422":
        data_set.PhotometricInterpretation = "YBR_FULL_422"
        pairs = values.reshape(*values.shape[:2], -1, 2, 3)
        chrominance = pairs[..., 1:].mean(3)
        packed = np.concatenate([pairs[..., 0], np.rint(chrominance).astype(np.uint8)], -1)
        _native(data_set, packed, _EXPLICIT)
        return
    _native(data_set, values, _EXPLICIT, planar=coding == "ybr-full-planar")
    if coding == "ybr-full-rle":
        _rle(data_set)


def _palette(data_set: Dataset, pixels: Pixels) -> Pixels:
    """Map colours to a palette of 192 grays and 64 colours, gray pixels to their own gray."""
    gray = np.rint(np.linspace(0, 255, 192))
    levels = np.array((0, 85, 170, 255))
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, 3)
    table = np.concatenate([np.repeat(gray[:, None], 3, 1), cube]).astype(np.uint16)
    for name, column in zip(("Red", "Green", "Blue"), table.T, strict=True):
        setattr(data_set, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(data_set, f"{name}PaletteColorLookupTableData", (column * 257).astype("<u2").tobytes())
    data_set.PhotometricInterpretation = "PALETTE COLOR"
    data_set.SamplesPerPixel = 1
    if "PlanarConfiguration" in data_set:
        del data_set.PlanarConfiguration
    whole = pixels if pixels.ndim == 4 else np.repeat(pixels[..., None], 3, -1)
    index = np.rint(whole.mean(-1) * (191 / 255)).astype(np.uint8)
    is_coloured = np.ptp(whole, axis=-1) > 24
    steps = np.rint(whole / 85).astype(np.int64)
    coloured = (192 + steps[..., 0] * 16 + steps[..., 1] * 4 + steps[..., 2]).astype(np.uint8)
    return np.where(is_coloured, coloured, index)


def _rle(data_set: Dataset) -> None:
    data_set.compress(UID(_RLE), encoding_plugin="pylibjpeg", generate_instance_uid=False)


def _jpeg_ls(data_set: Dataset) -> None:
    data_set.compress(UID(_JPEG_LS), generate_instance_uid=False)


def _near(data_set: Dataset) -> None:
    data_set.compress(UID(_NEAR), jls_error=3, generate_instance_uid=False)
    data_set.LossyImageCompression = "01"


def _j2k(data_set: Dataset) -> None:
    data_set.compress(UID(_J2K), generate_instance_uid=False)


def _j2k_lossy(data_set: Dataset) -> None:
    data_set.compress(UID(_J2K_LOSSY), j2k_cr=[10], generate_instance_uid=False)
    data_set.LossyImageCompression = "01"


def _j2k_rct(data_set: Dataset) -> None:
    """Code with the reversible transform of colours (PS3.3 C.7.6.3.1.2)."""
    data_set.PhotometricInterpretation = "YBR_RCT"
    _j2k(data_set)


def _j2k_ict(data_set: Dataset) -> None:
    data_set.PhotometricInterpretation = "YBR_ICT"
    _j2k_lossy(data_set)


def _lossless(data_set: Dataset) -> None:
    """Code with GDCM, which wants files; they are the benchmark's own and hold invented people."""
    import gdcm

    with tempfile.TemporaryDirectory(prefix="pixels-") as folder:
        source, target = str(Path(folder) / "in.dcm"), str(Path(folder) / "out.dcm")
        data_set.file_meta.MediaStorageSOPClassUID = data_set.SOPClassUID
        data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
        dcmwrite(source, data_set, enforce_file_format=True)
        reader = gdcm.ImageReader()
        reader.SetFileName(source)
        change = gdcm.ImageChangeTransferSyntax()
        change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
        if not reader.Read():
            raise ValueError("GDCM cannot read an instance of the benchmark")
        change.SetInput(reader.GetImage())
        if not change.Change():
            raise ValueError("GDCM cannot code an instance of the benchmark")
        writer = gdcm.ImageWriter()
        writer.SetFileName(target)
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        if not writer.Write():
            raise ValueError("GDCM cannot write an instance of the benchmark")
        made = dcmread(target)
    data_set.file_meta.TransferSyntaxUID = UID(_LOSSLESS)
    data_set.PhotometricInterpretation = made.PhotometricInterpretation
    data_set.PixelData = made.PixelData
    data_set["PixelData"].VR = "OB"
    data_set["PixelData"].is_undefined_length = True


_COMPRESSED: Final[dict[str, Callable[[Dataset], None]]] = {
    "rle": _rle,
    "jpeg-ls": _jpeg_ls,
    "jpeg-ls-near": _near,
    "j2k": _j2k,
    "j2k-rct": _j2k_rct,
    "j2k-ict": _j2k_ict,
    "j2k-lossy": _j2k_lossy,
    "jpeg-lossless": _lossless,
}
