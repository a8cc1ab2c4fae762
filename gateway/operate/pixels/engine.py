"""The engines of a pixel worker, as the settings name them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gateway.deidentify.pixel.engine import Engines, PageReader
from gateway.deidentify.pixel.message import Coded, Examination, Examined, Mode, Request
from gateway.errors import SettingsError
from gateway.operate.pixels import temporary
from gateway.operate.pixels.confinement import limit
from gateway.settings import Pixels


@dataclass(frozen=True, slots=True)
class Loaded:
    """What examines, and the names and versions of the engines that it has."""

    examination: Examination
    names: tuple[str, ...] = ()


class _Masking:
    """Examines as one that has no engine: the usual areas of overlays go, and nothing is claimed."""

    def __init__(self, examination: Examination) -> None:
        self._examination = examination

    def examine(self, request: Request, frames: Sequence[Coded]) -> Examined:
        return self._examination.examine(msgspec.structs.replace(request, mode=Mode.MASK), frames)


def load(pixels: Pixels, file: str = "") -> Loaded:
    """Load the engines; half a second, and about 400 MiB.

    Parameters
    ----------
    file
        Of the settings, for messages.

    Raises
    ------
    SettingsError
        An engine is not there, and the settings do not say that masking will do.
    """
    # Imported here: nobody but a worker needs the models, or the libraries that run them.
    from gateway.deidentify.pixel.engine import load as load_engines
    from gateway.deidentify.pixel.examiner import Examiner

    model = Path(pixels.plug_in_model) if pixels.plug_in_model else None
    is_left_open = pixels.second_engine == "auto"
    try:
        if pixels.private_tmpfs:
            temporary.use(Path(pixels.private_tmpfs), file)
        engines = load_engines(
            second="auto" if is_left_open else "none", plug_ins=pixels.plug_ins, model=model, file=file
        )
        if not is_left_open and pixels.second_engine != "none":
            engines = _with(engines, _second(pixels.second_engine, file))
    except (SettingsError, ImportError, OSError) as error:
        if pixels.without_engine == "mask":
            return Loaded(_Masking(Examiner(Engines((), ()), may_overwrite=True)))
        raise _missing(file, error) from None
    return Loaded(Examiner(engines, may_overwrite=True), engines.names)


def _second(name: str, file: str) -> PageReader:
    """Load the reader that the settings ask for by name, whatever else is installed."""
    from gateway.deidentify.pixel.engine.tesseract import AsProgram, InProcess, folder

    try:
        return (InProcess if name == "tesserocr" else AsProgram)(folder())
    except (ImportError, OSError, RuntimeError) as error:
        expected = f"{name}, and Tesseract with its English model ({type(error).__name__})"
        raise SettingsError(file, "pixels.second_engine", expected) from None


def _with(engines: Engines, second: PageReader) -> Engines:
    """Put a reader behind the first one, and let it look at what was written."""
    from gateway.deidentify.pixel.engine import engines as engines_of

    first, *others = engines.readers
    return engines_of(engines.detectors, (first, second, *others), second)


def settled(load: Callable[[Pixels], Loaded], pixels: Pixels) -> Loaded:
    """Load the engines, and from then on take no more than the settings allow; errors as of `load`."""
    loaded = load(pixels)
    gc.collect()
    gc.freeze()
    limit(pixels.memory_mib)
    return loaded


def _missing(file: str, error: Exception) -> SettingsError:
    if isinstance(error, SettingsError):
        return error
    return SettingsError(file, "pixels", f"the installed engines for text in pixels ({type(error).__name__})")
