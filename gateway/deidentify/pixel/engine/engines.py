"""What an engine is, and the set of engines of a process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.picture import Reading, Shown
from gateway.errors import Reason, Refused, SettingsError

SETTING: Final = "pixels"
"""Table of the settings that names the engines, for messages."""


@dataclass(frozen=True, slots=True)
class Detected:
    """A line of text that a detector found.

    Parameters
    ----------
    box
        Around the line, of the picture's pixels.
    score
        How sure that is, 0 to 1.
    turned
        1 where the line is higher than wide and so probably runs upwards or downwards, else 0.
    """

    box: Box
    score: float
    turned: int = 0


class Detector(Protocol):
    """Finds lines of text."""

    @property
    def name(self) -> str:
        """Name and version, for the record."""
        ...

    def boxes(self, image: Shown, *, scale: float = 1.0) -> list[Detected]:
        """Return the lines of a picture, from top to bottom.

        Parameters
        ----------
        image
            The whole picture or a tile; not changed.
        scale
            How much to enlarge or shrink it first; boxes are of `image` all the same.
        """
        ...


class Reader(Protocol):
    """Reads lines of text."""

    @property
    def name(self) -> str:
        """Name and version, for the record."""
        ...

    def read(self, crops: Sequence[Shown]) -> list[Reading]:
        """Return what stands in each crop, an upright line with a margin, in their order."""
        ...


class PageReader(Reader, Protocol):
    """Reads pictures in which nobody said where text is."""

    def page(self, image: Shown, *, scale: float = 1.0) -> list[tuple[Box, Reading]]:
        """Return the lines of a whole picture; boxes are of `image`, whatever the scale."""
        ...


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of a process; not for several threads at once.

    Parameters
    ----------
    detectors
        The first is the one whose figures are known; further ones add areas.
    readers
        Independent of each other; the first is asked first.
    page
        The reader that looks at what was written, independent of the first detector; or None.
    """

    detectors: tuple[Detector, ...]
    readers: tuple[Reader, ...]
    page: PageReader | None = None
    names: tuple[str, ...] = field(default=())
    """Name and version of each engine, once."""

    @property
    def detector(self) -> Detector:
        """Return the first detector.

        Raises
        ------
        Refused
            There is none.
        """
        if not self.detectors:
            raise Refused(Reason.PIXELS_NOT_CLEAN, "no engine that finds text")
        return self.detectors[0]


def engines(
    detectors: Sequence[Detector], readers: Sequence[Reader], page: PageReader | None = None
) -> Engines:
    """Return a set of engines with their names."""
    every = (*detectors, *readers, *((page,) if page is not None else ()))
    return Engines(
        tuple(detectors), tuple(readers), page, tuple(dict.fromkeys(engine.name for engine in every))
    )


def load(
    *, second: str = "auto", plug_ins: Sequence[str] = (), model: Path | None = None, file: str = ""
) -> Engines:
    """Load the engines that a setting names; about half a second and 400 MiB.

    Parameters
    ----------
    second
        ``auto``: Tesseract where it can be had; ``tesseract``: it must be there; ``none``: the first alone.
    plug_ins
        Names of installed plug-ins (`plugin.GROUP`).
    model
        A local file or folder for the plug-ins.
    file
        Of the setting, for messages.

    Raises
    ------
    SettingsError
        An engine or its model is not there.
    """
    # Imported here: a gateway that masks needs none of the libraries.
    from gateway.deidentify.pixel.engine import plugin, rapid

    detector, reader = rapid.load(file)
    page = _second(second, file)
    more = [plugin.loaded(name, model, file) for name in plug_ins]
    detectors = [detector, *(engine for engine in more if plugin.is_detector(engine))]
    readers = [reader, *([page] if page else []), *(engine for engine in more if plugin.is_reader(engine))]
    return engines(detectors, readers, page)


def _second(second: str, file: str) -> PageReader | None:
    if second == "none":
        return None
    from gateway.deidentify.pixel.engine import tesseract

    try:
        return tesseract.load()
    except (ImportError, OSError, RuntimeError) as error:
        if second == "auto":
            return None
        raise SettingsError(
            file, SETTING, f"Tesseract with its English model: {type(error).__name__}"
        ) from None
