"""Whether files of a folder are in memory only, and nobody else's to see."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final

IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
"""File systems whose files are on no disk."""
_ESCAPED: Final = re.compile(r"\\([0-7]{3})")


def private_memory(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> None:
    """Check that a folder is a private one of a file system in memory.

    Parameters
    ----------
    folder
        The folder.
    mounts
        What is mounted where (proc_pid_mountinfo(5)).

    Raises
    ------
    OSError
        It is on a disk, or others may enter it.
    """
    path = folder.resolve(strict=True)
    found = path.stat()
    if stat.S_IMODE(found.st_mode) & 0o077 or found.st_uid != os.geteuid():
        raise PermissionError("the folder for temporary files is not private (mode 0700)")
    kinds = dict(_mounted(mounts))
    holder = next(place for place in (path, *path.parents) if place in kinds or place == place.parent)
    if kinds.get(holder) not in IN_MEMORY:
        raise OSError("the folder for temporary files is not of a tmpfs")


def _mounted(mounts: Path) -> list[tuple[Path, str]]:
    """Return where something is mounted and what kind it is; what was mounted last is the last."""
    result = []
    for line in mounts.read_text("utf-8", "surrogateescape").splitlines():
        before, _, after = line.partition(" - ")
        place = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), before.split(" ")[4])
        result.append((Path(place), after.split(" ")[0]))
    return result
