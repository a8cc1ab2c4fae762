import os
import signal
import threading
from pathlib import Path

from nodes.process import wait_until

SENDERS, KILLS, EACH = 3, 3, 25


class Load:
    """Scanners that send as fast as they can until the gateway dies."""

    def __init__(self, connect, make, gateway, first):
        self.acknowledged = []
        self._changed = threading.Condition()
        scanners = [connect(gateway, patience=5.0) for _ in range(SENDERS)]
        self._threads = [
            threading.Thread(target=self._send, args=(scanner, make, range(first + n, first + 9999, SENDERS)))
            for n, scanner in enumerate(scanners)
        ]
        for thread in self._threads:
            thread.start()

    def _send(self, scanner, make, numbers):
        for number in numbers:
            status = scanner.send(make(number))
            if status is None:
                return
            assert status == 0
            with self._changed:
                self.acknowledged.append(number)
                self._changed.notify_all()

    def wait_for(self, count):
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.acknowledged) >= count, 60)

    def join(self):
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()


def test_a_kill_of_every_process_under_load_loses_nothing_that_was_acknowledged(
    start, scanner, make, archive
):
    gateway = start({"archive": archive.address})
    acknowledged = []
    for cut in range(KILLS):
        load = Load(scanner, make, gateway, first=1 + cut * 10_000)
        load.wait_for(EACH)
        gateway.kill()
        load.join()
        acknowledged += load.acknowledged
        gateway.start()
        assert gateway.unfinished() == []
    archive.wait_for(acknowledged)
    wait_until(lambda: gateway.status()["sums"][0]["waiting"] == 0, 30, "everything is forwarded")
    status = gateway.status()
    (total,) = status["sums"]
    assert status["balanced"]
    assert total["forwarded"] == total["stored"] == len(set(archive.received)) >= len(acknowledged)
    assert set(acknowledged) <= set(gateway.numbers_kept())
    for path in gateway.storage.rglob("*"):
        assert path.is_socket() or not path.lstat().st_mode & 0o077, path


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_gateway_whose_fork_server_is_killed_comes_back_by_itself(start, scanner, make):
    gateway = start({})
    processes = gateway.status()["state"]["processes"]
    (fork_server,) = {parent_of(pid) for pid in processes.values()}
    assert fork_server != gateway.process.pid
    os.kill(fork_server, signal.SIGKILL)

    def replaced():
        state = gateway.status()["state"]
        return state and not set(state["processes"].values()) & {0, *processes.values()}

    wait_until(replaced, 30, "every process is replaced")
    wait_until(gateway.is_ready, 30, "it answers")
    assert scanner(gateway).send(make(1)) == 0
