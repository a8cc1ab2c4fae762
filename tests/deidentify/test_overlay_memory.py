"""A large overlay takes memory in proportion to its pixels, and only one of them at a time."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from gateway.deidentify import bitmap, overlay
from gateway.deidentify.bitmap import nearby
from gateway.deidentify.overlay import cleaned_bitmap

ROOT = Path(__file__).resolve().parents[2]
SIDE = 3000
MOST_BYTES_OF_A_PIXEL = 16
MEASURE = """
import sys
from pathlib import Path
from gateway.deidentify.overlay import cleaned_bitmap

def resident(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024

side = int(sys.argv[1])
data = sys.stdin.buffer.read()
cleaned_bitmap(b"\\xff" * 1250, 100, 100, 1)
before = resident("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
cleaned_bitmap(data, side, side, 1)
print((resident("VmHWM") - before) / side**2)
"""


def drawing(kind):
    image = np.zeros((SIDE, SIDE), np.uint8)
    if kind == "filled":
        image[:] = 1
    elif kind == "stripes":
        image[::2] = 1
    else:
        cv2.circle(image, (SIDE // 2, SIDE // 2), SIDE // 3, 1, 3)
        cv2.rectangle(image, (3, 3), (SIDE - 4, SIDE - 4), 1, 2)
        cv2.rectangle(image, (400, 400), (800, 1500), 1, -1)
        cv2.putText(image, "OSWALD 1958", (900, 1200), cv2.FONT_HERSHEY_SIMPLEX, 2, 1, 3)
    return image


def packed(image):
    return np.packbits(image.reshape(-1), bitorder="little").tobytes()


@pytest.mark.parametrize("kind", ["filled", "stripes"])
def test_a_large_frame_takes_so_many_bytes_a_pixel(kind):
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(SIDE)],
        input=packed(drawing(kind)),
        capture_output=True,
        check=True,
        cwd=ROOT,
        timeout=120,
    )
    assert float(done.stdout) < MOST_BYTES_OF_A_PIXEL


@pytest.mark.parametrize("touching", [True, False])
def test_strips_see_all_that_decides(monkeypatch, touching):
    image = drawing("shapes")[:1600, :1600]
    whole = nearby(image, 61, touching=touching)
    distance = cv2.distanceTransform(image, cv2.DIST_L2, cv2.DIST_MASK_5)
    assert np.array_equal(whole, distance <= 30.5 if touching else distance < 30.5)
    monkeypatch.setattr(bitmap, "_STRIP_PIXELS", 1600 * 7)
    assert np.array_equal(nearby(image, 61, touching=touching), whole)


def test_strips_do_not_show_in_a_cleaned_bitmap(monkeypatch):
    image = np.ascontiguousarray(drawing("shapes")[:1600, :1600])
    whole = cleaned_bitmap(packed(image), 1600, 1600, 1)
    monkeypatch.setattr(bitmap, "_STRIP_PIXELS", 1600 * 7)
    assert cleaned_bitmap(packed(image), 1600, 1600, 1) == whole is not None


def test_large_frames_are_examined_one_at_a_time(monkeypatch):
    inside, most, meeting = [], [], threading.Barrier(2)

    def examined(frame, _):
        inside.append(1)
        most.append(len(inside))
        threading.Event().wait(0.05)
        inside.pop()
        return frame.copy()

    def clean():
        meeting.wait(10)
        cleaned_bitmap(b"\xff" * 1250, 100, 100, 1)

    monkeypatch.setattr(overlay, "_cleaned_frame", examined)
    monkeypatch.setattr(overlay, "_MANY_PIXELS", 9_999)
    threads = [threading.Thread(target=clean) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most == [1, 1]
