"""The tools that the gateway is measured beside, in an environment of their own.

They never enter the gateway's: they are installed once into a virtual environment of the user's
cache directory, by pip and with these versions.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

PEERS: Final = {"dicom-anonymizer": "2.1", "dicognito": "0.19"}
"""Version by the name of the distribution."""


def default_folder() -> Path:
    """Return where the environment lies if nobody says otherwise."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "deidentification-gateway" / "peers"


def python_of(folder: Path) -> Path | None:
    """Return the interpreter of an environment that has the peers, after making it where it is not there.

    Returns
    -------
        None where they cannot be installed, for one without network.
    """
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"benchmark: installing the peers into {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True)
    if _has_peers(python):
        return python
    wanted = [f"{name}=={version}.*" for name, version in PEERS.items()]
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
    installed = subprocess.run(command, capture_output=True, text=True, check=False)
    if installed.returncode or not _has_peers(python):
        reason = (installed.stderr.strip().splitlines() or ["pip failed"])[-1]
        print(f"benchmark: the peers are not available: {reason}", file=sys.stderr)
        return None
    return python


def _has_peers(python: Path) -> bool:
    asked = "import importlib.metadata as m, json; print(json.dumps([m.version(name) for name in {names}]))"
    code = asked.format(names=list(PEERS))
    found = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    if found.returncode:
        return False
    versions = json.loads(found.stdout)
    return all(
        has == wanted or has.startswith(f"{wanted}.")
        for has, wanted in zip(versions, PEERS.values(), strict=True)
    )
