"""What ``gateway check`` says of the processes that examine pixels: one is started, and asked what it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.errors import SettingsError
from gateway.operate.examination.finding import Finding, Verdict
from gateway.operate.pixels import engine
from gateway.operate.pixels.confinement import landlock_version
from gateway.operate.pixels.local import Load, local_examination, pixel_workers
from gateway.operate.wiring.intake import cleans_pixels
from gateway.settings import Settings

_SUBJECT: Final = "pixels"
_MASKED: Final = "no engine: the usual areas of overlays are blacked, and nothing is claimed"
_ALONE: Final = "; a second engine is missing: no word is proved to be clinical, so all text goes"
_ENOUGH: Final = 2
"""Independent engines."""


def pixel_workers_of(settings: Settings, load: Load = engine.load) -> Iterator[Finding]:
    """Look at what examines pixels, if a project has them cleaned.

    Parameters
    ----------
    load
        Loads the engines in a worker.
    """
    try:
        if not cleans_pixels(settings):
            return
        with local_examination(settings.pixels, count=1, load=load) as examination:
            names = examination.names
    except SettingsError as error:
        yield Finding(_SUBJECT, Verdict.FAILED, f"{error.key}: {error.expected}")
        return
    said = f"{pixel_workers(settings.pixels)} workers with {', '.join(names)}"
    if not names:
        yield Finding(_SUBJECT, Verdict.WARNING, _MASKED)
    elif len({name.split()[0] for name in names}) < _ENOUGH:
        yield Finding(_SUBJECT, Verdict.WARNING, said + _ALONE)
    else:
        yield Finding(_SUBJECT, Verdict.OK, said)
    if not landlock_version():
        yield Finding(_SUBJECT, Verdict.WARNING, "this kernel has no Landlock: workers could write files")
