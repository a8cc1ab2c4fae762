import ast
import re
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = {"receive", "forward", "query_retrieve"}
# Who may import a third-party library; its types and errors end there.
OWNERS = {
    "pynetdicom": {"association", *SERVICES},
    "peewee": {"ledger", "index", "linkage"},
    "playhouse": {"ledger", "index", "linkage"},
    "structlog": {"operate", *SERVICES},
    "click": {"operate"},
    "cryptography": {"association", "deidentify", "linkage", "spool"},
    "msgspec": {path.name.removesuffix(".py") for path in (ROOT / "gateway").iterdir()},
    "pydicom": {"association", "deidentify", "index", "operate", "settings", "standard", *SERVICES},
    "numpy": {"deidentify"},
    "cv2": {"deidentify"},
    "rapidfuzz": {"deidentify"},
    "jpeglib": {"deidentify"},
    "gdcm": {"deidentify"},
    "jpeg_ls": {"deidentify"},
    "openjpeg": {"deidentify"},
    "rle": {"deidentify"},
    "rapidocr": {"deidentify"},
    "onnxruntime": {"deidentify"},
    "tesserocr": {"deidentify"},
    "pytesseract": {"deidentify"},
}
DISTRIBUTION = {
    "cv2": "opencv-python-headless",
    "PIL": "pillow",
    "gdcm": "python-gdcm",
    "jpeg_ls": "pyjpegls",
    "openjpeg": "pylibjpeg-openjpeg",
    "rle": "pylibjpeg-rle",
}
"""Where a library is imported by another name than it is installed by."""


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def third_party() -> set[tuple[str, str]]:
    found = set()
    for path in (ROOT / "gateway").rglob("*.py"):
        package = path.relative_to(ROOT / "gateway").parts[0].removesuffix(".py")
        found |= {(package, name) for name in imported(path)}
    return {(package, name) for package, name in found if name not in sys.stdlib_module_names | {"gateway"}}


def dependencies() -> set[str]:
    configuration = ConfigParser()
    configuration.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = configuration["options"]["install_requires"].split("\n")
    return {re.match(r"[\w.-]+", line)[0] for line in lines if line}


def requirements(name: str) -> list[str]:
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def test_a_library_is_imported_by_its_owners_only():
    strangers = {(package, name) for package, name in third_party() if package not in OWNERS.get(name, ())}
    assert strangers == set()


def test_a_library_that_is_imported_is_declared():
    imported_names = {name for _, name in third_party()} - {"playhouse"}
    assert {DISTRIBUTION.get(name, name) for name in imported_names} <= dependencies()


def test_the_input_of_the_lock_is_what_the_package_declares():
    assert {re.match(r"[\w.-]+", line)[0] for line in requirements("runtime.in")} == dependencies()
    configuration = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    for line in requirements("runtime.in"):
        assert re.sub(r"\s", "", line) in re.sub(r"[ \t]", "", configuration)


@pytest.mark.parametrize("name", ["runtime.txt", "development.txt", "hardening.txt"])
def test_the_lock_pins_each_package_by_hash_and_names_no_place_to_fetch_it_from(name):
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    assert not re.search(
        r"https?:/|file:/|--(index-url|extra-index-url|find-links|trusted-host)|^-e ", text, re.MULTILINE
    )
    packages = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert packages
    assert [
        one.split()[0] for one in packages if "==" not in one.split()[0] or "--hash=sha256:" not in one
    ] == []


def test_both_locks_agree():
    pins = [
        set(re.findall(r"^(\S+==\S+)", "\n".join(requirements(n)), re.MULTILINE))
        for n in ("runtime.txt", "development.txt")
    ]
    assert pins[0] <= pins[1]
