"""Ask the advisory database about every pinned package; exit code 77 when it does not answer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
UNANSWERED = re.compile(
    r"ConnectionError|ConnectTimeout|ReadTimeout|Max retries|resolve|unreachable|refused|ServiceError|"
    r"HTTPError|Could not connect|Service Unavailable|not found on",
    re.IGNORECASE,
)
SKIPPED = 77
OPTIONS = ["--disable-pip", "--require-hashes", "--format", "json", "--timeout", "30"]
OPTIONS += ["--progress-spinner", "off"]


def audit(lock: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip_audit", *OPTIONS]
        command += ["--requirement", str(lock), "--output", str(report)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        findings = json.loads(report.read_text()) if report.exists() and report.stat().st_size else None
    if findings is None:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        print(f"   {lock.name}: no answer: {last[:200]}")
        return SKIPPED if UNANSWERED.search(done.stderr) else 1
    vulnerable = [row for row in findings["dependencies"] if row.get("vulns")]
    for row in vulnerable:
        print(f"   {lock.name}: {row['name']} {row['version']}: {', '.join(v['id'] for v in row['vulns'])}")
    # A package the database does not list was not examined: neither a finding nor a pass.
    unlisted = [row["name"] for row in findings["dependencies"] if "skip_reason" in row]
    if unlisted:
        print(f"   {lock.name}: not examined: {', '.join(unlisted)}")
    total = len(findings["dependencies"])
    print(f"   {lock.name}: {total} packages, {len(vulnerable)} with known vulnerabilities")
    if vulnerable or done.returncode:
        return 1
    return SKIPPED if len(unlisted) == len(findings["dependencies"]) else 0


def main() -> None:
    codes = {audit(REQUIREMENTS / "runtime.txt"), audit(REQUIREMENTS / "development.txt")}
    sys.exit(1 if 1 in codes else max(codes))


if __name__ == "__main__":
    main()
