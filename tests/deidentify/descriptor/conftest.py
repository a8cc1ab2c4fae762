from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from gateway.deidentify.descriptor.cleaner import Cleaner
from gateway.deidentify.descriptor.known import Known

HERE = Path(__file__).resolve().parent


def _sibling(name: str) -> ModuleType:
    full_name = f"descriptor_tests_{name}"
    if full_name not in sys.modules:
        spec = importlib.util.spec_from_file_location(full_name, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full_name] = module
        spec.loader.exec_module(module)
    return sys.modules[full_name]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for `kept_<name>` or `cleaned_<name>` each row of that table."""
    tables = _sibling("descriptors")
    for fixture in metafunc.fixturenames:
        table = getattr(tables, fixture.upper(), None)
        if isinstance(table, str):
            metafunc.parametrize(fixture, table.strip().split("\n"))
        elif isinstance(table, list):
            metafunc.parametrize(fixture, table, ids=[text for text, _ in table])


@pytest.fixture(scope="session")
def cleaner() -> Cleaner:
    return Cleaner()


@pytest.fixture(scope="session")
def clean(cleaner: Cleaner) -> Callable[..., str]:
    def run(text: str, known: Known | None = None, *, strict: bool = True, date: object = None) -> str:
        return cleaner.clean(text, known or Known(), strict=strict, date=date, uid=lambda _: "2.25.4711").text  # type: ignore[arg-type]

    return run
