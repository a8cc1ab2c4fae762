"""Real images through the whole de-identifier: what is found, what goes, and what they look like then.

Shown by pydicom, not by the gateway: wrong colours would be seen.
"""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels import apply_color_lut, pixel_array

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.part10 import instance_of, is_part10
from gateway.deidentify.pixel.message import Ground, Region
from gateway.errors import GatewayError
from scripts.pixels.table import print_rows
from scripts.residual.coded_pixels import difference

View = NDArray[np.uint8]
"""Rows x columns x red, green, blue."""
GAP: Final = 8
"""Pixels between two views."""
_SPREAD: Final = {
    "1.2.840.10008.1.2.4.50": 17,
    "1.2.840.10008.1.2.4.51": 17,
    "1.2.840.10008.1.2.4.81": 2,
    "1.2.840.10008.1.2.4.91": 8,
    "1.2.840.10008.1.2.4.203": 8,
}
"""Pixels around an area that may differ, too: the rest of a block, and what a lossy code spreads."""
_PAIR: Final = 1
"""Pixels that share their colours, in YBR_FULL_422."""
_COLOURS: Final = {Ground.CLINICAL: (60, 220, 60)}
_GONE: Final = (255, 70, 70)


@dataclass(slots=True)
class Sample:
    """A file and what became of it.

    Parameters
    ----------
    outcome
        ``same``, ``changed``, ``refused``, ``no picture``, ``no DICOM`` or ``crashed``.
    why
        Of a refusal or crash.
    outside
        Pixels that differ although nothing went there; -1 where nothing was to change and something did.
    """

    path: Path
    kind: str = ""
    size: str = ""
    syntax: str = ""
    outcome: str = ""
    why: str = ""
    depth: str = ""
    verdict: str = ""
    regions: tuple[Region, ...] = ()
    milliseconds: int = 0
    outside: int = 0
    pictures: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the file, without the folders it was collected from."""
        return self.path.name.rpartition("__")[2]

    def line(self) -> str:
        """One line of the table, tab-separated."""
        black = [region.ground.value for region in self.regions if region.is_black]
        grounds = ",".join(f"{ground}:{black.count(ground)}" for ground in dict.fromkeys(black))
        cells = (self.kind, self.size, self.syntax, self.name, self.outcome, self.depth, self.verdict)
        counts = (len(black), len(self.regions) - len(black), self.outside, self.milliseconds)
        return "\t".join((*cells, *map(str, counts), grounds, self.why, " ".join(self.pictures)))


COLUMNS: Final = "\t".join(
    (
        *("kind", "size", "transfer syntax", "file", "outcome", "depth", "verdict", "black", "kept"),
        *("differs outside", "ms", "grounds", "why", "pictures"),
    )
)


def samples(files: Iterable[Path], core: Deidentifier, folder: Path) -> Iterator[Sample]:
    """De-identify files, each content once; pictures of those with text go into `folder`."""
    seen = set()
    for path in files:
        content = path.read_bytes()
        digest = hashlib.sha256(content).digest()
        if digest not in seen:
            seen.add(digest)
            yield _sample(path, content, core, folder)


def _sample(path: Path, content: bytes, core: Deidentifier, folder: Path) -> Sample:
    sample = Sample(path)
    if not is_part10(content):
        sample.outcome = "no DICOM"
        return sample
    _describe(sample, content)
    start = time.perf_counter()
    try:
        done = core.deidentify(instance_of(content))
    except GatewayError as error:
        sample.outcome, sample.why = "refused", str(error)
        return sample
    except Exception as error:  # noqa: BLE001 - a crash is a result
        sample.outcome, sample.why = "crashed", f"{type(error).__name__}: {error}"
        return sample
    finally:
        sample.milliseconds = round((time.perf_counter() - start) * 1000)
    if done.pixels is None:
        sample.outcome = "no picture"
        return sample
    outcome = done.pixels.outcome
    sample.depth, sample.verdict = done.pixels.depth.value, outcome.verdict.value
    sample.regions, sample.outcome = outcome.regions, "changed" if outcome.is_changed else "same"
    _compare(sample, content, b"".join(done.buffers), folder)
    return sample


def _describe(sample: Sample, content: bytes) -> None:
    try:
        header = dcmread(BytesIO(content), force=True, stop_before_pixels=True)
        sample.kind = str(header.get("Modality") or "-")
        sample.size = (
            f"{header.get('Columns', '-')}x{header.get('Rows', '-')}x{header.get('NumberOfFrames') or 1}"
        )
        photometric = header.get("PhotometricInterpretation", "-")
        sample.size += f" {photometric} {header.get('BitsStored', '-')}"
        sample.syntax = header.file_meta.TransferSyntaxUID.name.partition(" (")[0]
    except Exception as error:  # noqa: BLE001 - samples are broken on purpose
        sample.kind = sample.kind or f"unreadable ({type(error).__name__})"


def _compare(sample: Sample, before: bytes, after: bytes, folder: Path) -> None:
    """Note what differs outside the areas, and write pictures of the frames in which something was found."""
    try:
        original, output = dcmread(BytesIO(before)), dcmread(BytesIO(after))
        if sample.outcome == "same":
            sample.outside = -1 if difference(original, output) else 0
        for frame in _shown_frames(sample.regions):
            views = views_of([original, output], frame)
            gone = [one for one in sample.regions if one.is_black and one.first <= frame <= one.last]
            sample.outside += _outside(views, gone, _spread(original))
            sample.pictures.append(_write(sample, frame, views, folder))
    except Exception as error:  # noqa: BLE001 - pydicom cannot show everything
        sample.why = f"not shown ({type(error).__name__})"


def _shown_frames(regions: Sequence[Region]) -> list[int]:
    """Return the first frames in which something begins."""
    return sorted({region.first for region in regions})[:3]


def views_of(data_sets: Sequence[Dataset], frame: int) -> list[View]:
    """Return a frame of several data sets, each as it is displayed; grays on the scale of the first."""
    stored = [_decoded(data_set, frame) for data_set in data_sets]
    if stored[0].ndim == 3:
        return [np.asarray(values, np.uint8) for values in stored]
    low, high = np.percentile(stored[0], (0.1, 99.9))
    views = []
    for values in stored:
        gray = np.clip((values.astype(np.float32) - low) / max(1.0, float(high - low)) * 255, 0, 255)
        if data_sets[0].PhotometricInterpretation == "MONOCHROME1":
            gray = 255 - gray
        views.append(np.repeat(gray.astype(np.uint8)[..., None], 3, 2))
    return views


def _decoded(data_set: Dataset, frame: int) -> NDArray[np.generic]:
    values = pixel_array(data_set, index=frame)
    if data_set.PhotometricInterpretation == "PALETTE COLOR":
        colours = apply_color_lut(values, data_set)
        return np.asarray(colours // 256 if colours.dtype.itemsize > 1 else colours, np.uint8)
    if values.dtype.itemsize > 1 and values.ndim == 3:
        return np.asarray(values // 2 ** (int(data_set.BitsStored) - 8), np.uint8)
    return np.asarray(values)


def _spread(data_set: Dataset) -> int:
    is_halved = data_set.PhotometricInterpretation == "YBR_FULL_422"
    return _SPREAD.get(str(data_set.file_meta.TransferSyntaxUID), _PAIR if is_halved else 0)


def _outside(views: Sequence[View], gone: Sequence[Region], gap: int) -> int:
    differs = (views[0] != views[1]).any(2)
    for region in gone:
        differs[region.box.grown(gap, gap).clipped(*differs.shape).slices] = False
    return int(differs.sum())


def _write(sample: Sample, frame: int, views: Sequence[View], folder: Path) -> str:
    """Write a picture: before with the areas drawn in, red gone, green stayed; after as it is."""
    before, after = (np.ascontiguousarray(view) for view in views)
    for region in sample.regions:
        if region.first <= frame <= region.last:
            box = region.box
            colour = _COLOURS.get(region.ground, _GONE)
            cv2.rectangle(before, (box.left, box.top), (box.right - 1, box.bottom - 1), colour, 1)
    joined = np.hstack([before, np.full((before.shape[0], GAP, 3), 90, np.uint8), after])
    digest = hashlib.sha256(str(sample.path).encode()).hexdigest()[:4]
    name = f"{sample.kind}-{sample.path.stem.rpartition('__')[2]}-{digest}-{frame}.png".replace(" ", "_")
    cv2.imwrite(str(folder / name), joined[..., ::-1])
    return name


def print_summary(those: Sequence[Sample]) -> None:
    """Print how many of each kind, and what became of them."""
    kinds: dict[str, list[Sample]] = defaultdict(list)
    for sample in those:
        kinds[sample.kind or "-"].append(sample)
    outcomes = ("same", "changed", "refused", "no picture", "no DICOM", "crashed")
    verdicts = ("no_text", "text", "identifying_text")
    rows = [["kind", "files", *outcomes, *verdicts, "areas black", "text stays"]]
    for kind, group in sorted(kinds.items()):
        regions = [region for sample in group for region in sample.regions]
        black = sum(region.is_black for region in regions)
        rows.append(
            [
                *(kind, str(len(group))),
                *(str(sum(sample.outcome == outcome for sample in group)) for outcome in outcomes),
                *(str(sum(sample.verdict == verdict for sample in group)) for verdict in verdicts),
                *(str(black), str(len(regions) - black)),
            ]
        )
    print_rows(rows)
