"""Which engines there are, and what strangers among them may not do."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from types import SimpleNamespace

import numpy as np
import pytest

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine import Detected, Engines, load, plugin, tesseract
from gateway.deidentify.pixel.picture import Reading
from gateway.errors import Reason, Refused, SettingsError

PICTURE = np.zeros((20, 30, 3), np.uint8)


class Stranger:
    """Finds and reads, as it is told."""

    name = "stranger 1.0"

    def __init__(self, boxes=(), readings=()):
        self._boxes, self._readings = boxes, readings

    def boxes(self, image, *, scale=1.0):
        image[:] = 1
        return self._boxes

    def read(self, crops):
        return self._readings


def installed(monkeypatch, **factories):
    points = [EntryPoint(name, f"somewhere:{name}", plugin.GROUP) for name in factories]
    group = SimpleNamespace(names=set(factories), __iter__=None)
    monkeypatch.setattr(plugin, "entry_points", lambda group: _Points(points))
    monkeypatch.setattr(EntryPoint, "load", lambda point: factories[point.name])
    return group


class _Points(tuple):
    __slots__ = ()

    @property
    def names(self):
        return {point.name for point in self}


def test_engines_say_their_names_and_versions(engines):
    assert engines.names[:2] == ("rapidocr 3.10.0 detector", "rapidocr 3.10.0 recogniser")
    assert engines.names[2].startswith("tesseract 5")


def test_without_tesseract_there_is_one_reader_or_an_error(monkeypatch):
    monkeypatch.setattr(tesseract, "folder", lambda: (_ for _ in ()).throw(FileNotFoundError("eng")))
    alone = load(second="auto")
    assert (len(alone.readers), alone.page) == (1, None)
    with pytest.raises(SettingsError, match="Tesseract"):
        load(second="tesseract", file="gateway.toml")


def test_no_detector_is_a_refusal():
    with pytest.raises(Refused) as refused:
        _ = Engines((), ()).detector
    assert refused.value.reason is Reason.PIXELS_NOT_CLEAN


def test_a_plug_in_is_loaded_from_a_local_model(monkeypatch, tmp_path):
    given = []
    installed(monkeypatch, extra=lambda model: given.append(model) or Stranger())
    found = plugin.loaded("extra", tmp_path, "gateway.toml")
    assert given == [tmp_path]
    assert plugin.is_detector(found)
    assert plugin.is_reader(found)


def test_a_plug_in_that_is_not_there_or_fails_is_said_without_its_message(monkeypatch, tmp_path):
    def broken(model):
        raise ValueError("secret")

    installed(monkeypatch, broken=broken, nothing=lambda model: object())
    for name, model in (("absent", None), ("broken", None), ("nothing", None), ("broken", tmp_path / "no")):
        with pytest.raises(SettingsError) as error:
            plugin.loaded(name, model, "gateway.toml")
        assert "secret" not in str(error.value)


def test_boxes_of_a_stranger_are_clipped_and_its_picture_is_its_own():
    found = plugin.guarded(
        Stranger([Detected(Box(-5, -5, 10, 99), 7.0, 5), Detected(Box(50, 0, 60, 9), 1.0)])
    )
    assert found.boxes(PICTURE) == [Detected(Box(0, 0, 10, 30), 1.0, 1)]
    assert not PICTURE.any()


@pytest.mark.parametrize(
    "boxes", [None, [3], [SimpleNamespace(box=None)], [Detected(Box(0, 0, 1, 1), 1)] * 10_001]
)
def test_a_detector_that_fails_refuses(boxes):
    with pytest.raises(Refused) as refused:
        plugin.guarded(Stranger(boxes)).boxes(PICTURE)
    assert refused.value.reason is Reason.PIXELS_NOT_CLEAN
    assert refused.value.__context__ is None


@pytest.mark.parametrize(
    "readings", [None, [], ["x"], [Reading("x", 2.0, "e")], [Reading("x" * 5000, 1.0, "e")]]
)
def test_a_reader_that_fails_refuses(readings):
    with pytest.raises(Refused):
        plugin.guarded(Stranger((), readings)).read([PICTURE])


def test_a_reading_bears_the_name_of_its_engine():
    reader = plugin.guarded(Stranger((), [Reading("x", 0.5, "somebody else")]))
    assert reader.read([PICTURE]) == [Reading("x", 0.5, "stranger 1.0")]
