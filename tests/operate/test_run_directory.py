import socket

import pytest

from gateway.errors import LedgerUnavailable
from gateway.operate.supervision import run_directory
from gateway.operate.supervision.run_directory import RunDirectory, State

STATE = State(pid=1, host="127.0.0.1", port=11112, version="0", started_at="now", processes={"ledger": 2})


def test_a_second_lock_is_refused_until_the_first_is_released(tmp_path):
    first = run_directory.lock(tmp_path)
    assert run_directory.is_running(tmp_path)
    with pytest.raises(LedgerUnavailable, match="or a command works on it"):
        run_directory.lock(tmp_path, patience=0)
    first.close()
    assert not run_directory.is_running(tmp_path)
    run_directory.lock(tmp_path, patience=0).close()


def test_nothing_runs_where_nothing_is(tmp_path):
    assert not run_directory.is_running(tmp_path / "nowhere")
    assert run_directory.state(tmp_path) is None


def test_the_state_is_shown_while_the_gateway_runs_only(tmp_path):
    held = run_directory.lock(tmp_path)
    run = RunDirectory(tmp_path)
    assert run_directory.state(tmp_path) is None
    run.publish(STATE)
    assert run_directory.state(tmp_path) == STATE
    held.close()
    assert run_directory.state(tmp_path) is None


def test_the_ledger_socket_takes_a_long_directory_name_and_replaces_an_old_socket(tmp_path):
    storage = tmp_path / ("x" * 120)
    storage.mkdir()
    RunDirectory(storage).listen().close()
    with RunDirectory(storage).listen() as listener:
        assert listener.family == socket.AF_UNIX
        assert RunDirectory.ledger_socket(storage).is_socket()


def test_only_the_owner_enters(tmp_path):
    RunDirectory(tmp_path)
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700


def test_a_clean_end_leaves_nothing(tmp_path):
    run = RunDirectory(tmp_path)
    run.listen().close()
    run.publish(STATE)
    run.clear()
    assert list((tmp_path / "run").iterdir()) == []


def test_a_storage_directory_is_made_with_all_that_holds_it_synced(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(run_directory, "sync_directory", synced.append)
    run_directory.make_storage(tmp_path / "srv" / "gateway")
    assert (tmp_path / "srv" / "gateway").stat().st_mode & 0o777 == 0o700
    assert {tmp_path / "srv", tmp_path} <= set(synced)


def test_a_storage_directory_that_is_there_is_synced_as_far_as_it_may_be(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError

    monkeypatch.setattr(run_directory, "sync_directory", refuse)
    run_directory.make_storage(tmp_path)
