from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent
PACKAGE = "redteam_tests"
TOPICS = (
    "vr_attacks",
    "text_attacks",
    "script_attacks",
    "identifier_attacks",
    "structure_attacks",
    "attribute_attacks",
    "pixel_attacks",
    "bitstream_attacks",
)


def _sibling(name: str) -> ModuleType:
    """Load a module that lies beside the tests: with importmode=importlib it cannot be imported by name."""
    if PACKAGE not in sys.modules:
        package = ModuleType(PACKAGE)
        package.__path__ = [str(HERE)]
        sys.modules[PACKAGE] = package
    return importlib.import_module(f"{PACKAGE}.{name}")


def _attacks() -> dict[str, object]:
    found: dict[str, object] = {}
    for topic in TOPICS:
        attacks = _sibling(topic).ATTACKS
        assert found.keys().isdisjoint(attacks), f"two attacks of one name: {found.keys() & attacks.keys()}"
        found |= attacks
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = metafunc.fixturenames
    if "attack" in names:
        metafunc.parametrize("attack", [_expected(*pair) for pair in _attacks().items()])
    if "readable" in names:
        attacks = _attacks()
        metafunc.parametrize("readable", attacks.values(), ids=attacks)
    if "study" in names:
        studies = _sibling("ordinary_studies").STUDIES
        metafunc.parametrize("study", studies.values(), ids=studies)
    if "exhausting" in names:
        metafunc.parametrize("exhausting", [_expected(name, name) for name in _sibling("exhaustion").ATTACKS])


def _expected(name: str, attack: object) -> object:
    limits = _sibling("known_limits")
    reason = limits.KNOWN_LIMITS.get(name)
    marks = [pytest.mark.xfail(strict=True, raises=AssertionError, reason=reason)] if reason else []
    return pytest.param(attack, id=name, marks=marks)


@pytest.fixture(scope="session")
def limits() -> ModuleType:
    return _sibling("known_limits")


@pytest.fixture(scope="session")
def names() -> set[str]:
    return {*_attacks(), *_sibling("exhaustion").ATTACKS}
