import os
import sqlite3
import struct
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from nodes.process import missing
from powercutting import recorder
from powercutting.answer import answered
from powercutting.disk import PAGE, SECTOR, Change, Directory, File, Survival, Write, image
from powercutting.examination import Examiner, Recording, chosen
from powercutting.replay import Replay
from powercutting.trace import TraceError, read

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "powercut"
STORAGE = Path("/s/var")
traced = pytest.mark.skipif(
    bool(missing("strace")) or os.geteuid() != 0, reason="needs strace, and root: a gateway forbids tracing"
)


def shown(text):
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def replayed(tmp_path, lines, without=()):
    trace = tmp_path / "trace"
    trace.write_text("\n".join(lines) + "\n")
    replay = Replay(read(trace, STORAGE), STORAGE, frozenset(without))
    moments = [moment.kind for moment in replay.moments()]
    return replay, moments


def left(replay, kind="nothing", seed=0):
    return dict(image(replay.root, Survival(kind, seed)))


def at(path, descriptor=3):
    return f"{descriptor}<{shown(path)}>"


def made(path):
    return f'1 openat(AT_FDCWD<{shown("/")}>, "{shown(path)}", O_WRONLY|O_CREAT, 0600) = 3<{shown(path)}>'


FOLDERS = [f'1 mkdir("{shown(path)}", 0700) = 0' for path in ("/s/var", "/s/var/spool", "/s/var/spool/tmp")]
SERIES = [f'1 mkdir("{shown(path)}", 0700) = 0' for path in ("/s/var/spool/p", "/s/var/spool/p/1")]
STORE = [
    made("/s/var/spool/tmp/a"),
    f'1 write({at("/s/var/spool/tmp/a")}, "{shown("content")}", 7) = 7',
    f"1 fdatasync({at('/s/var/spool/tmp/a')}) = 0",
    f'1 rename("{shown("/s/var/spool/tmp/a")}", "{shown("/s/var/spool/p/1/b")}") = 0',
]
SYNCED = [
    f"1 fsync({at(path)}) = 0"
    for path in ("/s/var/spool/p/1", "/s/var/spool/p", "/s/var/spool", "/s/var", "/s")
]


def test_only_what_is_synced_up_to_the_root_is_there_after_a_power_cut(tmp_path):
    replay, moments = replayed(tmp_path, FOLDERS + SERIES + STORE + SYNCED)
    assert left(replay)["var/spool/p/1/b"] == b"content"
    assert moments.count("sync begins") == moments.count("sync ends") == 6
    assert (moments.count("rename begins"), moments.count("rename ends")) == (1, 1)


@pytest.mark.parametrize("forgotten", range(len(SYNCED)))
def test_a_directory_that_was_not_synced_takes_what_is_in_it(tmp_path, forgotten):
    syncs = [line for number, line in enumerate(SYNCED) if number != forgotten]
    replay, _ = replayed(tmp_path, FOLDERS + SERIES + STORE + syncs)
    assert "var/spool/p/1/b" not in left(replay)
    assert left(replay, "all")["var/spool/p/1/b"] == b"content"


def test_a_file_that_was_not_synced_has_a_name_and_no_content(tmp_path):
    replay, _ = replayed(tmp_path, FOLDERS + SERIES + STORE + SYNCED, ["instance-file"])
    assert left(replay)["var/spool/p/1/b"] == b""


def test_a_sync_covers_what_had_returned_when_it_began(tmp_path):
    path = at("/s/var/spool/tmp/a")
    late = [
        made("/s/var/spool/tmp/a"),
        f'2 pwrite64({path}, "{shown("late")}", 4, 0 <unfinished ...>',
        f"1 fdatasync({path} <unfinished ...>",
        "2 <... pwrite64 resumed>) = 4",
        "1 <... fdatasync resumed>) = 0",
        *(f"1 fsync({at(folder)}) = 0" for folder in ("/s/var/spool/tmp", "/s/var/spool", "/s/var", "/s")),
    ]
    replay, _ = replayed(tmp_path, FOLDERS + late)
    assert left(replay)["var/spool/tmp/a"] == b""


def test_lengths_are_followed(tmp_path):
    path, folders = "/s/var/file", [f"1 fsync({at(folder)}) = 0" for folder in ("/s/var", "/s")]
    calls = [
        made(path),
        f'1 pwrite64({at(path)}, "{shown("content")}", 7, 2) = 7',
        f"1 fallocate({at(path)}, 0, 4, 8) = 0",
        f"1 fsync({at(path)}) = 0",
        f'1 truncate("{shown(path)}", 5) = 0',
        f"1 ftruncate({at(path)}, 6) = 0",
    ]
    replay, _ = replayed(tmp_path, FOLDERS[:1] + calls + folders)
    assert left(replay)["var/file"] == b"\0\0content\0\0\0"
    assert left(replay, "all")["var/file"] == b"\0\0con\0"


def test_a_call_that_cannot_be_followed_is_said(tmp_path):
    call = f"1 copy_file_range({at('/s/var/ledger.sqlite')}, NULL, 4, NULL, 4096, 0) = 4096"
    with pytest.raises(TraceError, match="copy_file_range"):
        replayed(tmp_path, [*FOLDERS, call])


