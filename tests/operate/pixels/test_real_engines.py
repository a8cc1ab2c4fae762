"""The examination itself, with its models, in confined workers."""

import pytest

from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Kind, Mode, Request, Term, Verdict
from gateway.operate.pixels import engine
from gateway.operate.pixels.engine import Loaded, load
from gateway.operate.pixels.local import local_examination
from gateway.settings import Pixels

pytestmark = pytest.mark.slow
ROWS, COLUMNS = 240, 480


def picture():
    import numpy as np
    from PIL import Image as Picture
    from PIL import ImageDraw, ImageFont

    noise = np.random.default_rng(7).integers(20, 60, (ROWS, COLUMNS), np.uint8)
    image = Picture.fromarray(noise)
    ImageDraw.Draw(image).text((12, 10), "WINTERBOTTOM ADA", fill=255, font=ImageFont.load_default(18))
    return noise, np.asarray(image)


def test_a_burned_in_name_is_blacked_by_a_worker_and_the_rest_keeps_its_values():
    clean, image = picture()
    request = Request(
        Image(ROWS, COLUMNS),
        "1.2.840.10008.1.2.1",
        modality="US",
        terms=(Term(Kind.NAME, "WINTERBOTTOM^ADA"),),
    )
    with local_examination(Pixels(), count=1) as examination:
        assert len({name.split()[0] for name in examination.names}) == 2
        examined = examination.examine(request, (image.tobytes(),))
        assert examined.outcome.verdict is Verdict.IDENTIFYING_TEXT
        found = memoryview(examined.frames[0]).cast("B", (ROWS, COLUMNS))
        assert examination.examine(request, (clean.tobytes(),)).outcome.verdict is Verdict.NO_TEXT
    rows, columns = (image != clean).nonzero()
    assert {found[row, column] for row, column in zip(rows.tolist(), columns.tolist(), strict=True)} == {0}
    assert bytes(examined.frames[0])[ROWS // 2 * COLUMNS :] == image.tobytes()[ROWS // 2 * COLUMNS :]


def test_without_an_engine_the_usual_areas_are_masked_and_nothing_is_claimed(monkeypatch):
    monkeypatch.setattr("gateway.deidentify.pixel.engine.load", _missing)
    loaded = load(Pixels(without_engine="mask"))
    _, image = picture()
    request = Request(Image(ROWS, COLUMNS), "1.2.840.10008.1.2.1", mode=Mode.SAFE)
    examined = loaded.examination.examine(request, (image.tobytes(),))
    assert loaded.names == ()
    assert (examined.outcome.verdict, examined.outcome.is_changed) == (Verdict.NOT_EXAMINED, True)
    with pytest.raises(engine.SettingsError, match="pixels"):
        load(Pixels())


def _missing(**_: object) -> Loaded:
    raise ImportError("rapidocr")
