"""The folder in memory for an engine that writes its pictures to files."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from gateway.deidentify.pixel.engine.memory import private_memory
from gateway.errors import SettingsError

_FOLDER: Final = "pixel-worker-"


def use(tmpfs: Path, file: str = "") -> Path:
    """Have this process write its temporary files into a folder of its own below a private one in memory.

    What workers left that are dead is removed.

    Parameters
    ----------
    file
        Of the settings, for messages.

    Raises
    ------
    SettingsError
        The folder is on a disk, or others may enter it.
    """
    try:
        private_memory(tmpfs)
    except OSError:
        raise SettingsError(
            file, "pixels.private_tmpfs", "a folder of this user, mode 0700, in a tmpfs"
        ) from None
    for left in tmpfs.glob(f"{_FOLDER}*"):
        if not Path("/proc", left.name.removeprefix(_FOLDER)).exists():
            shutil.rmtree(left, ignore_errors=True)
    own = tmpfs / f"{_FOLDER}{os.getpid()}"
    own.mkdir(mode=0o700, exist_ok=True)
    tempfile.tempdir = str(own)
    return own
