"""Errors of dciodvfy (dicom3tools) that an output has and its input had not."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from nodes.process import program

GAVE_UP = re.compile(
    "Tags out of order|Tag read failed|Seek failed|[Uu]nexpected end|[Cc]an't read|Dataset read failed"
)


def errors(path: Path) -> set[str]:
    """Every error of a file; values in it are left out, so that two files compare."""
    done = subprocess.run(
        [program("dciodvfy"), str(path)], capture_output=True, encoding="latin-1", timeout=120, check=False
    )
    lines = (done.stdout + done.stderr).splitlines()
    values = re.compile(r"<[^>]*>|'[^']*'|\"[^\"]*\"")
    return {values.sub("…", line).strip() for line in lines if "Error -" in line}


def new_errors(before: Path, after: Path) -> set[str]:
    """Errors of `after` only; none where dciodvfy could not read `before` to its end."""
    known = errors(before)
    if any(GAVE_UP.search(error) for error in known):
        return set()
    return errors(after) - known
