from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from gateway.errors import KeyGuardError
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import RecordInstance
from gateway.linkage import key as key_module
from gateway.linkage.key import check_value, guard, load_key, proven
from gateway.linkage.linker import Linker
from gateway.linkage.seal import Sealer
from gateway.linkage.store import LinkageStore


@pytest.fixture
def stores(tmp_path):
    opened = [LedgerStore(tmp_path / "ledger.sqlite"), LinkageStore(tmp_path / "linkage.sqlite")]
    yield opened
    for store in opened:
        store.close()


@pytest.fixture
def files(tmp_path):
    return {"default": tmp_path / "keys" / "default.key"}, tmp_path / "keys" / "sealing.key"


def write(store, message):
    store.begin()
    store.apply(message)
    store.commit()


def fill(stores, project="default"):
    ledger, linkage = stores
    write(
        ledger,
        RecordInstance(project, b"i", "o", "p", 1, "1", "2", "3", "4", "1.2.840.10008.1.2", {}, [], "ct1"),
    )
    linker = Linker(Sealer("k", bytes(32)), bytes(32))
    write(linkage, linker.rows(project, "P", "", "", {"PatientID": "1"}, {}, "4", "3", "2"))


def swap(path, content=None):
    path.unlink()
    path.touch(0o600)
    path.write_bytes(content or base64.b64encode(os.urandom(32)))


def test_a_new_key_is_a_line_of_base64_for_its_owner(tmp_path):
    path = tmp_path / "keys" / "default.key"
    key = load_key(path, may_create=True)
    assert path.read_bytes() == base64.b64encode(key) + b"\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["default.key"]
    assert load_key(path, may_create=False) == key
    assert load_key(path, may_create=True) == key


def test_the_name_of_a_key_that_is_found_is_synced_before_it_is_used(tmp_path, monkeypatch):
    path = tmp_path / "keys" / "a.key"
    made, synced = load_key(path, may_create=True), []
    monkeypatch.setattr(key_module, "sync_directory", synced.append)
    assert load_key(path, may_create=False) == made
    assert synced == []
    assert load_key(path, may_create=True) == made
    assert synced == [path.parent, tmp_path]


def test_two_new_keys_differ(tmp_path):
    assert load_key(tmp_path / "a", may_create=True) != load_key(tmp_path / "b", may_create=True)


def test_a_missing_key_is_not_made_without_leave(tmp_path):
    with pytest.raises(KeyGuardError, match="restore it from the backup"):
        load_key(tmp_path / "default.key", may_create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"short", base64.b64encode(bytes(31)), base64.b64encode(bytes(33))])
