"""Ten hard cases before and after, as pictures and a page about them.

    .venv/bin/python -m scripts.pixels.evidence            writes docs/image_processing

The people are invented, the images made by the generator; the same seed gives the same pictures.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scripts.pixels.case import Case, Role, Run
from scripts.pixels.contestant import Gateway, Output, Prepared
from scripts.pixels.generator import instance
from scripts.pixels.scoring import Score, score
from scripts.pixels.showing import picture

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "image_processing"
SEED: Final = 20_260
_MOST_BYTES: Final = 150_000
_WIDTH: Final = 460
"""Columns of one half of a picture."""


@dataclass(frozen=True, slots=True)
class Hard:
    """A case to look for.

    Parameters
    ----------
    name, title
        Of the file and of its section.
    why
        What is hard about it.
    kind
        Kind of instance.
    holds
        Says whether an instance shows it.
    """

    name: str
    title: str
    why: str
    kind: str
    holds: Callable[[Case], bool]


def _is_inverse(case: Case) -> bool:
    has_marker = any("lead" in run.marks for run in case.runs)
    return case.photometric == "MONOCHROME1" and has_marker and _phi(case, lambda run: run.contrast > 0.25)


def _is_faint(run: Run) -> bool:
    return 0.1 < run.contrast < 0.13 and run.cap_height >= 12 and run.place == "corner"


def _is_table(case: Case) -> bool:
    labels = sum(run.role is Role.LABEL for run in case.runs)
    return labels >= 4 and _phi(case, lambda run: run.contrast > 0.4)


def _is_blue(case: Case) -> bool:
    return "42" in case.coding and _phi(case, lambda run: run.colour == "blue" and run.contrast > 0.4)


def _phi(case: Case, is_wanted: Callable[[Run], bool]) -> bool:
    return any(run.role is Role.PHI and run.cap_height >= 8 and is_wanted(run) for run in case.runs)


def _over_bone(case: Case) -> bool:
    return case.coding == "j2k" and _phi(case, lambda run: run.place == "anatomy" and run.contrast > 0.6)


HARD: Final = (
    Hard(
        "blue", "Blue on black, JPEG with halved chrominance",
        "Blue has a ninth of white's brightness, and half of its resolution is gone. The blocks around it"
        " keep their coefficients: nothing is coded with loss a second time.",
        "US colour",
        _is_blue,
    ),
    Hard(
        "bone", "CT, over the body, outside the window",
        "Written at 4095, so that many windows do not show it. The header's is one rendering of several.",
        "CT", _over_bone,
    ),
    Hard(
        "inverse", "Radiograph of inverse polarity with a lead marker",
        "MONOCHROME1: black is the greatest value. The marker is part of the exposure and stays.",
        "CR/DX",
        _is_inverse,
    ),
    Hard(
        "clock", "A clock that runs through an ultrasound cine",
        "No frame shows what the next one does; behind it, speckle moves.",
        "US cine colour", lambda case: _phi(case, lambda run: "clock" in run.marks and run.contrast > 0.4),
    ),
    Hard(
        "banner", "A banner in a single frame of an angiogram",
        "All other frames are clean; a sample of the frames would miss it.",
        "XA cine", lambda case: _phi(case, lambda run: "banner" in run.marks and run.contrast > 0.25),
    ),
    Hard(
        "turned", "Turned by 90 degrees",
        "Along the border or over the anatomy, read from below or from above.",
        "MR", lambda case: _phi(case, lambda run: "turned" in run.marks and run.contrast > 0.25),
    ),
    Hard(
        "faint", "Twelve per cent of contrast",
        "A person sees it on a dark screen; min-max scaling and Tesseract do not.",
        "US gray",
        lambda case: _phi(case, _is_faint),
    ),
    Hard(
        "dots", "Dot-matrix letters with gaps",
        "Every dot is a component of its own: there are no strokes.",
        "CT", lambda case: _phi(case, lambda run: run.font == "dotted" and run.contrast > 0.25),
    ),
    Hard(
        "table", "A dose page",
        "Measurements stay, whose they are goes; both are in neighbouring cells.",
        "SC dose page",
        _is_table,
    ),
    Hard(
        "pair", "A name that is a word of the screen",
        "Patients called Mark, Long or Head: the header's names win over the vocabulary of what may stay.",
        "US colour",
        lambda case: _phi(case, lambda run: "pair" in run.marks and run.in_header and run.contrast > 0.4),
    ),
)  # fmt: skip


def main() -> None:
    """Write the pictures and the page, and say what is left in them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to (%(default)s)")
    folder: Path = parser.parse_args().folder
    warnings.simplefilter("ignore")
    cv2.setNumThreads(1)
    folder.mkdir(parents=True, exist_ok=True)
    gateway = Gateway()
    sections, left = [], 0
    for hard in HARD:
        case = _case(hard)
        prepared = Prepared.of(case)
        output = gateway.run(prepared)
        found = score(case, prepared.frames, output.frames, dct=prepared.is_dct)
        data = _picture(prepared, output)
        (folder / f"{hard.name}.png").write_bytes(data)
        sections.append(_section(hard, case, output, found))
        left += sum(one.role == Role.PHI and not one.is_hidden for one in found.strings)
        print(f"evidence: {hard.name}: {case.name}, {len(data)} bytes", file=sys.stderr)
    (folder / "README.md").write_text(_HEAD + "\n".join(sections), encoding="utf-8")
    sys.exit(bool(left))


