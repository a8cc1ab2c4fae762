from __future__ import annotations

import errno
import hashlib
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import gateway
from gateway.errors import OutOfResources, Refused, SyncFailed
from gateway.spool.spool import Spool

UIDS = ("2.25.1", "2.25.2")
CONTENT = [b"preamble", memoryview(b"xxdata setxx")[2:10], b""]


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path, min_free_bytes=0)


def everything(directory: Path) -> list[str]:
    return sorted(
        str(path.relative_to(directory / "spool")) for path in directory.rglob("*") if path.is_file()
    )


def failing(code):
    def fail(*_):
        raise OSError(code, os.strerror(code))

    return fail


def test_a_published_file_holds_the_buffers_in_order(tmp_path, spool):
    with spool.stage("default", *UIDS, CONTENT) as staged:
        assert staged.size == 16
        assert staged.digest == hashlib.sha256(b"preambledata set").hexdigest()[:32]
        assert staged.path == f"default/2.25.1/2.25.2.{staged.digest}.dcm"
        assert list(spool.files()) == []
        staged.publish()
    assert spool.path(staged.path).read_bytes() == b"preambledata set"
    assert list(spool.files()) == [staged.path]
    assert everything(tmp_path) == [staged.path]


def test_a_file_is_held_from_its_publication_to_its_loss(spool):
    with spool.stage("default", *UIDS, CONTENT) as staged:
        assert not spool.holds(staged.path)
        staged.publish()
    assert spool.holds(staged.path)
    spool.path(staged.path).unlink()
    assert not spool.holds(staged.path)


def test_a_project_is_empty_until_a_file_of_it_is_published(spool):
    with spool.stage("default", *UIDS, CONTENT) as staged:
        assert spool.is_empty("default")
        staged.publish()
    assert not spool.is_empty("default")
    assert spool.is_empty("other")


def test_only_the_owner_can_read_files_and_directories(tmp_path, spool):
    with spool.stage("default", *UIDS, CONTENT) as staged:
        staged.publish()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*") if path.is_dir()}
    assert modes == {0o700}
    assert stat.S_IMODE(spool.path(staged.path).stat().st_mode) == 0o600


def test_what_is_not_published_leaves_nothing(tmp_path, spool):
    with spool.stage("default", *UIDS, CONTENT):
        assert len(everything(tmp_path)) == 1
    with pytest.raises(KeyboardInterrupt), spool.stage("default", *UIDS, CONTENT):
        raise KeyboardInterrupt
    assert everything(tmp_path) == []


def test_a_staged_file_is_published_once(spool):
    staged = spool.stage("default", *UIDS, CONTENT)
    staged.publish()
    staged.discard()
    with pytest.raises(ValueError):
        staged.publish()
    assert spool.path(staged.path).exists()


def test_the_same_content_again_replaces_itself(spool):
    for _ in range(2):
        with spool.stage("default", *UIDS, CONTENT) as staged:
            staged.publish()
    assert list(spool.files()) == [staged.path]


def test_more_buffers_than_one_call_takes_are_written(spool):
    pieces = [bytes([number % 256]) * (number % 3) for number in range(5000)]
    with spool.stage("default", *UIDS, pieces) as staged:
        staged.publish()
    assert spool.path(staged.path).read_bytes() == b"".join(pieces)


def test_a_write_that_takes_only_a_part_goes_on_with_the_rest(spool, monkeypatch):
    def writev(descriptor, buffers):
        return os.write(descriptor, b"".join(buffers)[:5])

    monkeypatch.setattr("gateway.spool.durable.os.writev", writev)
    pieces = [b"abc", b"", b"defgh", b"i" * 23]
    with spool.stage("default", *UIDS, pieces) as staged:
        staged.publish()
    assert spool.path(staged.path).read_bytes() == b"".join(pieces)


def test_the_file_is_synced_before_it_has_its_name_and_the_directories_after(spool, monkeypatch, tmp_path):
    steps: list[str] = []

    def name_of(descriptor):
        path = Path(f"/proc/self/fd/{descriptor}").readlink().relative_to(tmp_path)
        return "temporary" if "tmp" in path.parts else str(path)

    for call in ("fdatasync", "fsync"):
        monkeypatch.setattr(os, call, lambda descriptor: steps.append(name_of(descriptor)))
    rename = Path.rename

    def observed(self, target):
        steps.append("rename")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", observed)
    for _ in range(2):
        with spool.stage("default", *UIDS, CONTENT) as staged:
            staged.publish()
    first = ["temporary", "spool", "spool/default", "rename", "spool/default/2.25.1"]
    assert steps == [*first, "temporary", "rename", "spool/default/2.25.1"]


def test_a_directory_made_by_another_process_is_synced_all_the_same(spool, monkeypatch, tmp_path):
    (tmp_path / "spool" / "default" / "2.25.1").mkdir(parents=True)
    synced: list[str] = []
    monkeypatch.setattr("gateway.spool.spool.sync_directory", lambda directory: synced.append(directory.name))
    with spool.stage("default", *UIDS, CONTENT) as staged:
        staged.publish()
    assert synced == ["spool", "default", "2.25.1"]


def test_a_series_directory_that_was_removed_is_made_again(spool, tmp_path):
    for _ in range(2):
        with spool.stage("default", *UIDS, CONTENT) as staged:
            staged.publish()
        spool.path(staged.path).unlink()
        spool.path(staged.path).parent.rmdir()
    with spool.stage("default", *UIDS, CONTENT) as staged:
        staged.publish()
    assert spool.path(staged.path).exists()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("call", ["writev", "fdatasync"])