def test_a_renamed_file_has_one_of_its_names_or_both_and_never_none():
    file, old, new = File(bytearray(b"x")), Directory(), Directory()
    given = Change("new", file, 1)
    new.changes = [given]
    old.entries = {"old": file}
    old.changes = [Change("old", None, 1, after=given)]
    root = Directory(entries={"a": old, "b": new})
    found = {
        tuple(name for name, content in image(root, Survival("pages", seed)) if content) for seed in range(50)
    }
    assert found == {("a/old",), ("b/new",), ("a/old", "b/new")}


def test_pages_survive_each_for_itself_and_as_they_were_at_any_moment():
    first, second = Write(0, b"a" * 2 * PAGE), Write(0, b"b" * PAGE)
    file = File(bytearray(b"-" * 2 * PAGE), [first, second])
    found = {file.content(Survival("pages", seed)) for seed in range(200)}
    assert found == {x * PAGE + y * PAGE for x in (b"-", b"a", b"b") for y in (b"-", b"a")}


def test_a_page_is_torn_into_sectors():
    file = File(bytearray(PAGE), [Write(0, b"a" * PAGE)])
    found = [file.content(Survival("sectors", seed)) for seed in range(50)]
    assert any(0 < one.count(b"a") < PAGE for one in found)
    assert all(one.count(b"a") % SECTOR == 0 and len(one) == PAGE for one in found)


def test_the_last_writes_may_survive_without_the_first():
    file = File(bytearray(3 * SECTOR), [Write(number * SECTOR, b"a" * SECTOR) for number in range(3)])
    found = {file.content(Survival("last", seed)).count(b"a") for seed in range(50)}
    assert found == {0, SECTOR, 2 * SECTOR, 3 * SECTOR}
    assert all(file.content(Survival("last", seed)).endswith((b"a", bytes(3 * SECTOR))) for seed in range(50))


def test_a_success_is_found_in_what_is_sent():
    def element(number, value):
        return struct.pack("<HHL", 0, number, len(value)) + value

    def response(field, status):
        command = element(0x100, struct.pack("<H", field)) + element(0x900, struct.pack("<H", status))
        item = b"\x01\x03" + command + element(0x1000, b"1.2.3\0")
        return b"\x04\0" + struct.pack(">LL", len(item) + 4, len(item)) + item

    assert answered(response(0x8001, 0)) == ["1.2.3"]
    assert answered(response(0x8001, 0xA700)) == answered(response(0x0001, 0)) == answered(b"x" * 99) == []


@pytest.fixture(scope="module")
def examined(tmp_path_factory):
    folder = tmp_path_factory.mktemp("powercut")
    recorder.record(folder, 16)
    recording = Recording(folder)
    with closing(Examiner(recording, tmp_path_factory.mktemp("disks"), workers=0)) as examiner:
        yield recording, examiner


@traced
def test_a_power_cut_under_load_loses_nothing_that_was_answered(examined):
    recording, examiner = examined
    assert recording.differences() == []
    assert len(set(recording.answers)) == 16
    numbers = chosen(recording.moments, 4, seed=1)
    verdicts = list(examiner.examine(numbers, Survival.KINDS, seed=1))
    assert len(verdicts) == 24
    assert [verdict for verdict in verdicts if verdict.problems] == []


@traced
@pytest.mark.parametrize("sync", ["instance-file", "ledger-commit", "linkage-commit", "series-directory"])
def test_the_examination_notices_that_a_sync_is_missing(examined, sync):
    recording, examiner = examined
    last = max(moment.number for moment in recording.moments if moment.kind == "answer")
    assert any(verdict.problems for verdict in examiner.examine({last}, ("nothing",), 1, {sync}))


@traced
@pytest.mark.slow
def test_what_a_killed_writer_left_is_on_disk_before_anything_is_answered_from_it(tmp_path):
    program, root = Path(__file__).with_name("killed_writer.py"), SCRIPT.parents[1]
    trace, folder = tmp_path / "trace", tmp_path / "gateway"
    done = subprocess.run(
        [*recorder.strace(trace), sys.executable, str(program), str(folder)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.stdout.splitlines()[-1:] == ["stored"], done.stderr
    replay = Replay(read(trace, folder / "var"), folder / "var")
    list(replay.moments())
    replay.root.entries.update(replay.root.current)  # the folder was made by the test
    disk = tmp_path / "disk"
    for name, content in image(replay.root, Survival("nothing", 0)):
        if content is not None:
            (disk / name).parent.mkdir(parents=True, exist_ok=True)
            (disk / name).write_bytes(content)
    with closing(sqlite3.connect(disk / "var" / "linkage.sqlite")) as linkage:
        assert linkage.execute("SELECT count(*) FROM uid WHERE kind = 'instance'").fetchall() == [(1,)]


@traced
@pytest.mark.slow
def test_two_hundred_disks_lose_nothing_and_no_sync_can_be_left_out(tmp_path):
    for options in (("--states", "40", "--starts", "4"), ("--ablation",)):
        command = [sys.executable, str(SCRIPT), "--folder", str(tmp_path), *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "NOT NOTICED" not in done.stdout
