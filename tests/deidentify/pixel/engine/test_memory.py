"""A program gets pictures as files in private memory only."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

from gateway.deidentify.pixel.engine import tesseract
from gateway.deidentify.pixel.engine.memory import private_memory

MEMORY = Path("/dev/shm")


@pytest.fixture
def mounts(tmp_path):
    """Return a function that writes what is mounted where."""

    def written(*kinds):
        file = tmp_path / "mountinfo"
        file.write_text(
            "".join(f"1 0 0:1 / {place} rw - {kind} none rw\n" for place, kind in (("/", "ext4"), *kinds))
        )
        return file

    return written


@pytest.fixture
def private(tmp_path):
    folder = tmp_path / "private"
    folder.mkdir(mode=0o700)
    return folder


def test_a_private_folder_of_a_tmpfs_is_taken(private, mounts):
    private_memory(private, mounts((private.parent, "tmpfs")))
    private_memory(private, mounts((private, "ramfs")))


def test_a_folder_on_a_disk_is_not(private, mounts):
    for file in (mounts(), mounts((private.parent, "tmpfs"), (private, "xfs")), mounts((private, "tmpfs2"))):
        with pytest.raises(OSError, match="tmpfs"):
            private_memory(private, file)


@pytest.mark.parametrize("mode", [0o750, 0o701, 0o777])
def test_a_folder_that_others_may_enter_is_not(mode, private, mounts):
    private.chmod(mode)
    with pytest.raises(PermissionError):
        private_memory(private, mounts((private, "tmpfs")))


def test_a_mount_with_a_space_in_its_name_is_understood(tmp_path, mounts):
    folder = tmp_path / "a b"
    folder.mkdir(mode=0o700)
    private_memory(folder, mounts((str(folder).replace(" ", "\\040"), "tmpfs")))


def test_what_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        private_memory(tmp_path / "absent")


def test_without_tesserocr_the_program_needs_private_memory(monkeypatch, private):
    monkeypatch.setitem(sys.modules, "tesserocr", None)
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    monkeypatch.setattr(tesseract, "private_memory", _refuse)
    with pytest.raises(OSError, match="no"):
        tesseract.load()


@pytest.mark.skipif(not MEMORY.is_dir(), reason="no /dev/shm")
def test_the_program_reads_like_the_library(monkeypatch, line_of, engines):
    monkeypatch.setitem(sys.modules, "tesserocr", None)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        reader = tesseract.load()
        crop = line_of("LATERAL VIEW", height=16)
        (reading,) = reader.read([crop])
        assert reading.text == engines.page.read([crop])[0].text == "LATERAL VIEW"
        ((box, line),) = reader.page(crop)
        assert line.text == "LATERAL VIEW"
        assert box == engines.page.page(crop)[0][0]
        assert list(Path(folder).iterdir()) == []


def _refuse(folder):
    raise OSError("no")
