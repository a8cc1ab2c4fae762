"""Names in the spool: ``<project>/<series>/<sop instance uid>.<digest of the output>.dcm``."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.errors import Reason, Refused

TEMPORARY: Final = "tmp"
"""Directory of unfinished files, beside the projects."""

SUFFIX: Final = ".dcm"

DIGEST_DIGITS: Final = 32
"""Hexadecimal digits of SHA-256 that a file name holds."""

_PROJECT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_UID: Final = re.compile(r"[0-9](?:[0-9.]{0,62}[0-9])?", re.ASCII)
_FILE: Final = re.compile(r"([0-9.]{1,64})\.([0-9a-f]{32})\.dcm", re.ASCII)


@dataclass(frozen=True, slots=True)
class Location:
    """Where an instance is in the spool, by its replacement UIDs."""

    project: str
    series_instance_uid: str
    sop_instance_uid: str
    digest: str

    def __post_init__(self) -> None:
        check_project(self.project)
        for uid in (self.series_instance_uid, self.sop_instance_uid):
            if not _UID.fullmatch(uid):
                raise Refused(Reason.STRUCTURE, "a UID that cannot name a file")

    @property
    def directory(self) -> str:
        """Relative path of the series."""
        return f"{self.project}/{self.series_instance_uid}"

    @property
    def path(self) -> str:
        """Relative path of the file."""
        return f"{self.directory}/{self.sop_instance_uid}.{self.digest}{SUFFIX}"

    @classmethod
    def parse(cls, relative: str) -> Location:
        """Return the location of a spool file.

        Raises
        ------
        ValueError
            `relative` is not the path of a spool file.
        """
        parts = relative.split("/")
        name = _FILE.fullmatch(parts[-1])
        if len(parts) != 3 or name is None:
            raise ValueError("not the path of a spool file")
        try:
            return cls(parts[0], parts[1], name[1], name[2])
        except Refused:
            raise ValueError("not the path of a spool file") from None


def check_project(name: str) -> None:
    """Check that a project's name can be a directory of the spool.

    Raises
    ------
    ValueError
        It cannot: it has other characters than letters, digits, ``_`` and ``-``, or is taken.
    """
    if not _PROJECT.fullmatch(name) or name.lower() == TEMPORARY:
        raise ValueError("a project is named by up to 64 letters, digits, '_' or '-', and not 'tmp'")


def names_in(directory: Path) -> list[str]:
    """Return the names in a directory, none when it is not one."""
    try:
        return os.listdir(directory)  # noqa: PTH208 - Path.iterdir makes a Path of each of millions
    except (FileNotFoundError, NotADirectoryError):
        return []
