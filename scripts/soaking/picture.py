"""The curves of a soak as a picture: small multiples over one time axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from soaking.archive import Mood
from soaking.run import Result
from soaking.sampling import MEBIBYTE, Sample, Usage
from soaking.verdict import Series, names

_SCALE: Final = 2
"""Drawn so much larger and then made smaller, which smooths lines."""
_WIDTH, _PANEL_HEIGHT, _HEAD, _FOOT = 1500, 250, 122, 16
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 24, 46, 32
_COLUMNS: Final = 2
_TICKS: Final = 5
_INK, _GREY, _FRAME, _GRID = "#222222", "#666666", "#bbbbbb", "#e4e4e4"
_COLOURS: Final = ("#999999", "#cc79a7", "#000000", "#009e73", "#0072b2", "#56b4e9", "#d55e00", "#e69f00")
"""Okabe and Ito's, which colour-blind people tell apart, and a grey."""
_COLOURS_OF_OTHERS: Final = ("#0072b2", "#d55e00")
_SHADES: Final = {
    Mood.STOPPED: "#dddddd",
    Mood.REFUSING: "#fde9c4",
    Mood.FULL: "#f8d3c8",
    Mood.HANGING: "#dcd6ef",
}

Curve = tuple[str, Series]


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the multiples; the colours of processes are explained once for all of them."""

    title: str
    curves: list[Curve]
    of_processes: bool = False


def panels(samples: Sequence[Sample]) -> list[Panel]:
    """Return what is drawn."""
    everything = [(one.at, one) for one in samples]

    def each(value: Callable[[Usage], float]) -> list[Curve]:
        return [
            (name, [(at, value(one.processes[name])) for at, one in everything if name in one.processes])
            for name in names(samples)
        ]

    processor = [(name, _rate(curve, 3)) for name, curve in each(lambda usage: usage.processor)]
    logs = [
        (name, [(at, one.logs.get(name, 0) / MEBIBYTE) for at, one in everything])
        for name in dict.fromkeys(name for one in samples for name in one.logs)
    ]
    return [
        Panel("Resident memory, MiB", each(lambda usage: usage.resident / MEBIBYTE), of_processes=True),
        Panel("Processor, cores", processor, of_processes=True),
        Panel("Threads", each(lambda usage: usage.threads), of_processes=True),
        Panel("File descriptors", each(lambda usage: usage.descriptors), of_processes=True),
        Panel("Instances waiting for the archive", [("", [(at, one.waiting) for at, one in everything])]),
        Panel("Write-ahead logs, MiB (at most 64)", logs),
        Panel(
            "Instances, in thousands",
            [
                ("acknowledged", [(at, one.acknowledged / 1000) for at, one in everything]),
                ("forwarded", [(at, (one.stored - one.waiting) / 1000) for at, one in everything]),
            ],
        ),
        Panel("Stored in a second", [("", _rate([(at, one.stored) for at, one in everything], 3))]),
    ]


def _rate(curve: Series, apart: int) -> Series:
    """Return how much a curve grows in a second, between samples that are `apart`."""
    ends = zip(curve, curve[apart:], strict=False)
    return [(after[0], (after[1] - before[1]) / max(after[0] - before[0], 1e-6)) for before, after in ends]


def draw(result: Result, path: Path, title: str) -> None:
    """Write the picture of a soak as PNG."""
    shown = panels(result.samples)
    rows = math.ceil(len(shown) / _COLUMNS)
    canvas = _Canvas(_WIDTH, _HEAD + rows * _PANEL_HEIGHT + _FOOT)
    canvas.text((_LEFT // 2, 18), title, 22)
    _draw_legends(canvas, names(result.samples))
    span = result.samples[-1].at
    width = _WIDTH // _COLUMNS
    for number, panel in enumerate(shown):
        row, column = divmod(number, _COLUMNS)
        corner = (column * width, _HEAD + row * _PANEL_HEIGHT)
        _Plot(canvas, corner, (width, _PANEL_HEIGHT), span, _top(panel)).draw(panel, result)
    canvas.save(path)


def _top(panel: Panel) -> float:
    """Return a round number that no value of a panel exceeds."""
    most = max((value for _, curve in panel.curves for _, value in curve), default=1.0) or 1.0
    step = 10 ** math.floor(math.log10(most / _TICKS))
    nice = next(step * factor for factor in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * factor * _TICKS >= most)
    return nice * _TICKS


def _draw_legends(canvas: _Canvas, processes: Sequence[str]) -> None:
    x = _LEFT // 2
    x += canvas.text((x, 58), "the archive is", 15, _GREY) + 12
    for mood, colour in _SHADES.items():
        canvas.box((x, 58, x + 26, 74), colour, _FRAME)
        x += 34 + canvas.text((x + 34, 58), mood.value, 15) + 22
    x = _LEFT // 2
    x += canvas.text((x, 88), "the processes are", 15, _GREY) + 12
    for name, colour in zip(processes, _COLOURS, strict=False):
        canvas.line([(x, 97), (x + 22, 97)], colour, 3)
        x += 29 + canvas.text((x + 29, 88), name, 15) + 20


class _Canvas:
    """Draws in pixels of the final picture."""

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._image = Image.new("RGB", (width * _SCALE, height * _SCALE), "white")
        self._draw = ImageDraw.Draw(self._image)

    def text(
        self, at: tuple[float, float], text: str, size: int, colour: str = _INK, anchor: str = "la"
    ) -> float:
        """Write a text; return how wide it is."""
        font = ImageFont.load_default(size=size * _SCALE)
        self._draw.text((at[0] * _SCALE, at[1] * _SCALE), text, colour, font, anchor)
        return self._draw.textlength(text, font) / _SCALE

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float = 1.0) -> None:
        """Draw through points."""
        scaled = [(x * _SCALE, y * _SCALE) for x, y in points]
        self._draw.line(scaled, colour, round(width * _SCALE), "curve")

    def box(
        self, corners: tuple[float, float, float, float], fill: str | None, outline: str | None = None
    ) -> None:
        """Draw a rectangle."""
        self._draw.rectangle([one * _SCALE for one in corners], fill, outline)

    def save(self, path: Path) -> None:
        """Write the picture."""
        image = self._image.resize(self._size, Image.Resampling.LANCZOS)
        image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(path, optimize=True)


@dataclass(frozen=True, slots=True)
class _Plot:
    """One panel on the canvas: its place, and its scales."""

    canvas: _Canvas
    corner: tuple[float, float]
    size: tuple[float, float]
    span: float
    top: float

    def x(self, at: float) -> float:
        return self.corner[0] + _LEFT + at / self.span * (self.size[0] - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return self.corner[1] + self.size[1] - _BOTTOM - value / self.top * (self.size[1] - _TOP - _BOTTOM)

    def draw(self, panel: Panel, result: Result) -> None:
        self._shade(result.samples)
        self._axes()
        end = self.x(result.end)
        for dash in range(int(self.y(self.top)), int(self.y(0)), 8):
            self.canvas.line([(end, dash), (end, dash + 4)], _GREY)
        left = self.x(0) + self.canvas.text((self.x(0), self.corner[1] + 6), panel.title, 16) + 24
        colours = _COLOURS if panel.of_processes else _COLOURS_OF_OTHERS
        for (name, curve), colour in zip(panel.curves, colours, strict=False):
            points = [(self.x(at), self.y(max(0.0, value))) for at, value in curve]
            if len(points) > 1:
                self.canvas.line(points, colour, 1.6)
            if name and not panel.of_processes:
                self.canvas.line([(left, self.corner[1] + 16), (left + 14, self.corner[1] + 16)], colour, 3)
                left += 19 + self.canvas.text((left + 19, self.corner[1] + 9), name, 12, _GREY) + 12

    def _shade(self, samples: Sequence[Sample]) -> None:
        for earlier, later in pairwise(samples):
            if (colour := _SHADES.get(Mood(earlier.mood))) is not None:
                corners = (self.x(earlier.at), self.y(self.top), self.x(later.at), self.y(0))
                self.canvas.box(corners, colour)

    def _axes(self) -> None:
        left, right = self.x(0), self.x(self.span)
        for tick in range(_TICKS + 1):
            value, colour = self.top * tick / _TICKS, _GRID if tick else _FRAME
            self.canvas.line([(left, self.y(value)), (right, self.y(value))], colour, 0.7)
            self.canvas.text((left - 8, self.y(value)), f"{value:g}", 13, _GREY, "rm")
        minutes = self.span / 60
        step = next(one for one in (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60) if minutes / one <= 8)
        for number in range(int(minutes / step) + 1):
            at = self.x(number * step * 60)
            self.canvas.line([(at, self.y(0)), (at, self.y(0) + 4)], _FRAME)
            unit = " min" if number == int(minutes / step) else ""
            self.canvas.text((at, self.y(0) + 7), f"{number * step:g}{unit}", 13, _GREY, "ma")
