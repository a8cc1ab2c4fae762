"""Which strings an instance shows, where, and in which of its frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from numpy.random import Generator

from scripts.pixels import strings
from scripts.pixels.burning import Burned, Canvas, burn, line_of, turned
from scripts.pixels.case import Appearance, Role, Run
from scripts.pixels.fonts import Written
from scripts.pixels.labels import label
from scripts.pixels.people import Study, pick
from scripts.pixels.scene import Scene
from scripts.pixels.strings import Secret
from scripts.pixels.style import Style, style

_LABELS = 0.4
"""Share of strings that are clinical."""


@dataclass(slots=True)
class Writer:
    """Writes the strings of one instance."""

    rng: Generator
    canvas: Canvas
    study: Study
    font_names: tuple[str, ...]
    runs: list[Run]

    @property
    def scene(self) -> Scene:
        """What is written on."""
        return self.canvas.scene

    def write(self) -> None:
        """Write blocks at corners, lines at borders and on anatomy, and a table where there is one."""
        if self.scene.cells:
            self._table()
            return
        if self.scene.modality in {"CR", "DX"} and self.rng.random() < 0.7:
            self._lead_marker()
        for corner in self.rng.permutation(4)[: int(self.rng.integers(1, 4))]:
            self._block(int(corner))
        for _ in range(int(self.rng.integers(0, 3))):
            self._single("anatomy")
        for _ in range(int(self.rng.integers(0, 2))):
            self._single("border")
        if self.scene.frames > 1:
            self._cine()
        if not any(run.role is Role.PHI for run in self.runs):
            self._block(int(self.rng.integers(4)), must=True)

    def column(self, count: int) -> None:
        """Write so many lines below each other at the left, 14 pixels high: a screen for measuring time."""
        looks = Style("mono", 14, smooth=True, contrast=1.0, colour="white", effect="")
        while len(self.runs) < count:
            role, secret = self._content()
            top = 8 + 30 * len(self.runs)
            self._line(role, replace(secret, cue=""), looks, "corner", top=top, edge=6, is_right=False)

    def _style(self) -> Style:
        return style(self.rng, self.scene, self.font_names)

    def _frames(self) -> Sequence[int]:
        return tuple(range(self.scene.frames))

    def _content(self, *, must: bool = False) -> tuple[Role, Secret]:
        if not must and self.rng.random() < _LABELS:
            text, is_pair = label(self.rng, self.scene.modality)
            return Role.LABEL, Secret(text, in_header=False, marks=("pair",) if is_pair else ())
        return Role.PHI, strings.secret(self.rng, self.study)

    def _block(self, corner: int, *, must: bool = False) -> None:
        looks = self._style()
        margin = int(self.rng.integers(3, 14))
        pitch = round(looks.cap_height * self.rng.uniform(1.45, 2.1)) + 1
        count = int(self.rng.integers(1, 6))
        count = max(1, min(count, int(self.scene.rows * 0.35 // pitch)))
        for row in range(count):
            role, secret = self._content(must=must)
            is_bottom, is_right = corner >= 2, bool(corner % 2)
            top = margin + row * pitch
            if is_bottom:
                top = self.scene.rows - margin - (count - row) * pitch
            self._line(role, secret, looks, "corner", top=top, edge=margin, is_right=is_right)

    def _line(
        self, role: Role, secret: Secret, looks: Style, place: str, *, top: int, edge: int, is_right: bool
    ) -> None:
        cue = line_of(secret.cue, looks) if secret.cue else None
        line = line_of(secret.text, looks)
        gap = round(looks.cap_height * 0.7)
        before = cue.ink.shape[1] + gap if cue else 0
        width = before + line.ink.shape[1]
        left = self.scene.columns - edge - width if is_right else edge
        shape = (line.ink.shape[0], width)
        if left < 0 or width > self.scene.columns - 4 or not self.canvas.is_free(top, left, shape, 1):
            return
        if cue:
            self._put(Role.CUE, secret, secret.cue, cue, looks, (top, left), place)
        self._put(role, secret, secret.text, line, looks, (top, left + before), place)

    def _put(
        self, role: Role, secret: Secret, text: str, line: Written, looks: Style, at: tuple[int, int],
        place: str, *, marks: tuple[str, ...] = (), frames: Sequence[int] | None = None,
    ) -> None:  # fmt: skip
        burned = burn(
            self.canvas,
            line,
            text,
            at,
            looks,
            frames if frames is not None else self._frames(),
            effect=looks.effect,
        )
        if burned is None:
            return
        self.canvas.take(*at, line.ink.shape)
        self._add(role, secret, [burned], looks, place, (*marks, *((looks.effect,) if looks.effect else ())))

    def _add(
        self,
        role: Role,
        secret: Secret,
        parts: Sequence[Burned],
        looks: Style,
        place: str,
        marks: tuple[str, ...],
    ) -> None:
        self.runs.append(
            Run(
                text=parts[0].appearance.text,
                role=role,
                in_header=secret.in_header,
                font=looks.font,
                cap_height=looks.cap_height,
                contrast=parts[0].contrast,
                colour=looks.colour,
                is_dark=parts[0].is_dark,
                place=place,
                marks=(*secret.marks, *marks, *(() if looks.smooth else ("rough",))),
                appearances=tuple(part.appearance for part in parts),
            )
        )

    def _single(self, place: str) -> None:
        """Write one line on anatomy, or one that the border may cut."""
        role, secret = self._content()
        looks = self._style()
        line = line_of(secret.text, looks)
        marks: tuple[str, ...] = ()
        if self.rng.random() < 0.1:
            line, marks = turned(line, int(self.rng.choice((1, 3)))), ("turned",)
        at = self._on_anatomy(line) if place == "anatomy" else self._at_border(line)
        if at is None:
            return
        height, width = line.ink.shape
        if place == "border":
            inside = at[0] >= 0 and at[1] >= 0
            inside = inside and at[0] + height <= self.scene.rows and at[1] + width <= self.scene.columns
            marks = marks if inside else (*marks, "clipped")
        self._put(role, replace(secret, cue=""), secret.text, line, looks, at, place, marks=marks)

    def _on_anatomy(self, line: Written) -> tuple[int, int] | None:
        top, left, bottom, right = self.scene.anatomy
        height, width = line.ink.shape
        for _ in range(8):
            at = (
                int(self.rng.integers(top, max(top + 1, bottom - height))),
                int(self.rng.integers(left, max(left + 1, right - width))),
            )
            fits = at[0] + height < self.scene.rows and at[1] + width < self.scene.columns
            if fits and self.canvas.is_free(*at, (height, width), 4):
                return at
        return None

    def _at_border(self, line: Written) -> tuple[int, int] | None:
        height, width = line.ink.shape
        rows, columns = self.scene.rows, self.scene.columns
        cut = int(self.rng.choice((0, 1, 2)))
        for _ in range(8):
            along_rows = int(self.rng.integers(0, max(1, rows - height)))
            along_columns = int(self.rng.integers(0, max(1, columns - width)))
            at = (
                (-min(cut, height // 5), along_columns),
                (rows - height + min(cut, height // 5), along_columns),
                (along_rows, -int(width * 0.15) if cut else 0),
                (along_rows, columns - width + (int(width * 0.15) if cut else 0)),
            )[int(self.rng.integers(4))]
            if width < columns and self.canvas.is_free(*at, (height, width), 4):
                return at
        return None

    def _lead_marker(self) -> None:
        """Put the side in lead beside the patient: it is part of the exposure, and stays."""
        text = pick(self.rng, "RL")
        cap = self.scene.rows * float(self.rng.uniform(0.014, 0.024))
        looks = Style("sans-bold", cap, smooth=True, contrast=0.85, colour="gray", effect="")
        line = line_of(text, looks)
        at = (
            int(self.scene.rows * self.rng.uniform(0.12, 0.6)),
            int(self.scene.columns * float(self.rng.choice((0.12, 0.84)))),
        )
        self._put(
            Role.LABEL, Secret(text, in_header=False), text, line, looks, at, "anatomy", marks=("lead",)
        )

    def _cine(self) -> None:
        """Write what is not in all frames: a running clock, a banner in one frame or in the first three."""
        looks = self._style()
        if self.rng.random() < 0.6:
            self._clock(looks)
        if self.rng.random() < 0.3:
            frames = [int(self.rng.integers(self.scene.frames))]
            marks = ("banner",)
            if self.rng.random() < 0.4:
                frames, marks = list(range(3)), ("first",)
            secret = strings.secret(self.rng, self.study)
            banner = self._style()
            line = line_of(secret.text, banner)
            at = self._on_anatomy(line)
            if at:
                self._put(
                    Role.PHI, secret, secret.text, line, banner, at, "anatomy", marks=marks, frames=frames
                )

    def _clock(self, looks: Style) -> None:
        looks = replace(looks, effect="")
        by_text: dict[str, list[int]] = {}
        for frame in self._frames():
            by_text.setdefault(strings.clock(self.study, frame), []).append(frame)
        widest = max((line_of(text, looks) for text in by_text), key=lambda one: one.ink.shape[1])
        shape = widest.ink.shape
        at = (3 + int(self.rng.integers(20)), int(self.scene.columns * self.rng.uniform(0.35, 0.6)))
        if at[1] + shape[1] > self.scene.columns or not self.canvas.is_free(*at, shape, 2):
            return
        self.canvas.take(*at, shape)
        parts = [
            burned
            for text, frames in by_text.items()
            if (burned := burn(self.canvas, line_of(text, looks), text, at, looks, frames, effect=""))
        ]
        secret = Secret("", in_header=False)
        if parts:
            self._add(Role.PHI, secret, parts, looks, "border", ("clock",))

    def _table(self) -> None:
        looks = self._style()
        heading = replace(looks, cap_height=looks.cap_height, effect="")
        for top, left in self.scene.cells:
            if self.rng.random() < 0.5:
                continue
            role, secret = self._content()
            line = line_of(secret.text, heading)
            half = self.scene.columns // 2
            if line.ink.shape[1] > (half if left < half else self.scene.columns - left) - 16:
                continue
            if line.ink.shape[0] + top < self.scene.rows:
                self._line(
                    role, replace(secret, cue=""), heading, "table", top=top, edge=left, is_right=False
                )
            if len(self.runs) >= 16:
                break


def appearance_frames(run: Run) -> set[int]:
    """Return every frame in which a string is."""
    return {frame for part in run.appearances for frame in part.frames}


__all__ = ["Appearance", "Writer", "appearance_frames"]
