import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(path for folder in ("gateway", "scripts") for path in (ROOT / folder).rglob("*.py"))
MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 40


def names(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines_without_docstring(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    docstring = function.body[0] if ast.get_docstring(function, clean=False) is not None else None
    total = function.end_lineno - function.lineno + 1
    return total - (docstring.end_lineno - docstring.lineno + 1 if docstring else 0)


def long_functions(source: str) -> list[str]:
    functions = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return [node.name for node in functions if lines_without_docstring(node) >= MOST_LINES_OF_A_FUNCTION]


@pytest.mark.parametrize("path", FILES, ids=names)
def test_a_file_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < MOST_LINES


@pytest.mark.parametrize("path", FILES, ids=names)
def test_a_function_is_short(path):
    assert long_functions(path.read_text(encoding="utf-8")) == []


def test_the_measure_leaves_the_docstring_out_and_counts_everything_else():
    body = "\n".join(f"    x{n} = {n}" for n in range(MOST_LINES_OF_A_FUNCTION))
    docstring = '"""' + "a\n" * 90 + '"""'
    assert long_functions(f"def f():\n    {docstring}\n    return 1") == []
    assert long_functions(f"def f():\n{body}") == ["f"]


def test_no_package_is_a_drawer_for_everything():
    drawers = {"utils", "util", "common", "helpers", "helper", "core", "manager", "misc"}
    assert [names(path) for path in FILES if drawers & {path.stem, *path.parts[-3:-1]}] == []
