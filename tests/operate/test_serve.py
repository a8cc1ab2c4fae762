import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.errors import PeerUnreachable
from gateway.operate.supervision.refusal import REJECTED

REQUEST = bytes((1, 0, 0, 0, 0, 68)) + bytes(68)
BEGUN = bytes((1, 0, 0, 0, 100, 0)) + bytes(20 * 1024)
"""Enough of an A-ASSOCIATE-RQ to be given to a receiver, which waits for the rest."""


def children_of(pid: int) -> list[int]:
    with Path(f"/proc/{pid}/task/{pid}/children").open() as file:
        children = [int(child) for child in file.read().split()]
    return [*children, *(grandchild for child in children for grandchild in children_of(child))]


def test_it_says_when_it_is_ready_and_answers_c_echo(serve):
    gateway = serve().ready()
    gateway.echo()
    state = gateway.state
    assert state["port"] == gateway.port
    assert state["pid"] == gateway.process.pid
    assert state["processes"].keys() == {"ledger", "receiver-0", "receiver-1", "steward"}


def test_no_process_leaves_a_core_or_a_file_for_others(serve):
    gateway = serve().ready()
    for pid in (gateway.process.pid, *children_of(gateway.process.pid)):
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert re.search(r"^Max core file size +0 +0 ", limits, re.MULTILINE)
    for pid in (gateway.process.pid, *gateway.state["processes"].values()):
        assert "Umask:\t0077" in Path(f"/proc/{pid}/status").read_text()
    names = {Path(f"/proc/{pid}/comm").read_text().strip() for pid in gateway.state["processes"].values()}
    assert names == gateway.state["processes"].keys()


def test_sigterm_ends_it_cleanly_and_a_restart_resumes(serve):
    gateway = serve().ready()
    assert gateway.stop() == 0
    assert not any((gateway.storage / "run").iterdir())
    again = serve(gateway.settings).ready()
    again.echo()
    assert again.stop(signal.SIGINT) == 0


def test_sigterm_lets_a_running_association_finish(serve):
    from pynetdicom import AE

    gateway = serve().ready()
    entity = AE("CT1")
    entity.add_requested_context("1.2.840.10008.1.1")
    association = entity.associate("127.0.0.1", gateway.port, ae_title="GATEWAY")
    assert association.is_established
    gateway.process.send_signal(signal.SIGTERM)
    gateway.wait_for("stopping")
    assert association.send_c_echo().Status == 0
    with pytest.raises(PeerUnreachable):
        gateway.echo()
    association.release()
    assert gateway.end() == 0


def test_a_second_signal_does_not_wait_for_associations(serve):
    gateway = serve().ready()
    with socket.create_connection(("127.0.0.1", gateway.port)):
        gateway.process.send_signal(signal.SIGTERM)
        gateway.wait_for("stopping")
        assert gateway.stop() == 0


@pytest.mark.parametrize("child", ["receiver-0", "receiver-1", "ledger"])
def test_a_process_that_is_killed_is_replaced(serve, child):
    gateway = serve().ready()
    killed = gateway.pid_of(child)
    os.kill(killed, signal.SIGKILL)
    assert gateway.wait_for("process_died", child=child)["exit_code"] == -signal.SIGKILL
    gateway.wait_for("process_ready", child=child)
    gateway.wait_for("processes_replaced")
    assert gateway.pid_of(child) != killed
    gateway.echo()
    assert gateway.stop() == 0


def test_no_process_outlives_a_killed_supervisor(serve, wait_gone):
    gateway = serve().ready()
    orphans = [os.pidfd_open(pid) for pid in children_of(gateway.process.pid)]
    assert len(orphans) >= 4
    gateway.process.kill()
    for orphan in orphans:
        wait_gone(orphan)
        os.close(orphan)
    again = serve(gateway.settings).ready()
    again.echo()


