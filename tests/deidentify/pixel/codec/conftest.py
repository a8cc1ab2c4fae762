from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def pictures() -> ModuleType:
    """Return the helper beside the tests, which importmode=importlib cannot import by name."""
    name = "codec_tests_pictures"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / "pictures.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]
