"""What a worker may take, and what its death means."""

import os
import resource
import signal
import socket
import time
from pathlib import Path

import pytest

from gateway.deidentify.pixel.image import Image
from gateway.operate.pixels.allowance import Allowance, allowance
from gateway.operate.pixels.confinement import confine, landlock_version, limit
from gateway.operate.pixels.death import Death, Deaths
from gateway.operate.pixels.shared_memory import Unsound, frames_of, mapped, written

MIB = 1 << 20


def exit_code_of(work):
    """Do something in a process of its own; return how that ended: 0, or 1 after an exception."""
    pid = os.fork()
    if not pid:
        try:
            work()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - it must not return to pytest
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_large_image_gets_more_time_and_a_small_stream_that_claims_to_be_large_does_not():
    small = allowance(30.0, Image(rows=512, columns=512), 100_000)
    assert small.processor == pytest.approx(30.07, abs=0.1)
    assert small.clock == pytest.approx(4 * small.processor)
    cine = Image(rows=768, columns=1024, samples=3, frames=100)
    assert allowance(30.0, cine, 235_929_600).processor == pytest.approx(30 + 59, abs=0.1)
    claimed = Image(rows=65535, columns=65535, frames=1_000_000)
    assert allowance(30.0, claimed, 50_000).processor < 31
    assert allowance(3600.0, claimed, 1 << 40).clock == 86_400.0


@pytest.mark.parametrize(("taken", "number"), [("clock", signal.SIGALRM), ("processor", signal.SIGXCPU)])
def test_a_process_that_takes_more_than_its_allowance_is_ended(taken, number):
    def work():
        usage = resource.getrusage(resource.RUSAGE_SELF)
        seconds = {"clock": 60.0, "processor": 60.0, taken: 0.05}
        seconds["processor"] -= (usage.ru_utime + usage.ru_stime + seconds["processor"]) % 1  # not rounded up
        with Allowance(**seconds).enforced():
            while taken == "processor":
                pass
            time.sleep(60)

    assert exit_code_of(work) == -number


def test_after_the_block_the_allowance_is_over():
    def work():
        with Allowance(10.0, 0.05).enforced():
            pass
        time.sleep(0.1)
        assert resource.getrlimit(resource.RLIMIT_CPU)[0] == resource.getrlimit(resource.RLIMIT_CPU)[1]

    assert exit_code_of(work) == 0


@pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock")
def test_a_confined_process_writes_only_to_memory_without_a_name_and_where_it_may(tmp_path):
    (tmp_path / "may").mkdir()
    (tmp_path / "old").write_bytes(b"x")

    def refused(work):
        try:
            work()
        except OSError:
            return True
        return False

    def work():
        assert confine(str(tmp_path / "may"))
        assert refused(lambda: (tmp_path / "new").write_bytes(b"x"))
        assert refused(lambda: (tmp_path / "old").write_bytes(b"y"))
        assert refused(lambda: os.truncate(tmp_path / "old", 0))
        assert refused((tmp_path / "old").unlink)
        assert refused(lambda: (tmp_path / "old").rename(tmp_path / "may" / "old"))
        assert refused(lambda: (tmp_path / "folder").mkdir())
        assert refused(lambda: Path("/dev/shm/gateway-test").write_bytes(b"x"))
        with socket.socket() as sock:
            assert refused(lambda: sock.bind(("127.0.0.1", 0)))
        assert refused(lambda: os.kill(os.getppid(), 0)) or landlock_version() < 6
        (tmp_path / "may" / "file").write_bytes(b"x")
        Path("/dev/null").write_bytes(b"x")
        memory = os.memfd_create("test")
        Path(f"/proc/self/fd/{memory}").write_bytes(b"pixels")
        assert os.pread(memory, 9, 0) == b"pixels"
        assert (tmp_path / "old").read_bytes() == b"x"

    assert exit_code_of(work) == 0


def test_a_limited_process_gets_no_more_memory_than_that_nor_fills_more():
    def work():
        limit(64)
        memory = os.memfd_create("test")
        # Far beyond the limit: what a process had before it, such as a deep stack, counts in its favour.
        for take in (lambda: bytearray(1024 * MIB), lambda: os.ftruncate(memory, 1024 * MIB)):
            try:
                take()
            except (MemoryError, OSError):
                continue
            os._exit(2)

    assert exit_code_of(work) == 0


@pytest.mark.parametrize(
    ("code", "is_silent", "death"),
    [
        (-signal.SIGXCPU, False, Death.OVERRUN),
        (-signal.SIGALRM, False, Death.OVERRUN),
        (-signal.SIGSEGV, False, Death.CRASH),
        (70, False, Death.CRASH),
        (-signal.SIGKILL, False, Death.KILLED),
        (-signal.SIGKILL, True, Death.KILLED),
        (255, False, Death.KILLED),
        (None, False, Death.KILLED),
    ],
)
def test_what_a_death_means(code, is_silent, death):
    deaths = Deaths.make(2)
    deaths.note(1, 4711, code, is_silent=is_silent)
    assert deaths.of(1, 4711) is death


def test_a_death_that_nobody_noted_is_taken_for_a_kill():
    deaths = Deaths.make(1)
    deaths.note(0, 4711, -signal.SIGSEGV, is_silent=False)
    assert deaths.of(0, 4712, patience=0.05) is Death.KILLED
    assert deaths.of(7, 4711, patience=0.05) is Death.KILLED


def test_sealed_memory_has_the_size_that_was_announced_and_keeps_it():
    descriptor = written([b"abc", b"", b"de"], final=True)
    with pytest.raises(PermissionError):
        os.ftruncate(descriptor, 1)
    with pytest.raises(PermissionError):
        os.pwrite(descriptor, b"x", 0)
    memory = mapped(descriptor, [3, 0, 2])
    assert [bytes(frame) for frame in frames_of(memory, [3, 0, 2])] == [b"abc", b"", b"de"]
    for lengths in ([3, 3], [5, 5, -5], []):
        with pytest.raises(Unsound):
            mapped(descriptor, lengths)
    os.close(descriptor)


def test_memory_that_can_still_shrink_or_is_a_file_is_not_mapped(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    for descriptor in (os.memfd_create("test", os.MFD_ALLOW_SEALING), os.open(file, os.O_RDWR)):
        os.truncate(descriptor, 5)
        with pytest.raises(Unsound):
            mapped(descriptor, [5])
        os.close(descriptor)
