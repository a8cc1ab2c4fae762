"""Pictures before and after: what the gateway says that it did, and what somebody else sees."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pydicom
from nodes.invented import DRAWN
from nodes.process import program
from nodes.ultrasound import Line
from numpy.typing import NDArray
from PIL import Image
from pydicom.pixels import pixel_array
from residual.coded_pixels import difference

from demonstration import show

BLACK: Final = 12
"""Brightest that black may be in a picture that is coded with loss."""
_SHORTEST: Final = 3
GROUNDS: Final = {
    "match": "matches a value of the header",
    "pattern": "a date, a time or a long number",
    "cue": "stands beside such a text, or beside a word like Name",
    "unproved": "read, and not proved to be clinical",
    "unreadable": "found, and nobody can read it",
    "residue": "found when the result was read again",
    "clinical": "proved to be clinical: stays",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """An original whose pixels changed on the way, and its output.

    Parameters
    ----------
    record
        What the gateway has on record of its pixels.
    """

    original: Path
    output: Path
    record: dict[str, Any]

    @property
    def is_drawn(self) -> bool:
        """Whether it is known here what is in it."""
        return self.original.stem.endswith(DRAWN)

    def views(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The first frame before and after, as pydicom shows it: in colours, or gray on the same scale."""
        header = pydicom.dcmread(self.original, stop_before_pixels=True)
        before, after = (pixel_array(pydicom.dcmread(path), index=0) for path in (self.original, self.output))
        if before.ndim == 3:
            return before, after
        low, high = float(before.min()), float(before.max())
        if header.PhotometricInterpretation == "MONOCHROME1":
            low, high = high, low
        first, second = ((view - low) / ((high - low) or 1) * 255 for view in (before, after))
        return first.clip(0, 255).astype(np.uint8), second.clip(0, 255).astype(np.uint8)


def is_changed(original: Path, output: Path) -> bool:
    """Tell whether the coded pixels are others than before."""
    return bool(difference(pydicom.dcmread(original), pydicom.dcmread(output)))


def tell(picture: Picture) -> None:
    """Print the gateway's record of a picture: how many areas for which reason."""
    areas = picture.record.get("areas", [])
    grounds = Counter(area["ground"] for area in areas)
    kept = grounds["clinical"]
    verdict = picture.record["verdict"].replace("_", " ")
    show.progress(f"{picture.original.name}: {verdict}; {len(areas) - kept} areas black, {kept} texts stay")
    for ground, count in sorted(grounds.items()):
        show.progress(f"    {count:>3}  {ground:<11}{GROUNDS.get(ground, '')}")


def tell_areas(picture: Picture) -> None:
    """Print every area of a picture: where it is, what became of it, and why."""
    for area in picture.record.get("areas", []):
        left, top, right, bottom = area["box"]
        became = "stays" if area["ground"] == "clinical" else "black"
        show.progress(f"     {left:>4}, {top:>3} to {right:>3}, {bottom:>3}   {became}   {area['ground']}")


def write(picture: Picture, folder: Path) -> tuple[Path, Path]:
    """Write both views as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = tuple(folder / f"{picture.original.stem}-{when}.png" for when in ("before", "after"))
    for path, view in zip(paths, picture.views(), strict=True):
        Image.fromarray(view).save(path)
    return paths[0], paths[1]


def words(path: Path) -> list[str]:
    """What Tesseract reads in a picture, enlarged, in lower case; an independent reading."""
    with Image.open(path) as image:
        large = image.convert("L").resize((image.width * 2, image.height * 2), Image.Resampling.BICUBIC)
        enlarged = path.with_suffix(".tesseract.png")
        large.save(enlarged)
    try:
        done = subprocess.run(
            [program("tesseract"), str(enlarged), "-", "--psm", "11"],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    finally:
        enlarged.unlink()
    return re.findall(r"[^\W_]+", done.stdout.casefold())


def parts(lines: tuple[Line, ...]) -> set[str]:
    """Words and numbers of lines that are long enough to be recognised for sure."""
    return {
        part
        for line in lines
        for part in re.findall(r"[^\W_]+", line.text.casefold())
        if len(part) > _SHORTEST
    }


def still_there(picture: Picture, lines: tuple[Line, ...]) -> list[str]:
    """Return lines that are not black in the output."""
    _, after = picture.views()
    return [line.text for line in lines if _cut(after, line).max() > BLACK]


def altered(picture: Picture, lines: tuple[Line, ...]) -> list[str]:
    """Return lines of which a pixel is not what it was."""
    before, after = picture.views()
    return [line.text for line in lines if (_cut(before, line) != _cut(after, line)).any()]


def _cut(view: NDArray[np.uint8], line: Line) -> NDArray[np.uint8]:
    left, top, right, bottom = line.edges
    return view[top:bottom, left:right]
