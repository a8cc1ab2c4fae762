"""What others coded is read as they read it, and what is written they read too."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from msgspec.structs import replace
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.errors import InvalidDicomError
from pydicom.pixels import get_decoder

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.codec import blacked, open_source
from gateway.deidentify.pixel.codec.table import Way
from gateway.deidentify.pixel.image import Image
from gateway.errors import Reason, Refused

UID = "1.2.840.10008.1.2"
GRAY8 = Image(rows=61, columns=83)
GRAY12 = replace(GRAY8, allocated=16, stored=12, high_bit=11)
GRAY8_OF_16 = replace(GRAY8, allocated=16)
SIGNED = replace(GRAY12, signed=True)
RGB = replace(GRAY8, samples=3, photometric="RGB")
BOX = Box(20, 20, 31, 50)
CODED = {
    "lossless gray": ("dcmcjpeg", ["+e1"], GRAY12, 0),
    "lossless signed": ("dcmcjpeg", ["+e1"], SIGNED, 0),
    "lossless 14": ("dcmcjpeg", ["+el"], GRAY8, 0),
    "lossless rgb": ("dcmcjpeg", ["+e1"], RGB, 0),
    "lossless 8 of 16 bits": ("dcmcjpeg", ["+e1"], GRAY8_OF_16, 0),
    "baseline gray": ("dcmcjpeg", ["+eb"], GRAY8, 20),
    "baseline ybr 4:4:4": ("dcmcjpeg", ["+eb", "+cy", "+s4"], RGB, None),
    "baseline ybr 4:2:2": ("dcmcjpeg", ["+eb", "+cy", "+s2"], RGB, None),
    "baseline rgb": ("dcmcjpeg", ["+eb", "+cr"], RGB, 20),
    "extended 12 bits": ("dcmcjpeg", ["+ee"], GRAY12, 300),
    "extended 8 bits": ("dcmcjpeg", ["+ee"], GRAY8, 20),
    "progressive": ("dcmcjpeg", ["+ep"], GRAY8, 20),
    "spectral selection": ("dcmcjpeg", ["+es"], GRAY8, 20),
    "jpeg-ls gray": ("dcmcjpls", [], GRAY12, 0),
    "jpeg-ls signed": ("dcmcjpls", [], SIGNED, 0),
    "jpeg-ls rgb by line": ("dcmcjpls", ["+il"], RGB, 0),
    "jpeg-ls rgb by sample": ("dcmcjpls", ["+is"], RGB, 0),
    "jpeg-ls rgb by plane": ("dcmcjpls", ["+in"], RGB, 0),
    "near-lossless": ("dcmcjpls", ["+en", "+md", "3"], GRAY12, 3),
    "rle gray": ("dcmcrle", [], GRAY12, 0),
    "rle signed": ("dcmcrle", [], SIGNED, 0),
    "rle rgb": ("dcmcrle", [], RGB, 0),
}
DECODED = {"50": "dcmdjpeg", "51": "dcmdjpeg", "80": "dcmdjpls", "81": "dcmdjpls", "5": "dcmdrle"}


@pytest.mark.parametrize("case", CODED)
def test_dcmtk_and_this_read_each_other(pictures, case, tmp_path):
    tool, arguments, image, error = CODED[case]
    stored = pictures.values(image)
    if image.samples > 1:
        stored = pictures.drawing(image.rows, image.columns)[None].astype(np.int64)
    before = pictures.data_set(image, f"{UID}.1", [pictures.native(image, stored)])
    described, uid, frames = pictures.described(pictures.dcmtk(tool, before, tmp_path, *arguments))
    source = open_source(described, uid, frames)
    found = source.frame(0)
    if error is not None:
        assert np.abs(found.astype(np.int64) - stored[0]).max() <= error
    written = blacked(source, {0: [BOX]})
    assert written.image.allocated == described.allocated
    decoder = DECODED[written.transfer_syntax_uid.rpartition(".")[2]]
    coded = pictures.data_set(written.image, written.transfer_syntax_uid, written.frames)
    raw = ["+cn"] if decoder == "dcmdjpeg" else []
    after = pictures.pixels(pictures.dcmtk(decoder, coded, tmp_path, *raw))[0]
    if image.signed:
        after = np.where(after & 0x800, after | ~0xFFF, after & 0xFFF)
    (area,) = written.areas[0]
    black = after[BOX.slices].reshape(-1, image.samples)
    assert (black == black[0]).all()
    assert np.array_equal(after, open_source(*_again(written)).frame(0))
    outside = ~pictures.mask(image, [area.grown(1, 1).clipped(image.rows, image.columns)])
    assert np.array_equal(after[outside], found[outside])


def _again(written):
    return written.image, written.transfer_syntax_uid, written.frames


@pytest.mark.parametrize("suffix", ["4.80", "4.90"])
@pytest.mark.parametrize("image", [GRAY12, SIGNED, RGB], ids=["gray", "signed", "rgb"])
def test_gdcm_reads_what_is_written(pictures, image, suffix):
    from gateway.deidentify.pixel.codec.encoder import coded

    stored = pictures.values(image)
    source = open_source(image, f"{UID}.{suffix}", [coded(f"{UID}.{suffix}", stored[0], image, image.stored)])
    written = blacked(source, {0: [BOX]})
    found = pictures.data_set(written.image, written.transfer_syntax_uid, written.frames)
    decoder = get_decoder(found.file_meta.TransferSyntaxUID)
    after, _ = decoder.as_array(found, raw=True, decoding_plugin="gdcm")
    stored[0][BOX.slices] = stored[0].min() if image.samples == 1 else 0
    assert np.array_equal(after, stored[0])


SAMPLES = (
    *(
        "693_J2KI.dcm",
        "693_J2KR.dcm",
        "JPEG2000.dcm",
        "J2K_pixelrep_mismatch.dcm",
        "MR_small_jp2klossless.dcm",
    ),
    *("GDCMJ2K_TextGBR.dcm", "examples_jpeg2k.dcm", "SC_rgb_gdcm_KY.dcm", "HTJ2KLossless_08_RGB.dcm"),
    *("HTJ2K_08_RGB.dcm", "MR_small_jpeg_ls_lossless.dcm", "JPEGLSNearLossless_08.dcm"),
    *("JPEGLSNearLossless_16.dcm", "SC_rgb_jls_lossy_line.dcm", "SC_rgb_jls_lossy_sample.dcm"),
    *("JPEG-LL.dcm", "SC_rgb_jpeg_gdcm.dcm", "SC_rgb_dcmtk_+eb+cr.dcm", "SC_rgb_dcmtk_+eb+cy+np.dcm"),
    *("SC_rgb_dcmtk_+eb+cy+s4.dcm", "SC_rgb_small_odd_jpeg.dcm", "SC_jpeg_no_color_transform.dcm"),
    *("SC_rgb_jpeg_lossy_gdcm.dcm", "examples_ybr_color.dcm", "MR_small_RLE.dcm", "SC_rgb_rle_16bit.dcm"),
    *("SC_rgb_rle_32bit.dcm", "rtdose_rle_1frame.dcm", "emri_small_RLE.dcm", "ExplVR_BigEnd.dcm"),
    *("SC_rgb_small_odd_big_endian.dcm", "rtdose_expb_1frame.dcm", "liver_expb_1frame.dcm", "image_dfl.dcm"),
    *("SC_ybr_full_422_uncompressed.dcm", "examples_palette.dcm", "MR_small_bigendian.dcm"),
)


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_of_pydicom_are_read_as_pydicom_reads_them(pictures, name):
    path = get_testdata_file(name, download=False)
    if path is None:
        pytest.skip(f"{name} is not among the files of this pydicom")
    found = dcmread(path)
    image, uid, frames = pictures.described(found)
    source = open_source(image, uid, frames)
    number = image.frames - 1
    assert np.array_equal(source.frame(number), pictures.pydicom_frame(found, number))
    _check_blacked(pictures, source, number)


def _check_blacked(pictures, source, number):
    """Black a box: it is one value, and beside it every value stays."""
    image = source.image
    box = Box(image.rows // 4, image.columns // 4, image.rows // 2 + 1, image.columns // 2 + 1)
    before = source.frame(number)
    written = blacked(source, {number: [box]})
    after = open_source(*_again(written)).frame(number)
    inside = after[box.slices].reshape(-1, image.samples)
    assert (inside == inside[0]).all()
    (area,) = written.areas[number]
    is_jpeg = source.row.way is Way.COEFFICIENTS and image.samples > 1
    rim = 1 if is_jpeg else 0
    outside = ~pictures.mask(image, [area.grown(rim, rim).clipped(image.rows, image.columns)])
    assert np.array_equal(after[outside], before[outside])
    return written


def test_extended_frames_of_12_bits_are_read_as_dcmtk_reads_them(pictures, tmp_path):
    found = dcmread(get_testdata_file("JPEG-lossy.dcm"))
    image, uid, frames = pictures.described(found)
    expected = pictures.pixels(pictures.dcmtk("dcmdjpeg", found, tmp_path))
    source = open_source(image, uid, frames)
    assert np.array_equal(source.frame(0), expected[0])
    assert _check_blacked(pictures, source, 0).transfer_syntax_uid == f"{UID}.4.80"


def _samples(directory):
    for path in sorted(directory.iterdir()):
        if path.suffix in (".md", "") or path.stat().st_size > 300_000:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = dcmread(path)
                if "PixelData" in found and "BitsAllocated" in found and found.PixelData is not None:
                    yield path, found
        except (InvalidDicomError, ValueError, TypeError, AttributeError, KeyError, EOFError):
            continue


@pytest.mark.slow
def test_every_public_sample_is_blacked_or_refused(pictures, corpus):
    done, reasons = 0, []
    for _, found in _samples(corpus):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                image, uid, frames = pictures.described(found)
            except (AttributeError, TypeError, ValueError, KeyError):
                continue
        try:
            source = open_source(image, uid, frames)
            _check_blacked(pictures, source, 0)
            done += 1
        except Refused as error:
            reasons.append(error.reason)
    assert done > 100
    assert len(reasons) < 12
    assert set(reasons) <= {Reason.PIXELS_UNDECODABLE}