def _case(hard: Hard) -> Case:
    for number in range(600):
        case = instance(SEED, number, clean=0.0, kind=hard.kind)
        if hard.holds(case):
            return case
    raise LookupError(hard.name)


def _frame_of(case: Case) -> int:
    """Return the frame that shows most: that of a banner, else one in the middle."""
    banner = next((run for run in case.runs if "banner" in run.marks), None)
    return banner.appearances[0].frames[0] if banner else len(case.burned) // 2


def _picture(prepared: Prepared, output: Output) -> bytes:
    """Return before and after side by side, as small as it has to be."""
    frame = _frame_of(prepared.case)
    before, after = picture(prepared.frames[frame]), picture(output.frames[frame])
    joined = np.hstack([before, np.full((before.shape[0], 6, 3), 128, np.uint8), after])
    width = min(joined.shape[1], 2 * _WIDTH)
    for colours in (64, 32, 24, 16, 12):
        data = _png(joined, width, colours)
        if len(data) <= _MOST_BYTES:
            return data
    return _png(joined, width * 2 // 3, 16)


def _png(joined: NDArray[np.uint8], width: int, colours: int) -> bytes:
    height = round(joined.shape[0] * width / joined.shape[1])
    small = cv2.resize(joined, (width, height), interpolation=cv2.INTER_AREA)
    out = BytesIO()
    Image.fromarray(small).quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _section(hard: Hard, case: Case, output: Output, found: Score) -> str:
    phi = [one for one in found.strings if one.role == Role.PHI]
    labels = [one for one in found.strings if one.role == Role.LABEL]
    hidden, kept = sum(one.is_hidden for one in phi), sum(one.is_kept for one in labels)
    what = f"{hidden} of {len(phi)} identifying strings gone, {kept} of {len(labels)} clinical labels kept"
    if output.refused or output.failed:
        what = "refused: nothing leaves"
    return f"""## {hard.title}

{hard.why} ({case.kind}, {case.coding}: {what}.)

![before and after]({hard.name}.png)
"""


_HEAD: Final = """# Images before and after

Left what came in, right what leaves. People and images are invented, made by the generator of the
[benchmark](../how-to/run-the-pixel-benchmark.md); the pictures here are reduced in size and in colours.
This page and its pictures are written by

```sh
.venv/bin/python -m scripts.pixels.evidence
```

Text goes unless it is proved to be clinical. What is blacked is as high as the line, and wider than the
text in steps, so that its width does not tell how long a name is.

"""


if __name__ == "__main__":
    for each in ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT"):
        os.environ.setdefault(each, "1")
    main()
