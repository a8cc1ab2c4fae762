from __future__ import annotations

import socket
import stat

import pytest

from gateway.ledger.endpoint import connect, listen


def test_a_path_longer_than_a_socket_address_works(tmp_path):
    path = tmp_path / ("a" * 100) / ("b" * 100) / "ledger.sock"
    with listen(path), connect(path, 5.0) as client:
        assert client.getpeername().endswith("/ledger.sock")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_socket_of_a_dead_writer_is_replaced(tmp_path):
    path = tmp_path / "ledger.sock"
    listen(path).close()
    with pytest.raises(ConnectionRefusedError):
        connect(path, 5.0)
    with listen(path), connect(path, 5.0):
        pass


def test_a_file_in_place_of_the_directory_is_an_error(tmp_path):
    (tmp_path / "run").write_bytes(b"")
    with pytest.raises(OSError):
        listen(tmp_path / "run" / "ledger.sock")


def test_neither_end_survives_an_exec(tmp_path):
    path = tmp_path / "ledger.sock"
    with listen(path) as listener, connect(path, 5.0) as client:
        assert not listener.get_inheritable()
        assert not client.get_inheritable()
        assert listener.type == socket.SOCK_STREAM
