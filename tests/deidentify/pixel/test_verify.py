"""What was written is read again by the engine that did not find its text."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine import Engines
from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Kind, Request, Term
from gateway.deidentify.pixel.picture import Reading
from gateway.deidentify.pixel.verify import residue

ROWS, COLUMNS = 240, 360
TERMS = (Term(Kind.NAME, "Wolkenstein^Oswald"), Term(Kind.IDENTIFIER, "PX-4711"), Term(Kind.DATE, "19670312"))


@pytest.fixture
def page(line_of):
    """Return a frame with lines of text in it."""

    def drawn(*texts, ground=0, shade=255, height=14):
        frame = np.full((ROWS, COLUMNS), ground, np.uint8)
        for number, text in enumerate(texts):
            line = line_of(text, height=height, shade=shade, ground=ground, margin=0)[:, :, 0]
            frame[20 + 60 * number : 20 + 60 * number + line.shape[0], 30 : 30 + line.shape[1]] = line
        return frame

    return drawn


@pytest.fixture
def left(engines):
    def found(frame, terms=TERMS):
        request = Request(Image(ROWS, COLUMNS), "1.2.840.10008.1.2.1", terms=terms)
        return residue(frame, request, engines)

    return found


@pytest.mark.parametrize("text", ["Wolkenstein", "OSWALD W", "PX4711", "12.03.1967"])
@pytest.mark.parametrize(("shade", "ground"), [(255, 0), (20, 160), (90, 40)])
def test_a_value_of_the_header_is_found_with_its_margin(text, shade, ground, page, left):
    boxes = left(page("MI 1.2", text, shade=shade, ground=ground))
    assert len(boxes) == 1
    assert boxes[0].top < 80 < 92 < boxes[0].bottom
    assert boxes[0].left < 30


def test_labels_are_clean(page, left):
    assert left(page("MI 1.2", "LATERAL", "45.2 HU")) == []


def test_a_date_that_the_header_does_not_know_is_found_if_both_engines_read_it(page, left):
    assert len(left(page("LATERAL", "24.12.1958"), terms=())) == 1


def test_speckle_is_clean(left):
    random = np.random.default_rng(4)
    frame = random.integers(0, 256, (ROWS, COLUMNS), np.uint8)
    assert left(frame, terms=(*TERMS, Term(Kind.NAME, "Ann^Lee"))) == []


@pytest.mark.parametrize(
    ("paged", "first", "count"),
    [
        (("Wolkenstein", 0.9), ("", 0.0), 1),
        (("Wolkenstein", 0.2), ("", 0.0), 0),
        (("Wolkenstein", 0.2), ("W0lkenstein", 0.1), 1),
        (("24.12.1958", 0.9), ("24.12.1958", 0.9), 1),
        (("24.12.1958", 0.9), ("24.12.1958", 0.5), 0),
        (("24.12.1958", 0.9), ("LATERAL", 0.9), 0),
        (("MI 1.2", 0.9), ("Wolkenstein", 0.9), 0),
    ],
)
def test_what_is_not_sure_has_to_be_confirmed(paged, first, count, page):
    class Stub:
        name = "stand-in"

        def page(self, image, *, scale=1.0):
            return [(Box(20, 30, 34, 120), Reading(*paged, self.name))]

        def read(self, crops):
            return [Reading(*first, self.name) for _ in crops]

    request = Request(Image(ROWS, COLUMNS), "1.2.840.10008.1.2.1", terms=TERMS)
    assert len(residue(page("LATERAL"), request, Engines((), (Stub(),), Stub()))) == count


def test_without_a_page_reader_the_first_engine_looks_again(page, engines):
    request = Request(Image(ROWS, COLUMNS), "1.2.840.10008.1.2.1", terms=TERMS)
    alone = Engines(engines.detectors, engines.readers[:1])
    assert len(residue(page("LATERAL", "Wolkenstein"), request, alone)) == 1
    assert residue(page("LATERAL"), request, alone) == []
