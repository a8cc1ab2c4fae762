"""List the licences of the runtime dependencies; fail on one that would bind the gateway's own."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parents[2] / "requirements" / "runtime.txt"
# GPL and AGPL, by SPDX name or in full; not the LGPL, which a library may have.
BINDING = re.compile(
    r"(?<![L])A?GPL|(?<!Lesser )(?<!Library or Lesser )General Public License", re.IGNORECASE
)


def pinned(lock: Path) -> list[str]:
    return re.findall(r"^([A-Za-z0-9_.-]+)==", lock.read_text(), re.MULTILINE)


def licence_from_text(name: str) -> str:
    """Name the licence of a package that declares none by the wording of the file it ships."""
    wordings = {"Permission is hereby granted, free of charge": "MIT", "Apache License": "Apache-2.0"}
    for path in importlib.metadata.files(name) or ():
        if path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            text = path.read_text()
            return next((spdx for wording, spdx in wordings.items() if wording in text), "UNKNOWN")
    return "UNKNOWN"


def main() -> None:
    names = pinned(LOCK)
    options = ["--from=mixed", "--with-system", "--format=json", "--packages"]
    command = [sys.executable, "-m", "piplicenses", *options, *names]
    rows = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    for row in rows:
        if row["License"] == "UNKNOWN":
            row["License"] = licence_from_text(row["Name"])
    found = {re.sub(r"[-_.]+", "-", row["Name"]).lower() for row in rows}
    missing = [name for name in names if re.sub(r"[-_.]+", "-", name).lower() not in found]
    binding = [row["Name"] for row in rows if BINDING.search(row["License"]) or row["License"] == "UNKNOWN"]
    for row in rows:
        print(f"   {row['Name']:<14} {row['Version']:<10} {row['License']}")
    if missing:
        print(f"   not installed, so not examined: {', '.join(missing)}")
    if binding:
        print(f"   GPL, AGPL or unknown: {', '.join(binding)}")
    sys.exit(bool(missing or binding))


if __name__ == "__main__":
    main()
