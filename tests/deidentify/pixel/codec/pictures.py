"""Images made and coded without the code under test: numpy, DCMTK, pydicom, Pillow."""

from __future__ import annotations

import io
import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import SecondaryCaptureImageStorage

from gateway.deidentify.pixel.image import Image

UID = "1.2.840.10008.1.2"
NATIVE, BIG_ENDIAN, RLE = f"{UID}.1", f"{UID}.2", f"{UID}.5"
UNCOMPRESSED, DEFLATED_FRAME = f"{UID}.1.98", f"{UID}.8.1"
BASELINE, EXTENDED, PROGRESSIVE = f"{UID}.4.50", f"{UID}.4.51", f"{UID}.4.55"
LOSSLESS, JPEG_LS, NEAR_LOSSLESS = f"{UID}.4.70", f"{UID}.4.80", f"{UID}.4.81"
JPEG_2000, JPEG_2000_LOSSY, HIGH_THROUGHPUT = f"{UID}.4.90", f"{UID}.4.91", f"{UID}.4.201"
GRAY16 = Image(rows=37, columns=45, allocated=16, stored=12, high_bit=11)
COLOUR = Image(rows=37, columns=45, samples=3, photometric="RGB")


def values(image: Image, seed: int = 0) -> np.ndarray:
    """Return the stored values of every frame: noise on a slope, the ends of the range among them."""
    generator = np.random.default_rng(seed)
    low = -(1 << image.stored - 1) if image.signed else 0
    high = low + (1 << image.stored) - 1
    shape = (image.frames, image.rows, image.columns, image.samples)
    slope = np.linspace(low, high, image.columns)[None, None, :, None]
    noise = generator.normal(0, max(1, (high - low) / 50), shape)
    out = np.clip(slope + noise, low, high).astype(np.int64)
    out.reshape(-1)[0], out.reshape(-1)[-1] = low, high
    return out if image.samples > 1 else out[..., 0]


def cells(image: Image, stored: np.ndarray) -> np.ndarray:
    """Return values as bits in Bits Allocated, the sign extended."""
    width = max(8, image.allocated)
    return (stored << image.high_bit + 1 - image.stored).astype(np.uint64).astype(f"u{width // 8}")


def native(image: Image, stored: np.ndarray) -> bytes:
    """Return native Pixel Data without padding (PS3.5 8.1.1)."""
    bits = cells(image, stored)
    if image.allocated == 1:
        data = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    else:
        order = "<" if image.little_endian else ">"
        if image.samples > 1 and image.planar:
            bits = bits.transpose(0, 3, 1, 2)
        data = bits.astype(f"{order}u{image.allocated // 8}").tobytes()
    if not image.little_endian and image.vr == "OW" and image.allocated <= 8:
        data = np.frombuffer(data, np.uint8).reshape(-1, 2)[:, ::-1].tobytes()
    return data


def subsampled(stored: np.ndarray) -> tuple[bytes, np.ndarray]:
    """Return native YBR_FULL_422, and the values at full resolution."""
    pairs = stored.reshape(*stored.shape[:2], -1, 2, 3).copy()
    pairs[..., 1, 1:] = pairs[..., 0, 1:]
    fours = np.stack([pairs[..., 0, 0], pairs[..., 1, 0], pairs[..., 0, 1], pairs[..., 0, 2]], axis=-1)
    return fours.astype(np.uint8).tobytes(), pairs.reshape(stored.shape)


def data_set(image: Image, uid: str, frames: list[bytes]) -> Dataset:
    """Return a data set that pydicom and DCMTK read."""
    found = Dataset()
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = uid
    found.file_meta.MediaStorageSOPClassUID = found.SOPClassUID = SecondaryCaptureImageStorage
    found.file_meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID = "1.2.3.4"
    found.Rows, found.Columns, found.NumberOfFrames = image.rows, image.columns, image.frames
    found.SamplesPerPixel, found.PhotometricInterpretation = image.samples, image.photometric
    if image.samples > 1:
        found.PlanarConfiguration = image.planar
    found.BitsAllocated, found.BitsStored = image.allocated, image.stored
    found.HighBit, found.PixelRepresentation = image.high_bit, int(image.signed)
    if found.file_meta.TransferSyntaxUID.is_encapsulated:
        found.PixelData = encapsulate([bytes(frame) for frame in frames])
        found["PixelData"].VR = "OB"
    else:
        value = bytes(frames[0])
        found.PixelData = value + bytes(len(value) % 2)
        found["PixelData"].VR = "OW" if image.allocated > 8 else image.vr
    return found


