import os
import tempfile

import pytest

from gateway.errors import SettingsError
from gateway.operate.pixels import temporary


@pytest.fixture
def private(tmp_path, monkeypatch):
    monkeypatch.setattr(temporary, "private_memory", lambda folder: None)
    monkeypatch.setattr(tempfile, "tempdir", tempfile.tempdir)
    return tmp_path


def test_a_folder_that_is_missing_or_not_private_stops_the_start(tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    for name in ("none", "open"):
        with pytest.raises(SettingsError, match="private_tmpfs"):
            temporary.use(tmp_path / name)


def test_temporary_files_go_into_a_folder_of_the_process(private):
    own = temporary.use(private)
    with tempfile.NamedTemporaryFile() as file:
        assert file.name.startswith(f"{own}/")
    assert own.stat().st_mode & 0o777 == 0o700


def test_what_dead_workers_left_is_removed_and_what_others_use_is_not(private):
    dead = os.fork()
    if not dead:
        os._exit(0)
    os.waitpid(dead, 0)
    for pid in (dead, os.getppid()):
        (private / f"pixel-worker-{pid}").mkdir()
        (private / f"pixel-worker-{pid}" / "0.png").touch()
    own = temporary.use(private)
    assert {path.name for path in private.iterdir()} == {f"pixel-worker-{os.getppid()}", own.name}
