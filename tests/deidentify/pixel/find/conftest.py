from __future__ import annotations

import sys
from pathlib import Path

HERE = str(Path(__file__).resolve().parent)
if HERE not in sys.path:
    # importmode=importlib does not find what is beside the tests.
    sys.path.insert(0, HERE)
