import hashlib
import subprocess
import threading
from contextlib import suppress

import pytest
from nodes.process import wait_until
from pynetdicom import evt

OUT_OF_RESOURCES = 0xA700
MIB = 1 << 20


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of 12 MiB where the gateway keeps everything."""
    storage = tmp_path / "gateway" / "var"
    storage.mkdir(parents=True, mode=0o700)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m,mode=0700", "tmpfs", str(storage)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    yield storage
    subprocess.run(["umount", "-l", str(storage)], check=True)


def fill(disk):
    ballast = disk / "ballast"
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return ballast


def is_whole(file):
    return file.name.split(".")[-2] == hashlib.sha256(file.read_bytes()).hexdigest()[:32]


def test_a_full_disk_is_told_a700_and_what_was_acknowledged_is_whole(small_disk, start, scanner, make):
    # What is free again later, beside what the last large instance did not fit into.
    reserve = small_disk / "reserve"
    reserve.write_bytes(bytes(MIB))
    gateway = start({}, storage={"min_free_gib": 0.0})
    sender = scanner(gateway)
    answers = {number: sender.send(make(number, MIB)) for number in range(1, 21)}
    assert set(answers.values()) == {0, OUT_OF_RESOURCES}
    # Nothing at all is left: not even for the databases.
    ballast = fill(small_disk)
    answers |= {number: sender.send(make(number)) for number in range(101, 106)}
    assert {answers[number] for number in range(101, 106)} <= {0, OUT_OF_RESOURCES}
    acknowledged = {number for number, status in answers.items() if status == 0}
    kept = list((small_disk / "spool" / "gateway").rglob("*.dcm"))
    assert all(map(is_whole, kept))
    assert acknowledged <= set(gateway.numbers_kept())
    assert gateway.unfinished() == []

    ballast.unlink()
    reserve.unlink()
    assert sender.send(make(201)) == 0
    assert sender.send(make(105)) == 0
    status = gateway.status()
    assert status["balanced"]
    assert status["sums"][0]["answered"] >= len(acknowledged) + 2
    assert "process_died" not in {event["event"] for event in gateway.events()}


@pytest.fixture
def patient(archive):
    """Have the archive answer only after `patient.set()`."""
    gate, store = threading.Event(), archive._store

    def answer(event):
        assert gate.wait(60)
        return store(event)

    archive._server.unbind(evt.EVT_C_STORE, archive._store)
    archive._server.bind(evt.EVT_C_STORE, answer)
    yield gate
    gate.set()


def send_all(connect, gateway, make, numbers):
    """Send, over a new association when pynetdicom's requestor has lost a response."""
    sender = connect(gateway, patience=10.0)
    for number in numbers:
        while (status := sender.send(make(number))) is None:
            sender = connect(gateway, patience=10.0)
        assert status == 0


@pytest.mark.slow
def test_a_gateway_starts_and_forwards_on_a_full_disk_and_accepts_when_there_is_room(
    small_disk, start, scanner, make, archive, patient
):
    gateway = start({"archive": archive.address}, storage={"min_free_gib": 0.0})
    numbers = range(1, 61)
    send_all(scanner, gateway, make, numbers)
    gateway.kill()
    reserve, stop = small_disk / "ledger.reserve", threading.Event()

    def others():
        """Take what is free, but for what the ledger has released for itself."""
        while not stop.wait(0.02):
            if reserve.stat().st_size:
                fill(small_disk)

    ballast = fill(small_disk)
    filling = threading.Thread(target=others)
    filling.start()
    try:
        gateway.start()
        patient.set()
        archive.wait_for(numbers)
        gateway.wait_until_forwarded(len(numbers))
        assert scanner(gateway).send(make(1001)) == OUT_OF_RESOURCES
        assert gateway.unfinished() == []
    finally:
        stop.set()
        filling.join()

    ballast.unlink()
    wait_until(lambda: reserve.stat().st_size > 0, 30, "there is room for the ledger again")
    assert scanner(gateway).send(make(1001)) == 0
    gateway.wait_until_forwarded(len(numbers) + 1)
    assert gateway.status()["balanced"]


def test_a_disk_below_the_watermark_takes_nothing(start, scanner, make):
    gateway = start({}, storage={"min_free_gib": 1 << 20})
    sender = scanner(gateway)
    assert [sender.send(make(number)) for number in range(3)] == [OUT_OF_RESOURCES] * 3
    assert gateway.numbers_kept() == gateway.unfinished() == []
    assert gateway.status()["sums"] == []


def test_a_resend_restores_a_file_that_was_lost(start, scanner, make):
    gateway = start({})
    sender = scanner(gateway)
    assert sender.send(make(1)) == 0
    (file,) = (gateway.storage / "spool" / "gateway").rglob("*.dcm")
    content = file.read_bytes()
    file.unlink()
    assert sender.send(make(1)) == 0
    assert file.read_bytes() == content
    (total,) = gateway.status()["sums"]
    assert (total["answered"], total["stored"], total["duplicates"]) == (2, 1, 1)
