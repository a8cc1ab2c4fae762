"""Finders of names in text that are installed beside the gateway, as plug-ins.

A plug-in is an entry point of the group `GROUP`. It is a factory: called with the path of a model,
or None, it returns a finder: called with a text, it returns the spans of characters that name a
person or a place. What it finds goes; nothing stays because of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from itertools import islice
from operator import index
from pathlib import Path
from typing import Final

from gateway.deidentify.profile import Profile
from gateway.errors import Reason, Refused, SettingsError

GROUP: Final = "deidentification_gateway.named_entities"
"""The group of entry points."""
MAX_SPANS: Final = 100_000
"""Spans of one text; a finder that returns more has failed."""

Finder = Callable[[str], Iterable[tuple[int, int]]]


def finders_of(profile: Profile, model: Path | None, file: str) -> tuple[Finder, ...]:
    """Return the finders that a profile names.

    Parameters
    ----------
    model
        A local file or folder for the plug-in; None where it needs none. Nothing is ever fetched.
    file
        Of the profile, for messages.

    Raises
    ------
    SettingsError
        The plug-in is not installed or does not load, or the model is not there.
    """
    if not profile.named_entities:
        return ()
    return (GuardedFinder(_made(_entry_point(profile.named_entities, file), model, file)),)


def version_of(profile: Profile) -> str:
    """Return name and version of the plug-in that a profile names, empty for none."""
    if not profile.named_entities:
        return ""
    found = next(iter(entry_points(group=GROUP, name=profile.named_entities)), None)
    distribution = found.dist if found is not None else None
    version = f" ({distribution.name} {distribution.version})" if distribution is not None else ""
    return profile.named_entities + version


class GuardedFinder:
    """A finder that fails closed: whatever it does wrong refuses the instance, and quotes nothing.

    One text at a time is given to it: few models may be used by several threads at once.

    Parameters
    ----------
    finder
        As the plug-in made it.
    """

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._lock = threading.Lock()

    def __call__(self, text: str) -> list[tuple[int, int]]:
        """Return the spans of `text`, in order.

        Raises
        ------
        Refused
            `Reason.PROFILE`: the finder raised an error, or returned what is no span of the text.
        """
        found = None
        try:
            with self._lock:
                found = [
                    (index(start), index(end)) for start, end in islice(self._finder(text), MAX_SPANS + 1)
                ]
        except (Exception, SystemExit):  # noqa: BLE001 - a stranger's code, whose errors may quote the text
            found = None
        # Raised out here, so that the stranger's error is not its context.
        if found is None:
            raise Refused(Reason.PROFILE, "the finder of names failed")
        if len(found) > MAX_SPANS or not all(0 <= start < end <= len(text) for start, end in found):
            raise Refused(Reason.PROFILE, "the finder of names returned no spans of the text")
        return sorted(set(found))


def _entry_point(name: str, file: str) -> EntryPoint:
    installed = entry_points(group=GROUP)
    found = [point for point in installed if point.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise SettingsError(
            file, "named_entities", f"a name that one installed plug-in has, not {len(found)}"
        )
    known = ", ".join(sorted(set(installed.names))) or "none"
    raise SettingsError(file, "named_entities", f"the name of an installed plug-in (installed: {known})")


def _made(point: EntryPoint, model: Path | None, file: str) -> Finder:
    if model is not None and not model.exists():
        raise SettingsError(file, "named_entities", f"a model at {model}: there is none")
    try:
        finder = point.load()(None if model is None else model.absolute())
    except Exception as error:  # noqa: BLE001 - a stranger's code
        expected = (
            f"a plug-in that loads; {point.name} ({point.value}) raised {type(error).__name__}: {error}"
        )
        raise SettingsError(file, "named_entities", expected) from None
    if not callable(finder):
        raise SettingsError(
            file, "named_entities", f"a plug-in whose factory returns a finder; {point.name} does not"
        )
    return finder  # type: ignore[no-any-return]
