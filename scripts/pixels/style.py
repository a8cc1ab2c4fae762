"""How text looks: font, size, contrast, colour, and what is around its letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from scripts.pixels import fonts
from scripts.pixels.people import pick
from scripts.pixels.scene import Scene

CONTRASTS: Final = (1.0, 0.5, 0.25, 0.12, 0.06)
_CONTRAST_SHARES: Final = (0.42, 0.22, 0.18, 0.11, 0.07)
_BRIGHT: Final = {
    "white": (1, 1, 1), "gray": (0.7, 0.7, 0.7), "yellow": (1, 1, 0), "cyan": (0, 1, 1),
    "green": (0.1, 1, 0.2),
    "red": (1, 0, 0), "blue": (0, 0, 1), "orange": (1, 0.6, 0), "magenta": (1, 0, 1),
}  # fmt: skip
_BRIGHT_SHARES: Final = (0.4, 0.1, 0.12, 0.08, 0.08, 0.06, 0.08, 0.05, 0.03)
_DARK: Final = {"black": (0, 0, 0), "navy": (0, 0, 0.5), "maroon": (0.6, 0, 0), "forest": (0, 0.4, 0)}
_EFFECTS: Final = ("", "plate", "outline", "shadow")


@dataclass(frozen=True, slots=True)
class Style:
    """The looks of the lines of a block."""

    font: str
    cap_height: float
    smooth: bool
    contrast: float
    colour: str
    effect: str


def style(rng: Generator, scene: Scene, font_names: tuple[str, ...]) -> Style:
    """Return looks that suit a picture's size and its number of colours."""
    font = pick(rng, font_names)
    bilevel = scene.stored == 1
    cap = fonts.actual_cap_height(font, _cap_height(rng, scene))
    contrast = 1.0 if bilevel else float(rng.choice(CONTRASTS, p=_CONTRAST_SHARES))
    names, shares = tuple(_BRIGHT), _BRIGHT_SHARES
    if scene.is_paper:
        names, shares = tuple(_DARK), (0.7, 0.1, 0.1, 0.1)
    colour = str(rng.choice(names, p=shares)) if scene.photometric == "RGB" else "gray"
    effect = pick(rng, rng.choice(_EFFECTS, 1, p=(0.76, 0.1, 0.07, 0.07)))
    return Style(
        font=font,
        cap_height=cap,
        smooth=bool(rng.random() < 0.6) and not bilevel and not (font == "sans-light" and cap < 14),
        contrast=contrast,
        colour=colour,
        effect="" if bilevel or scene.is_paper else effect,
    )


def _cap_height(rng: Generator, scene: Scene) -> float:
    least = min(scene.rows, scene.columns)
    if least <= 300:
        sizes, shares = (6, 7, 8, 10, 12), (0.15, 0.2, 0.3, 0.25, 0.1)
    elif least <= 900:
        sizes, shares = (6, 8, 10, 12, 16), (0.05, 0.15, 0.3, 0.3, 0.2)
    else:
        sizes, shares = (8, 10, 12, 16, 24, 32), (0.1, 0.15, 0.2, 0.25, 0.2, 0.1)
    return float(rng.choice(sizes, p=np.array(shares) / sum(shares)))


def ink_of(looks: Style, under: NDArray[np.floating]) -> tuple[NDArray[np.float32], bool]:
    """Return the ink for what is under a line.

    Parameters
    ----------
    looks
        With the contrast that is wanted.
    under
        Mean brightness there, 0 black to 1 white, one value or red, green and blue.

    Returns
    -------
        The ink in the same terms, and whether it is darker.
    """
    ground = np.asarray(under, np.float32)
    palette = {**_BRIGHT, **_DARK}
    if ground.ndim == 0:
        is_dark = float(ground) > 0.5
        ink = np.clip(ground + (-looks.contrast if is_dark else looks.contrast), 0, 1)
        return np.asarray(ink, np.float32), is_dark
    target = np.asarray(palette[looks.colour], np.float32)
    reach = float(np.abs(target - ground).max())
    if reach < looks.contrast * 0.6:
        target = np.round(1 - ground)
        reach = float(np.abs(target - ground).max())
    ink = ground + (target - ground) * min(1.0, looks.contrast / max(reach, 1e-3))
    return ink, float((ink - ground).sum()) < 0