def test_a_full_disk_is_momentary_and_leaves_nothing(spool, tmp_path, monkeypatch, call, code):
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing(code))
        with pytest.raises(OutOfResources, match=errno.errorcode[code]):
            spool.stage("default", *UIDS, CONTENT)
    assert everything(tmp_path) == []
    assert not spool.failed
    spool.stage("default", *UIDS, CONTENT).discard()


def test_below_the_watermark_nothing_is_written(tmp_path):
    free = os.statvfs(tmp_path)
    spool = Spool(tmp_path, min_free_bytes=free.f_bavail * free.f_frsize * 2)
    with pytest.raises(OutOfResources, match="free space"):
        spool.stage("default", *UIDS, CONTENT)
    assert everything(tmp_path) == []


def test_a_failed_sync_closes_the_spool_until_a_probe_succeeds(spool, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", failing(errno.EIO))
        for _ in range(2):
            with pytest.raises(SyncFailed, match="EIO"):
                spool.stage("default", *UIDS, CONTENT)
            assert spool.failed
        assert everything(tmp_path) == []
    with spool.stage("default", *UIDS, CONTENT) as staged:
        staged.publish()
    assert not spool.failed
    assert everything(tmp_path) == [staged.path]


def test_a_failed_sync_is_not_repeated_on_the_same_file(spool, monkeypatch):
    synced: list[int] = []

    def fail(descriptor):
        synced.append(os.fstat(descriptor).st_size)
        raise OSError(errno.EIO, "")

    monkeypatch.setattr(os, "fdatasync", fail)
    for _ in range(2):
        with pytest.raises(SyncFailed):
            spool.stage("default", *UIDS, CONTENT)
    assert synced == [16, 4096]


def test_a_failed_directory_sync_closes_the_spool(spool, monkeypatch):
    with spool.stage("default", *UIDS, CONTENT) as staged, monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(errno.EIO))
        with pytest.raises(SyncFailed):
            staged.publish()
        assert spool.failed
        with pytest.raises(SyncFailed):
            spool.stage("default", *UIDS, CONTENT)
    with spool.stage("default", *UIDS, CONTENT) as staged:
        staged.publish()
    assert list(spool.files()) == [staged.path]


def test_an_error_names_no_file(spool, monkeypatch):
    monkeypatch.setattr(Path, "rename", failing(errno.EACCES))
    with spool.stage("default", *UIDS, CONTENT) as staged, pytest.raises(SyncFailed) as caught:
        staged.publish()
    assert str(caught.value) == "spool: EACCES"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("uid", ["", "..", ".", "1/2", "2.25.1\n", "1.", "2.25.\u0661", "1" * 65, "a"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_uid_that_is_none_is_refused(spool, tmp_path, uid, place):
    uids = list(UIDS)
    uids[place] = uid
    with pytest.raises(Refused):
        spool.stage("default", *uids, CONTENT)
    assert everything(tmp_path) == []


@pytest.mark.parametrize("project", ["", "tmp", "TMP", "..", "a/b", ".hidden", "-x", "a\0b", "p" * 65])
def test_a_project_that_cannot_name_a_directory_is_an_error(spool, project):
    with pytest.raises(ValueError):
        spool.stage(project, *UIDS, CONTENT)


@pytest.mark.parametrize(
    "relative",
    ["../x", "/etc/passwd", "default/2.25.1/x", f"tmp/1/1.{'0' * 32}.dcm", f"a/../1.{'0' * 32}.dcm", ""],
)
def test_only_the_path_of_a_spool_file_is_resolved(spool, relative):
    with pytest.raises(ValueError):
        spool.path(relative)


def test_foreign_files_are_not_listed(spool, tmp_path):
    with spool.stage("default", *UIDS, CONTENT) as staged:
        staged.publish()
    for name in ("default/note.txt", "default/2.25.1/note.txt", "note.txt", "lost+found/2.25.1/x.dcm"):
        path = tmp_path / "spool" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(b"")
    assert list(spool.files()) == [staged.path]


def test_threads_publish_into_one_series(spool):
    def store(number):
        with spool.stage("default", "2.25.1", f"2.25.2.{number}", [b"%d" % number]) as staged:
            staged.publish()
        return staged.path

    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(store, range(100)))
    assert sorted(spool.files()) == sorted(paths)


KILLED = """
import os, sys
from pathlib import Path
from gateway.spool.spool import Spool
spool = Spool(Path(sys.argv[1]), min_free_bytes=0)
with spool.stage("default", "2.25.1", "2.25.2", [b"complete"]) as staged:
    staged.publish()
spool.stage("default", "2.25.1", "2.25.3", [b"unfinished"])
os.kill(os.getpid(), 9)
"""


def test_after_a_kill_complete_files_stay_and_unfinished_ones_are_swept(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(Path(gateway.__file__).parent.parent)}
    process = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, env=environment)
    assert process.returncode == -9
    spool = Spool(tmp_path, min_free_bytes=0)
    assert len(everything(tmp_path)) == 2
    assert spool.sweep() == 1
    (complete,) = spool.files()
    assert everything(tmp_path) == [complete]
    assert spool.path(complete).read_bytes() == b"complete"
    assert spool.sweep() == 0
