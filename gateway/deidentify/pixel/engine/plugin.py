"""Engines that are installed beside the gateway, as plug-ins.

A plug-in is an entry point of the group `GROUP`. It is a factory: called with the path of a model,
or None, it returns an object with a ``name`` (name and version) and with ``boxes``, or ``read``, or
both, as `engines.Detector` and `engines.Reader` say. What a further detector finds is judged like
everything found; a further reader has a vote on what is read. Nothing is ever fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeGuard

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import SETTING, Detected, Detector, Reader
from gateway.deidentify.pixel.picture import Reading, Shown
from gateway.errors import Reason, Refused, SettingsError

GROUP: Final = "deidentification_gateway.pixel_engines"
"""The group of entry points."""
MAX_LINES: Final = 10_000
"""Lines of one picture; a detector that returns more has failed."""
MAX_LENGTH: Final = 4096
"""Characters of one line."""


def loaded(name: str, model: Path | None, file: str) -> Detector | Reader:
    """Return the engine of a plug-in, guarded: whatever it does wrong refuses the instance.

    Raises
    ------
    SettingsError
        It is not installed or does not load, or the model is not there.
    """
    if model is not None and not model.exists():
        raise SettingsError(file, SETTING, "a model for the plug-in that exists")
    point = _entry_point(name, file)
    try:
        engine = point.load()(None if model is None else model.absolute())
    except Exception as error:  # noqa: BLE001 - a stranger's code
        raise SettingsError(
            file, SETTING, f"a plug-in that loads; {name} raised {type(error).__name__}"
        ) from None
    return guarded(engine, file)


def guarded(engine: Any, file: str = "") -> Detector | Reader:
    """Return a stranger's engine so that it fails closed.

    Raises
    ------
    SettingsError
        It neither finds nor reads, or has no name.
    """
    finds, reads = callable(getattr(engine, "boxes", None)), callable(getattr(engine, "read", None))
    if not (finds or reads) or not isinstance(getattr(engine, "name", None), str):
        raise SettingsError(file, SETTING, "a plug-in with a name, and with boxes or read")
    if finds and reads:
        return _GuardedBoth(engine)
    return _GuardedDetector(engine) if finds else _GuardedReader(engine)


def is_detector(engine: object) -> TypeGuard[Detector]:
    """Tell whether an engine finds lines."""
    return hasattr(engine, "boxes")


def is_reader(engine: object) -> TypeGuard[Reader]:
    """Tell whether an engine reads lines."""
    return hasattr(engine, "read")


class _Guarded:
    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.name: str = engine.name


class _GuardedDetector(_Guarded):
    def boxes(self, image: Shown, *, scale: float = 1.0) -> list[Detected]:
        rows, columns = image.shape[:2]
        lines: list[Detected] | None = None
        try:
            found = list(islice(self._engine.boxes(image.copy(), scale=scale), MAX_LINES + 1))
            lines = [_detected(line, rows, columns) for line in found]
        except (Exception, SystemExit):  # noqa: BLE001 - its errors may hold what it read
            lines = None
        if lines is None or len(lines) > MAX_LINES:
            raise Refused(Reason.PIXELS_NOT_CLEAN, "a further engine that finds text failed")
        return sorted((line for line in lines if line.box.area), key=lambda line: line.box)


class _GuardedReader(_Guarded):
    def read(self, crops: Sequence[Shown]) -> list[Reading]:
        try:
            readings = [
                Reading(str(reading.text), float(reading.confidence), self.name)
                for reading in self._engine.read([crop.copy() for crop in crops])
            ]
            fits = len(readings) == len(crops) and all(
                0 <= reading.confidence <= 1 and len(reading.text) <= MAX_LENGTH for reading in readings
            )
        except (Exception, SystemExit):  # noqa: BLE001 - its errors may hold what it read
            readings, fits = [], False
        if not fits:
            raise Refused(Reason.PIXELS_NOT_CLEAN, "a further engine that reads text failed")
        return readings


class _GuardedBoth(_GuardedDetector, _GuardedReader):
    """An engine that finds and reads."""


def _detected(line: Any, rows: int, columns: int) -> Detected:
    box = Box(*(int(side) for side in (line.box.top, line.box.left, line.box.bottom, line.box.right)))
    return Detected(box.clipped(rows, columns), min(1.0, max(0.0, float(line.score))), int(line.turned) % 4)


def _entry_point(name: str, file: str) -> EntryPoint:
    found = [point for point in entry_points(group=GROUP) if point.name == name]
    if len(found) != 1:
        known = ", ".join(sorted(set(entry_points(group=GROUP).names))) or "none"
        raise SettingsError(
            file, SETTING, f"the name of one installed plug-in, not of {len(found)} (installed: {known})"
        )
    return found[0]
