from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPT = REPOSITORY / "scripts" / "generate_standard"

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("highdicom") is None,
    reason="highdicom, the source of the types, is not installed",
)


def run(script: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in ("scripts", "gateway/standard"):
        (tmp_path / folder).mkdir(parents=True)
    for file in (REPOSITORY / "gateway" / "standard").glob("*.json"):
        shutil.copy(file, tmp_path / "gateway" / "standard")
    return Path(shutil.copy(SCRIPT, tmp_path / "scripts"))


def test_the_script_is_executable() -> None:
    assert os.access(SCRIPT, os.X_OK)
    assert SCRIPT.read_text(encoding="utf-8").startswith("#!")


def test_the_shipped_files_are_what_the_script_makes(tables: Path) -> None:
    result = run(SCRIPT, "--check", tables)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_check_names_the_file_that_differs_and_leaves_it(tables: Path, copy: Path) -> None:
    file = copy.parents[1] / "gateway" / "standard" / "attribute_types.json"
    file.write_text("{}", encoding="utf-8")
    result = run(copy, "--check", tables)
    assert (result.returncode, result.stdout) == (1, "differs: attribute_types.json\n")
    assert file.read_text(encoding="utf-8") == "{}"


def test_missing_files_are_written_as_shipped(tables: Path, copy: Path) -> None:
    made = copy.parents[1] / "gateway" / "standard"
    for file in made.glob("*.json"):
        file.unlink()
    assert run(copy, tables).returncode == 0
    for file in (REPOSITORY / "gateway" / "standard").glob("*.json"):
        assert (made / file.name).read_bytes() == file.read_bytes()


def test_a_type_that_contradicts_the_compound_table_stops_the_script(
    tables: Path, copy: Path, tmp_path: Path
) -> None:
    shutil.copy(tables / "ps3_15_table_e1_1.csv", tmp_path)
    text = (tables / "ps3_15_compound_action_types.csv").read_text(encoding="utf-8")
    stricter = text.replace(",sop-common,,3,", ",sop-common,,1,")
    assert stricter != text
    (tmp_path / "ps3_15_compound_action_types.csv").write_text(stricter, encoding="utf-8")
    result = run(copy, tmp_path)
    assert result.returncode == 1
    assert "Type 3 here, 1 in the compound table" in result.stderr
