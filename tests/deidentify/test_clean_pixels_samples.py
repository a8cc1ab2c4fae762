"""Real images, coded in every way, whose pixels changed: others read them and find nothing new wrong."""

from __future__ import annotations

import shutil
import subprocess
import warnings
from pathlib import Path

import pydicom
import pytest
from msgspec.structs import replace

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.part10 import instance_of
from gateway.deidentify.pixel.examiner import Examiner
from gateway.deidentify.pixel.message import Examined, Mode, Verdict

FILES = Path(pydicom.__file__).parent / "data" / "test_files"
SAMPLES = (
    *("CT_small.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "image_dfl.dcm"),
    *("MR_small_RLE.dcm", "SC_rgb_rle_2frame.dcm", "MR_small_jpeg_ls_lossless.dcm", "693_J2KI.dcm"),
    *("SC_rgb_jpeg_dcmtk.dcm", "JPGExtended.dcm", "examples_palette.dcm", "SC_ybr_full_422_uncompressed.dcm"),
)


class Masking:
    """Blacks usual areas with the real codecs, and says that text was there."""

    def examine(self, request, frames):
        done = Examiner().examine(replace(request, mode=Mode.MASK), frames)
        return Examined(replace(done.outcome, verdict=Verdict.TEXT), done.frames)


@pytest.fixture(scope="module")
def written(datasets):
    """Return what a sample becomes without the option, and with it."""

    def run(name):
        instance = instance_of((FILES / name).read_bytes())
        plain = datasets.profile(("retain_patient_characteristics",))
        cleaning = datasets.profile(("clean_pixel_data", "retain_patient_characteristics"))
        without = Deidentifier(plain, datasets.KEY, unexamined_pixels="pass")
        return without.deidentify(instance), Deidentifier(
            cleaning, datasets.KEY, pixels=Masking()
        ).deidentify(instance)

    return run


def errors(path, result):
    path.write_bytes(b"".join(result.buffers))
    done = subprocess.run(["dciodvfy", path], capture_output=True, encoding="latin-1", check=False)
    return {line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")}


@pytest.mark.parametrize("name", SAMPLES)
def test_an_image_with_other_pixels_is_read_and_has_no_error_more(name, written, tmp_path):
    without, cleaned = written(name)
    assert cleaned.pixels.is_changed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = tmp_path / "cleaned.dcm"
        path.write_bytes(b"".join(cleaned.buffers))
        data_set = pydicom.dcmread(path)
        pixels = data_set.pixel_array
    assert pixels.size == data_set.Rows * data_set.Columns * data_set.SamplesPerPixel * int(
        data_set.get("NumberOfFrames", 1)
    )
    assert data_set.BurnedInAnnotation == "NO"
    assert data_set.file_meta.TransferSyntaxUID == cleaned.transfer_syntax_uid
    if shutil.which("dciodvfy"):
        assert errors(path, cleaned) <= errors(tmp_path / "without.dcm", without)
