from __future__ import annotations

import csv
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TABLES = REPOSITORY.parent / "shared" / "standard"


@pytest.fixture(scope="session")
def tables() -> Path:
    if not TABLES.is_dir():
        pytest.skip(f"the tables of the Standard are not beside the repository, in {TABLES.parent.name}/")
    return TABLES


@pytest.fixture(scope="session")
def table_e1_1(tables: Path) -> list[dict[str, str]]:
    return _rows(tables / "ps3_15_table_e1_1.csv")


@pytest.fixture(scope="session")
def compound_action_types(tables: Path) -> list[dict[str, str]]:
    return _rows(tables / "ps3_15_compound_action_types.csv")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
