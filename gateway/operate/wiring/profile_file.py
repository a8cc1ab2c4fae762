"""Reading a profile file, and the lists that it names beside it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

from gateway.deidentify.profile import Profile
from gateway.errors import SettingsError

MAX_PROFILE_BYTES: Final = 1 << 20
"""Bytes of the largest profile file."""
MAX_LIST_BYTES: Final = 8 << 20
"""Bytes of the largest list that a profile names."""


def load_profile(file: Path) -> Profile:
    """Read a profile; the paths of its lists start at its own folder.

    Raises
    ------
    SettingsError
        The profile or one of its lists cannot be read, is too large or is wrong. Of a list that
        cannot be read it names profile, key and list.
    """
    text = _text(file, MAX_PROFILE_BYTES, str(file), "")

    def read(name: str) -> str:
        return _text(file.parent / name, MAX_LIST_BYTES, str(file), _key_of(name, text))

    return Profile.load(text, str(file), read)


def _key_of(name: str, text: str) -> str:
    """Return the key of the profile that names a list; the profile is known to be TOML by then."""
    pending = [("", tomllib.loads(text))]
    while pending:
        before, table = pending.pop()
        for key, value in table.items():
            if isinstance(value, list) and name in value:
                return before + key
            if isinstance(value, dict):
                pending.append((f"{before}{key}.", value))
    return ""


def _text(path: Path, limit: int, file: str, key: str) -> str:
    """Return the text of `path`; `file` and `key` say who asked for it."""
    what = f"{path}, a readable file" if key else "a readable profile file"
    try:
        # Anything but a file might have no end, or block for ever.
        if path.exists() and not path.is_file():
            raise SettingsError(file, key, f"{what} (it is none)")
        with path.open("rb") as opened:
            content = opened.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise SettingsError(file, key, f"{what} ({reason})") from None
    if len(content) > limit:
        raise SettingsError(file, key, f"{what} of at most {limit >> 20} MiB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(file, key, f"{what} in UTF-8") from None