def described(found: Dataset) -> tuple[Image, str, list[bytes]]:
    """Return what the data set says, its transfer syntax, and its frames."""
    uid = found.file_meta.TransferSyntaxUID
    stored = int(found.BitsStored)
    image = Image(
        rows=found.Rows,
        columns=found.Columns,
        frames=int(found.get("NumberOfFrames") or 1),
        samples=found.SamplesPerPixel,
        photometric=found.PhotometricInterpretation,
        planar=found.get("PlanarConfiguration") or 0,
        allocated=found.BitsAllocated,
        stored=stored,
        high_bit=found.HighBit,
        signed=bool(found.PixelRepresentation),
        little_endian=uid.is_little_endian,
        vr=found["PixelData"].VR,
    )
    if uid.is_encapsulated:
        return image, str(uid), list(generate_frames(found.PixelData, number_of_frames=image.frames))
    return image, str(uid), [found.PixelData]


def dcmtk(tool: str, found: Dataset, directory: Path, *arguments: str) -> Dataset:
    """Run a tool of DCMTK from one file to another."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} of DCMTK is not installed")
    before, after = directory / "before.dcm", directory / "after.dcm"
    found.save_as(
        before,
        enforce_file_format=True,
        little_endian=found.file_meta.TransferSyntaxUID != BIG_ENDIAN,
        implicit_vr=False,
    )
    done = subprocess.run([tool, *arguments, str(before), str(after)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return dcmread(after)


def pixels(found: Dataset) -> np.ndarray:
    """Return the native values of a data set as frames x rows x columns, or x samples."""
    image, _, (value,) = described(found)
    kind = f"<{'i' if image.signed else 'u'}{image.allocated // 8}"
    count = image.frames * image.rows * image.columns * image.samples
    flat = np.frombuffer(value, kind, count)
    shape = (image.frames, image.rows, image.columns, image.samples)
    if image.samples > 1 and image.planar:
        return flat.reshape(image.frames, image.samples, image.rows, image.columns).transpose(0, 2, 3, 1)
    return flat.reshape(shape if image.samples > 1 else shape[:-1])


def pydicom_frame(found: Dataset, number: int = 0) -> np.ndarray:
    """Return a frame as pydicom decodes it, colours as coded."""
    from pydicom.pixels import get_decoder

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return get_decoder(found.file_meta.TransferSyntaxUID).as_array(found, index=number, raw=True)[0]


def jpeg(stored: np.ndarray, mode: str = "RGB", **options: object) -> bytes:
    """Return a JPEG frame that Pillow codes; YCbCr from RGB, unless the mode says that it is that already."""
    out = io.BytesIO()
    Pillow.fromarray(stored.astype(np.uint8), mode if stored.ndim == 3 else "L").save(out, "JPEG", **options)
    return even(out.getvalue())


def even(frame: bytes) -> bytes:
    return frame + bytes(len(frame) % 2)


def drawing(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    """Return a smooth coloured picture, as JPEG is made for."""
    generator = np.random.default_rng(seed)
    small = generator.integers(0, 256, (rows // 4 + 2, columns // 4 + 2, 3), dtype=np.uint8)
    return np.asarray(Pillow.fromarray(small).resize((columns, rows), Pillow.Resampling.BICUBIC))


def mask(image: Image, boxes: object) -> np.ndarray:
    """Return which pixels are in boxes."""
    found = np.zeros((image.rows, image.columns), bool)
    for box in boxes:
        found[box.slices] = True
    return found
