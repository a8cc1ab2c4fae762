"""The second engine reads lines and pages, in memory."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.deidentify.pixel.engine import gray as gray_picture
from gateway.deidentify.pixel.engine import tesseract


@pytest.mark.parametrize(("shade", "ground"), [(255, 0), (90, 30), (10, 200)])
@pytest.mark.parametrize("height", [9, 24])
def test_a_line_is_read(shade, ground, height, engines, line_of):
    (reading,) = engines.page.read([line_of("LATERAL", height=height, shade=shade, ground=ground)])
    assert reading.text == "LATERAL"
    assert reading.confidence > 0.5


def test_colour_on_black_is_read(engines, line_of):
    line = line_of("SUPINE", height=14)
    line[:, :, :2] = 0
    assert engines.page.read([line])[0].text == "SUPINE"


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_lines_of_a_page_are_found_where_they_are(scale, engines, line_of):
    page = np.zeros((240, 360, 3), np.uint8)
    line = line_of("Wolkenstein", height=16, margin=0)
    page[150 : 150 + line.shape[0], 40 : 40 + line.shape[1]] = line
    ((box, reading),) = engines.page.page(page, scale=scale)
    assert reading.text == "Wolkenstein"
    assert abs(box.top - 150) <= 3
    assert abs(box.left - 40) <= 3
    assert abs(box.right - 40 - line.shape[1]) <= 3


def test_an_empty_page_has_no_lines(engines):
    assert engines.page.page(np.zeros((64, 64, 3), np.uint8)) == []


def test_ground_becomes_light_and_contrast_full(line_of):
    for shade, ground in ((255, 0), (40, 20), (0, 255)):
        gray = gray_picture.dark_on_light(line_of("R", shade=shade, ground=ground))
        assert (int(gray.min()), int(gray.max())) == (0, 255)
        assert gray[0, 0] == 255


def test_the_model_is_where_the_variable_says(monkeypatch, tmp_path):
    (tmp_path / "tessdata").mkdir()
    (tmp_path / "tessdata" / "eng.traineddata").write_bytes(b"")
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert tesseract.folder() == tmp_path / "tessdata"


def test_no_model_is_an_error(monkeypatch):
    monkeypatch.delenv("TESSDATA_PREFIX", raising=False)
    monkeypatch.setattr(tesseract, "FOLDERS", ())
    with pytest.raises(FileNotFoundError):
        tesseract.load()