def test_a_signal_to_the_whole_group_still_stops_in_order(serve):
    gateway = serve().ready()
    os.killpg(gateway.process.pid, signal.SIGTERM)
    assert gateway.end() == 0
    assert "process_died" not in {event["event"] for event in gateway.events}


def test_a_second_gateway_on_the_same_storage_refuses_to_start(serve):
    gateway = serve().ready()
    second = serve(gateway.settings)
    assert second.end() == 5
    assert "another gateway" in second.events[-2]["text"]
    gateway.echo()


def test_a_port_that_is_taken_is_a_wrong_setting(serve, write_settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        file = write_settings()
        file.write_text(file.read_text().replace("port = 0", f"port = {taken.getsockname()[1]}"))
        gateway = serve(file)
        assert gateway.end() == 3
        assert "server.port" in gateway.events[-2]["text"]


def test_connections_beyond_the_cap_are_rejected_and_places_come_back(serve, write_settings):
    gateway = serve(write_settings(server="max_associations = 1")).ready()
    with socket.create_connection(("127.0.0.1", gateway.port)) as first:
        first.sendall(BEGUN)
        _rejected(gateway.port)
        first.shutdown(socket.SHUT_WR)
        first.settimeout(30)
        while first.recv(100):
            pass
    gateway.wait_for("connection_rejected")
    _until(gateway.echo)


def test_a_killed_receiver_gives_its_places_back(serve, write_settings):
    gateway = serve(write_settings(server="max_associations = 1\nmax_associations_per_address = 1")).ready()
    with socket.create_connection(("127.0.0.1", gateway.port)) as first:
        first.settimeout(30)
        first.sendall(BEGUN)
        _rejected(gateway.port)
        for child in ("receiver-0", "receiver-1"):
            os.kill(gateway.pid_of(child), signal.SIGKILL)
        with suppress(ConnectionResetError):
            assert first.recv(1) == b""
    replaced = {gateway.wait_for("process_ready")["child"] for _ in range(2)}
    assert replaced == {"receiver-0", "receiver-1"}
    gateway.echo()


def test_one_address_gets_its_share_only(serve, write_settings):
    gateway = serve(write_settings(server="max_associations_per_address = 2")).ready()
    with (
        socket.create_connection(("127.0.0.1", gateway.port)) as first,
        socket.create_connection(("127.0.0.1", gateway.port)) as second,
    ):
        first.sendall(BEGUN)
        second.sendall(BEGUN)
        _rejected(gateway.port)
        with socket.create_connection(("127.0.0.1", gateway.port), source_address=("127.0.0.2", 0)) as other:
            other.sendall(b"x" * 100)  # not a PDU: it is served, and answered with an abort
            other.settimeout(30)
            assert other.recv(100) != REJECTED


def test_the_service_manager_hears_that_it_is_ready_and_stopping(serve, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        gateway = serve(environment={"NOTIFY_SOCKET": str(tmp_path / "notify")})
        assert manager.recv(100) == b"READY=1"
        gateway.ready()
        gateway.process.terminate()
        assert manager.recv(100) == b"STOPPING=1"
        assert gateway.end() == 0


def test_wrong_settings_end_it_with_their_exit_code(write_settings):
    file = write_settings(server="prot = 1")
    result = subprocess.run(
        [sys.executable, "-m", "gateway", "serve", "--settings", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 3
    assert "server.prot: expected a known key; did you mean port?" in result.stderr
    assert not (file.parent / "var").exists()


def test_storage_is_closed_to_others(serve):
    gateway = serve().ready()
    for path in (gateway.storage, *gateway.storage.rglob("*")):
        assert path.lstat().st_mode & 0o077 == 0 or path.is_socket(), path


def _rejected(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(REQUEST)
        connection.settimeout(30)
        assert connection.recv(100) == REJECTED


def _until(call, tries: int = 200) -> None:
    """A place comes back a moment after the peer saw the end; each try is a full round trip."""
    for _ in range(tries):
        try:
            call()
        except PeerUnreachable:
            continue
        return
    call()
