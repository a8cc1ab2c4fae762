"""No instance costs more time or memory than its size allows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent / "exhaustion.py"


def test_an_instance_is_answered_within_bounds(exhausting):
    done = subprocess.run(
        [sys.executable, PROGRAM, exhausting], capture_output=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()[-400:] or f"ended by signal {-done.returncode}"
