"""De-identifiers of PyPI, in a virtual environment of their own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from redteam_peers.tool import Answer, NotAvailableError

VERSIONS: Final = {"dicom-anonymizer": "2.1.0", "dicognito": "0.19.0"}
_SECONDS_TO_INSTALL: Final = 600
_SECONDS_EACH: Final = 2


class Package:
    """A package that reads and writes files.

    Parameters
    ----------
    name
        On PyPI.
    environments
        Folder of the virtual environments; None when nothing may be installed.
    """

    def __init__(self, name: str, environments: Path | None) -> None:
        self.name = f"{name} {VERSIONS[name]}"
        self._package = name
        self._environments = environments

    def answers(self, files: Sequence[bytes]) -> Iterator[Answer]:
        """Yield what the package makes of each file, all in one process."""
        python = self._python()
        with tempfile.TemporaryDirectory(prefix="redteam-") as folder:
            source, target = Path(folder, "in"), Path(folder, "out")
            source.mkdir()
            target.mkdir()
            for number, file in enumerate(files):
                (source / f"{number:06}.dcm").write_bytes(file)
            runner = Path(__file__).with_name("in_venv.py")
            with contextlib.suppress(subprocess.TimeoutExpired):
                subprocess.run(
                    [python, runner, self._package, source, target],
                    check=False,
                    capture_output=True,
                    timeout=60 + _SECONDS_EACH * len(files),
                )
            for number in range(len(files)):
                yield _answer(target / f"{number:06}.dcm")

    def _python(self) -> Path:
        """Return the interpreter that has the package, which is installed when it is not yet."""
        if self._environments is None:
            raise NotAvailableError("no --peers-venv to install it into")
        folder = self._environments.resolve() / f"{self._package}-{VERSIONS[self._package]}"
        python, done = folder / "bin" / "python", folder / "installed"
        if done.is_file():
            return python
        commands = (
            [sys.executable, "-m", "venv", str(folder)],
            [str(python), "-m", "pip", "install", "--quiet", f"{self._package}=={VERSIONS[self._package]}"],
        )
        for command in commands:
            try:
                subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS_TO_INSTALL)
            except (subprocess.SubprocessError, OSError) as error:
                raise NotAvailableError(f"cannot be installed: {type(error).__name__}") from error
        done.touch()
        return python


def _answer(file: Path) -> Answer:
    if file.is_file():
        return Answer(file.read_bytes())
    problem = file.with_suffix(".error")
    text = problem.read_text(encoding="utf-8") if problem.is_file() else "no output"
    return Answer(None, text, crashed=True)