def test_a_file_without_a_key_is_an_error_and_stays(tmp_path, content):
    path = tmp_path / "default.key"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(KeyGuardError, match="holds no key"):
        load_key(path, may_create=True)
    assert path.read_bytes() == content


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_that_others_can_read_is_an_error(tmp_path, mode):
    path = tmp_path / "default.key"
    load_key(path, may_create=True)
    path.chmod(mode)
    with pytest.raises(KeyGuardError, match="chmod 600"):
        load_key(path, may_create=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_of_another_user_is_an_error(tmp_path):
    path = tmp_path / "default.key"
    load_key(path, may_create=True)
    os.chown(path, 12345, -1)
    with pytest.raises(KeyGuardError, match="another user"):
        load_key(path, may_create=False)


def test_a_credential_of_the_service_manager_may_show_its_group(tmp_path, monkeypatch):
    path = tmp_path / "default.key"
    key = load_key(path, may_create=True)
    path.chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load_key(path, may_create=False) == key
    path.chmod(0o444)
    with pytest.raises(KeyGuardError):
        load_key(path, may_create=False)


def test_a_directory_or_pipe_is_no_key(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(KeyGuardError):
            load_key(path, may_create=True)


def test_a_key_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "keys").write_bytes(b"")
    with pytest.raises(KeyGuardError):
        load_key(tmp_path / "keys" / "default.key", may_create=True)


def test_the_first_start_makes_the_keys_and_keeps_check_values_in_both(stores, files):
    projects, sealing = files
    keys = guard(projects, sealing, stores)
    assert load_key(projects["default"], may_create=False) == keys.pseudonym["default"]
    assert load_key(sealing, may_create=False) == keys.sealing
    assert keys.sealing != keys.pseudonym["default"]
    name = "the pseudonym key of project default"
    for store in stores:
        assert store.read_meta(f"check value of {name}") == check_value(name, keys.pseudonym["default"])
    fill(stores)
    assert guard(projects, sealing, stores) == keys


@pytest.mark.parametrize("which", ["default", "sealing"])
def test_another_key_stops_the_start_and_says_what_to_restore(stores, files, which):
    projects, sealing = files
    guard(projects, sealing, stores)
    fill(stores)
    file = projects["default"] if which == "default" else sealing
    swap(file)
    with pytest.raises(KeyGuardError, match=r"restore the key file from the backup") as caught:
        guard(projects, sealing, stores)
    assert file.name in str(caught.value)
    assert file.read_text() not in str(caught.value)


@pytest.mark.parametrize("which", ["default", "sealing"])
def test_a_missing_key_stops_the_start_and_none_is_made(stores, files, which):
    projects, sealing = files
    guard(projects, sealing, stores)
    fill(stores)
    file = projects["default"] if which == "default" else sealing
    file.unlink()
    with pytest.raises(KeyGuardError, match="missing: restore it"):
        guard(projects, sealing, stores)
    assert not file.exists()


@pytest.mark.parametrize("lost", [0, 1])
def test_a_lost_database_stops_the_start(tmp_path, stores, files, lost):
    projects, sealing = files
    guard(projects, sealing, stores)
    fill(stores)
    name = ("ledger", "linkage")[lost]
    stores[lost].close()
    for path in tmp_path.glob(f"{name}.sqlite*"):
        path.unlink()
    stores[lost] = (LedgerStore, LinkageStore)[lost](tmp_path / f"{name}.sqlite")
    with pytest.raises(KeyGuardError, match=rf"restore {name}\.sqlite from the backup"):
        guard(projects, sealing, stores)


def test_a_missing_key_is_not_made_anew_while_the_spool_has_files_of_its_project(stores, files):
    projects, sealing = files
    with pytest.raises(KeyGuardError, match="restore it from the backup"):
        guard(projects, sealing, stores, filled={"default"})
    assert not projects["default"].exists()
    keys = guard(projects, sealing, stores, filled={"other"})
    assert guard(projects, sealing, stores, filled={"default"}) == keys


def test_keys_may_change_while_there_are_no_rows(stores, files):
    projects, sealing = files
    before = guard(projects, sealing, stores)
    swap(projects["default"])
    after = guard(projects, sealing, stores)
    assert after.pseudonym != before.pseudonym
    fill(stores)
    assert guard(projects, sealing, stores) == after


def test_a_project_added_later_gets_its_own_key(stores, files):
    projects, sealing = files
    before = guard(projects, sealing, stores)
    fill(stores)
    after = guard({**projects, "second": sealing.with_name("second.key")}, sealing, stores)
    assert after.pseudonym["default"] == before.pseudonym["default"]
    assert after.pseudonym["second"] != before.pseudonym["default"]


def test_two_projects_cannot_share_a_key(stores, files):
    projects, sealing = files
    with pytest.raises(KeyGuardError, match="needs a key of its own"):
        guard({**projects, "second": projects["default"]}, sealing, stores)
    with pytest.raises(KeyGuardError, match="needs a key of its own"):
        guard(projects, projects["default"], stores)


def test_an_error_of_the_guard_never_shows_a_key(stores, files, tmp_path):
    projects, sealing = files
    keys = guard(projects, sealing, stores)
    fill(stores)
    written = b"".join(path.read_bytes() for path in Path(tmp_path).glob("*.sqlite*"))
    for key in (keys.sealing, keys.pseudonym["default"]):
        for form in (key, key.hex().encode(), base64.b64encode(key)):
            assert form not in written


def test_a_command_gets_the_keys_of_the_store_and_makes_none(stores, files):
    projects, sealing = files
    keys = guard(projects, sealing, stores)
    fill(stores)
    with_new = {**projects, "new": sealing.with_name("new.key")}
    assert proven(with_new, sealing, stores) == keys
    assert not with_new["new"].exists()


@pytest.mark.parametrize("which", ["default", "sealing"])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_command_gets_no_key_that_is_missing_or_another(stores, files, which, is_there):
    projects, sealing = files
    guard(projects, sealing, stores)
    path = sealing if which == "sealing" else projects["default"]
    if is_there:
        swap(path)
    else:
        path.unlink()
    with pytest.raises(KeyGuardError):
        proven(projects, sealing, stores)
