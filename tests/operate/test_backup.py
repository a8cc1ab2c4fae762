from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from gateway.errors import StorageError
from gateway.operate.storage import backup as module
from gateway.operate.storage.backup import back_up
from gateway.settings import load
from gateway.spool.replica import Copied


@pytest.fixture
def settings(write_settings):
    return load(write_settings())


@pytest.fixture
def steps(monkeypatch):
    """Have nothing copied; give the steps in their order."""
    done = []

    def copy_database(source, target):
        done.append(source.name)
        return len(done)

    def replicate(source, target, _relatives):
        done.append(source.name)
        return Copied(1, 2, 3)

    @contextmanager
    def ledger(_settings):
        yield SimpleNamespace(call=done.append)

    for name, step in (("copy_database", copy_database), ("replicate", replicate), ("ledger", ledger)):
        monkeypatch.setattr(module, name, step)
    return done


def test_the_linkage_store_is_copied_last_and_the_ledger_first(settings, steps, tmp_path):
    made = back_up(settings, tmp_path / "backup")
    *order, audit = steps
    assert order == ["ledger.sqlite", "spool", "quarantine", "linkage.sqlite"]
    assert (made.files, made.files_bytes, made.present, made.keys) == (2, 4, 6, 0)
    assert (audit.kind, audit.detail["files"], audit.detail["linkage_bytes"]) == ("backed_up", "2", "4")
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("target", "keys"),
    [("var/backup", None), (".", None), ("var", None), ("backup", "backup/keys"), ("backup", "backup")],
)
def test_storage_backup_and_keys_are_never_in_one_another(settings, steps, tmp_path, target, keys):
    (tmp_path / "var").mkdir()
    with pytest.raises(StorageError, match="go apart"):
        back_up(settings, tmp_path / target, tmp_path / keys if keys else None)
    assert steps == []


def test_keys_are_copied_once_and_never_overwritten_by_others(settings, steps, tmp_path):
    keys = tmp_path / "var" / "keys"
    keys.mkdir(parents=True)
    (keys / "sealing.key").write_text("one")
    (keys / "default.key").write_text("two")
    for _ in range(2):
        assert back_up(settings, tmp_path / "backup", tmp_path / "safe").keys == 2
    assert (tmp_path / "safe" / "default.key").read_text() == "two"
    assert (tmp_path / "safe" / "default.key").stat().st_mode & 0o777 == 0o600
    (keys / "default.key").write_text("other")
    with pytest.raises(StorageError, match="cannot be copied"):
        back_up(settings, tmp_path / "backup", tmp_path / "safe")
    assert (tmp_path / "safe" / "default.key").read_text() == "two"
