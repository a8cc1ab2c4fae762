from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent


def _sibling(name: str) -> ModuleType:
    """Load a helper that lies beside the tests: with importmode=importlib it cannot be imported by name."""
    full_name = f"deidentify_tests_{name}"
    if full_name not in sys.modules:
        package = HERE / name / "__init__.py"
        spec = importlib.util.spec_from_file_location(
            full_name, package if package.is_file() else HERE / f"{name}.py"
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full_name] = module
        spec.loader.exec_module(module)
    return sys.modules[full_name]


@pytest.fixture(scope="session")
def datasets() -> ModuleType:
    return _sibling("datasets")


@pytest.fixture(scope="session")
def bitstreams() -> ModuleType:
    return _sibling("bitstreams")


@pytest.fixture(scope="session")
def examinations() -> ModuleType:
    return _sibling("examinations")


@pytest.fixture(scope="session")
def oracle() -> ModuleType:
    return _sibling("oracle")


@pytest.fixture(scope="session")
def arbitrary(oracle: ModuleType) -> ModuleType:
    return importlib.import_module(f"{oracle.__name__}.arbitrary")


@pytest.fixture(scope="session")
def fuzzing() -> ModuleType:
    """Return the package of the fuzzer, which lies outside of the tests."""
    root = str(HERE.parents[1])
    if root not in sys.path:
        sys.path.insert(0, root)
    for name in ("mutation", "promise", "seeds", "tree"):
        importlib.import_module(f"scripts.fuzzing.{name}")
    return sys.modules["scripts.fuzzing"]


@pytest.fixture(scope="session")
def corpus() -> Path:
    directory = HERE.parents[2] / "shared" / "corpus"
    if not directory.is_dir():
        pytest.skip("the public samples are not beside the repository, in shared/corpus")
    return directory
