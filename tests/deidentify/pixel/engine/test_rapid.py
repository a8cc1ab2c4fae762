"""The first engine finds and reads with the models of its package, and asks nobody for them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from gateway.deidentify.pixel.engine import rapid
from gateway.errors import SettingsError

OFFLINE = """
import socket, sys
def refuse(*args, **named):
    raise SystemExit("a socket was asked for")
socket.socket = socket.create_connection = socket.getaddrinfo = refuse
import numpy as np
from gateway.deidentify.pixel.engine import load
engines = load(second="none")
picture = np.zeros((64, 200, 3), np.uint8)
assert engines.detector.boxes(picture) == []
assert [reading.text for reading in engines.readers[0].read([picture])] == [""]
assert "rapidocr.utils.download_file" not in sys.modules
"""


def test_models_are_in_the_package():
    for path in rapid.models():
        assert path.is_file()
        assert "site-packages" in path.parts


def test_nothing_is_fetched_and_nothing_is_printed():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", OFFLINE], capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_package_without_its_models_is_said(monkeypatch):
    monkeypatch.setattr(rapid, "RECOGNITION", "absent.onnx")
    with pytest.raises(SettingsError, match=r"absent\.onnx"):
        rapid.load("gateway.toml")


def test_lines_are_found(engines, line_of):
    page = np.zeros((300, 400, 3), np.uint8)
    for top, left, text in ((20, 30, "LATERAL"), (200, 220, "Oswald W")):
        line = line_of(text, margin=0)
        page[top : top + line.shape[0], left : left + line.shape[1]] = line
    before = page.copy()
    for scale in (1.0, 1.5):
        found = engines.detector.boxes(page, scale=scale)
        assert len(found) == 2
        assert abs(found[0].box.top - 20) <= 10
        assert abs(found[1].box.left - 220) <= 10
        assert all(line.score > 0.5 and not line.turned for line in found)
    assert (page == before).all()


def test_a_line_that_runs_upwards_is_turned(engines, line_of):
    page = np.zeros((300, 300, 3), np.uint8)
    line = np.rot90(line_of("LATERAL VIEW", margin=0))
    page[40 : 40 + line.shape[0], 100 : 100 + line.shape[1]] = line
    (found,) = engines.detector.boxes(page)
    assert found.turned == 1


@pytest.mark.parametrize("text", ["MI 1.2", "Wolkenstein, O.", "12.03.1967", "R"])
@pytest.mark.parametrize(("shade", "ground"), [(255, 0), (90, 30), (10, 200)])
def test_a_line_is_read(text, shade, ground, engines, line_of):
    (reading,) = engines.readers[0].read([line_of(text, height=16, shade=shade, ground=ground)])
    assert reading.text.replace(" ", "") == text.replace(" ", "")
    assert reading.confidence > 0.5


def test_what_is_read_does_not_depend_on_the_crops_beside(engines, line_of):
    reader = engines.readers[0]
    short, long = line_of("L5", height=9), line_of("a much longer line of text", height=20)
    assert reader.read([short, long, short]) == [reader.read([crop])[0] for crop in (short, long, short)]


def test_other_scripts_are_never_left_out(engines):
    reader = engines.readers[0]
    classes = np.zeros((6, len(reader._characters)), np.float32)
    letter, ideograph = reader._characters.index("A"), reader._characters.index("", 1)
    classes[:, 0] = 0.1
    classes[1, letter] = classes[3, ideograph] = 0.8
    assert "".join(character.text for character in reader._decode(classes)) == "A\ufffd"


@pytest.mark.parametrize("shape", [(0, 5, 3), (1, 1, 3), (2, 3000, 3), (500, 3, 3)])
def test_a_crop_of_any_shape_is_read(shape, engines):
    for reader in engines.readers:
        (reading,) = reader.read([np.zeros(shape, np.uint8)])
        assert reading.confidence <= 1


def test_a_part_without_characters_is_told(engines, line_of):
    whole = line_of("LATERAL", height=16)
    partly = np.pad(whole, ((0, 0), (0, 200), (0, 0)))
    near, far = engines.readers[0].read([whole, partly])
    assert near.after < 1
    assert far.after > 3
