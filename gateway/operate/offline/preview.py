"""Pictures before and after, for a person who reviews what went. Those before are originals."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from gateway.deidentify.coded_image import CodedImage, coded_image
from gateway.deidentify.instance import Deidentified, Instance, Origin
from gateway.deidentify.part10 import instance_of
from gateway.deidentify.pixel.codec import open_source
from gateway.deidentify.pixel.message import Region
from gateway.deidentify.pixel.picture import Source
from gateway.deidentify.pixel.preview import pair
from gateway.deidentify.received import received
from gateway.errors import Reason, Refused, StorageError
from gateway.operate.offline.batch import unwritable

MAX_FRAMES: Final = 16
"""Frames of one instance that are shown: those in which an area begins."""


class Previews:
    """Writes a pair of pictures for each frame in which an area begins, of each output that has any.

    Parameters
    ----------
    folder
        Made for its owner only; there may be nothing in it.

    Raises
    ------
    StorageError
        The folder cannot be made, or holds something.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            if any(folder.iterdir()):
                raise StorageError(f"{folder} is not empty: choose another folder for the previews")
        except OSError as error:
            raise unwritable(folder, error) from None

    def add(self, instance: Instance, result: Deidentified) -> None:
        """Write the pictures of an output.

        Raises
        ------
        StorageError
            They cannot be written.
        """
        if result.pixels is None or not result.pixels.outcome.regions:
            return
        regions = result.pixels.outcome.regions
        before = _decoded(instance)
        after = _decoded(instance_of(b"".join(result.buffers)))
        for frame in _frames(regions):
            pictures = pair(
                before.frame(frame), after.frame(frame), before.image, after.image, regions, frame
            )
            for name, picture in zip(("before", "after"), pictures, strict=True):
                self._write(f"{result.sop_instance_uid}_{frame + 1:04}_{name}.png", picture)

    def _write(self, name: str, content: bytes) -> None:
        path = self._folder / name
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
        except OSError as error:
            raise unwritable(path, error) from None


def previews(folder: Path | None, target: Path) -> Previews | None:
    """Return what writes the previews that a command line asks for, with a warning; None for none.

    Parameters
    ----------
    folder
        Of the pictures; None for none.
    target
        Folder of the outputs, which will be passed on: the pictures may not be in it.
    """
    if folder is None:
        return None
    if folder.resolve().is_relative_to(target.resolve()):
        raise click.UsageError("--preview must not be inside of TARGET, which is passed on")
    click.echo(
        f"gateway: the pictures before in {folder} are originals: whoever sees them sees the patient's text",
        err=True,
    )
    return Previews(folder)


def _decoded(instance: Instance) -> Source:
    """Return the frames of an instance that an examination decoded already.

    Raises
    ------
    Refused
        Never for an output and its original, unless the machine fails.
    """
    found = received(instance, Origin(), private_sequences=False)
    picture: CodedImage | None = coded_image(found.source, found.root, found.syntax)
    if picture is None:
        raise Refused(Reason.PIXELS_UNDECODABLE, "no pixels")
    return open_source(picture.image, picture.syntax.uid, picture.frames)


def _frames(regions: Iterable[Region]) -> list[int]:
    return sorted({region.first for region in regions})[:MAX_FRAMES]
