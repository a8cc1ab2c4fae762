"""The order of the steps, with engines that find and read what a test says."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from gateway.deidentify.pixel import examiner
from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import Engines
from gateway.deidentify.pixel.examiner import Examiner
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Depth, Ground, Kind, Mode, Request, Term, Verdict
from gateway.deidentify.pixel.picture import Crop, Finder, Found, Reading
from gateway.errors import Reason, Refused

EXPLICIT = "1.2.840.10008.1.2.1"
NAME = (Term(Kind.NAME, "HADDAD^EMIL"),)
LINE = Box(20, 30, 34, 110)


@dataclass
class Says:
    """Reads the same of every line; a page says what is left, one answer after the other."""

    text: str
    pages: list[list[tuple[Box, str]]] = field(default_factory=list)
    name: str = "says"

    def read(self, crops):
        return [Reading(self.text, 0.99, self.name) for _ in crops]

    def page(self, image, *, scale=1.0):
        lines = self.pages.pop(0) if self.pages else []
        return [(box, Reading(text, 0.99, self.name)) for box, text in lines]


@pytest.fixture
def examined(monkeypatch):
    """Return a function that examines an image in whose line something bright is found."""

    def examine(pixels, text="HADDAD EMIL", *, pages=(), where=LINE, **asked):
        def search(stored, request, engines):
            if stored[where.slices].max() < 150:
                return []
            crop = Crop(np.zeros((14, 80, 3), np.uint8))
            return [Found(where, Finder.DETECTOR, 0.9, (crop,))]

        monkeypatch.setattr(examiner, "search", search)
        says = Says(text, [list(page) for page in pages])
        frames = pixels.shape[0] if pixels.ndim == 3 else 1
        image = Image(*pixels.shape[-2:], frames=frames)
        request = Request(image, EXPLICIT, terms=NAME, **asked)
        return Examiner(Engines((), (says,), says)).examine(request, [pixels.tobytes()])

    return examine


def _picture(frames=None):
    pixels = np.full((frames or 1, 120, 200), 40, np.uint8)
    pixels[:, 22:32, 32:108:3] = 250
    return pixels if frames else pixels[0]


def _after(result, pixels):
    return np.frombuffer(result.frames[0], np.uint8)[: pixels.size].reshape(pixels.shape)


def test_a_name_is_blacked_and_the_rest_stays(examined):
    pixels = _picture()
    result = examined(pixels)
    assert result.outcome.verdict is Verdict.IDENTIFYING_TEXT
    assert result.outcome.is_changed
    after = _after(result, pixels)
    assert (after[LINE.slices] == 0).all()
    assert (after[60:] == 40).all()
    assert [region.ground for region in result.outcome.regions] == [Ground.MATCH]
    assert result.outcome.by_detector == 1


def test_an_image_without_text_keeps_its_bytes(examined):
    result = examined(np.full((120, 200), 40, np.uint8))
    assert result.outcome.verdict is Verdict.NO_TEXT
    assert not result.outcome.is_changed
    assert result.frames == ()


def test_a_clinical_label_stays(examined):
    result = examined(_picture(), "12.5 cm")
    assert result.outcome.verdict is Verdict.TEXT
    assert not result.outcome.is_changed
    assert [region.ground for region in result.outcome.regions] == [Ground.CLINICAL]


def test_all_text_goes_where_that_is_the_mode(examined):
    result = examined(_picture(), "12.5 cm", mode=Mode.ALL)
    assert [region.ground for region in result.outcome.regions] == [Ground.MODE]
    assert (_after(result, _picture())[LINE.slices] == 0).all()


def test_what_was_left_is_widened_once(examined):
    left = Box(60, 30, 72, 110)
    result = examined(_picture(), pages=[[(left, "HADDAD")]])
    assert Ground.RESIDUE in {region.ground for region in result.outcome.regions}
    assert (_after(result, _picture())[left.slices] == 0).all()


def test_what_is_left_even_then_is_refused(examined):
    left = [(Box(60, 30, 72, 110), "HADDAD")]
    with pytest.raises(Refused) as refused:
        examined(_picture(), pages=[left, left])
    assert refused.value.reason is Reason.PIXELS_NOT_CLEAN
    assert "HADDAD" not in str(refused.value)


def test_what_the_search_overlooked_is_found_when_it_is_read_again(examined):
    left = Box(60, 30, 72, 110)
    result = examined(np.full((120, 200), 40, np.uint8), pages=[[(left, "HADDAD")]])
    assert result.outcome.verdict is Verdict.IDENTIFYING_TEXT
    assert result.outcome.is_changed


def test_an_area_of_a_rule_goes_whatever_is_in_it(examined):
    rule = Box(90, 0, 120, 200)
    pixels = np.full((120, 200), 40, np.uint8)
    result = examined(pixels, boxes=(rule,))
    assert result.outcome.verdict is Verdict.NO_TEXT
    assert (_after(result, pixels)[rule.slices] == 0).all()
    assert (_after(result, pixels)[:90] == 40).all()


def test_text_in_some_frames_goes_in_those(examined):
    pixels = _picture(6)
    pixels[3:] = 40
    after = _after(result := examined(pixels), pixels)
    assert (after[:3, 22:32, 32:108] == 0).all()
    assert (after[3:] == 40).all()
    assert {(region.first, region.last) for region in result.outcome.regions} == {(0, 2)}


def test_a_label_goes_whole_and_needs_no_engine():
    pixels = _picture()
    request = Request(Image(120, 200), EXPLICIT, depth=Depth.WHOLE, mode=Mode.MASK)
    result = Examiner().examine(request, [pixels.tobytes()])
    assert result.outcome.verdict is Verdict.IDENTIFYING_TEXT
    assert not _after(result, pixels).any()


def test_a_mask_claims_nothing():
    pixels = _picture()
    result = Examiner().examine(Request(Image(120, 200), EXPLICIT, mode=Mode.MASK), [pixels.tobytes()])
    assert result.outcome.verdict is Verdict.NOT_EXAMINED
    after = _after(result, pixels)
    assert not after[:12, :80].any()
    assert not after[:12, -80:].any()
    assert not after[-8:].any()
    assert (after[60:100, 95:105] == 40).all()


def test_without_an_engine_it_is_refused():
    with pytest.raises(Refused) as refused:
        Examiner().examine(Request(Image(120, 200), EXPLICIT), [_picture().tobytes()])
    assert refused.value.reason is Reason.PIXELS_NOT_CLEAN


def test_pixels_that_do_not_decode_are_refused():
    with pytest.raises(Refused) as refused:
        Examiner().examine(Request(Image(120, 200), EXPLICIT, mode=Mode.MASK), [b"short"])
    assert refused.value.reason is Reason.PIXELS_UNDECODABLE
