from __future__ import annotations

import errno
import os
import secrets
import stat
import struct
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway.errors import OutOfResources, Reason, Refused, SealBroken, SyncFailed
from gateway.spool import sealed_file
from gateway.spool.quarantine import PURPOSE, Quarantine, QuarantineFiles
from gateway.spool.room import Room
from gateway.spool.sealed_file import FileSealer

PIECE = 64
NAME = b"Schmidt^Wilhelmine"
PLACE = {"project": "default", "reason": "residual"}
HIDDEN = {"sop_instance_uid": "1.2.3.4711", "peer": "ct1"}
LENGTH = struct.Struct(">I")


@pytest.fixture(autouse=True)
def _short_pieces(monkeypatch):
    monkeypatch.setattr(sealed_file, "PIECE", PIECE)


@pytest.fixture
def sealer():
    return FileSealer("0123456789abcdef", b"k" * 32, PURPOSE)


@pytest.fixture
def quarantine(tmp_path, sealer):
    return Quarantine(tmp_path, sealer, min_free_bytes=0)


def path_of(tmp_path: Path, name: str) -> Path:
    return tmp_path / "quarantine" / name


def frames(content: bytes) -> list[bytes]:
    """Magic, header and pieces of a sealed file, each as it stands there."""
    found, at = [content[: (at := content.index(b"\n") + 1)]], at
    while at < len(content):
        end = at + LENGTH.size + LENGTH.unpack_from(content, at)[0]
        found.append(content[at:end])
        at = end
    return found


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 10 * PIECE + 7])
def test_what_is_kept_comes_back_whole(quarantine, size):
    data_set = secrets.token_bytes(size)
    name = quarantine.keep(PLACE, HIDDEN, memoryview(data_set))
    file, found = quarantine.read(name, longest=size)
    assert found == data_set
    assert file.hidden == HIDDEN
    assert file.place == {**PLACE, "file": name}


def test_nothing_of_it_is_on_the_disk_in_clear(quarantine, tmp_path):
    quarantine.keep(PLACE, HIDDEN, NAME * 100)
    (path,) = (tmp_path / "quarantine").iterdir()
    content = path.read_bytes()
    assert NAME not in content
    assert b"1.2.3.4711" not in content
    assert b"ct1" not in content
    assert b"residual" in content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_same_instance_is_never_sealed_alike(quarantine, tmp_path):
    names = {quarantine.keep(PLACE, HIDDEN, NAME) for _ in range(2)}
    first, second = (path_of(tmp_path, name).read_bytes() for name in names)
    assert not set(frames(first)[1:]) & set(frames(second)[1:])


def test_the_lengths_of_names_do_not_show(quarantine, tmp_path):
    for uid in ("1.2", "1.2.840.10008." + "9" * 40):
        quarantine.keep(PLACE, {**HIDDEN, "sop_instance_uid": uid}, NAME)
    assert len({path.stat().st_size for path in (tmp_path / "quarantine").iterdir()}) == 1


def moved(pieces):
    return [*pieces[:3], pieces[4], pieces[3], *pieces[5:]]


def header_of_another(pieces):
    other = FileSealer("0123456789abcdef", b"k" * 32, PURPOSE)
    return [*list(other.pieces(PLACE, HIDDEN, [memoryview(NAME * 20)]))[:2], *pieces[2:]]


def flipped(pieces, index, at=-1):
    changed = bytearray(pieces[index])
    changed[at] ^= 1
    return [*pieces[:index], bytes(changed), *pieces[index + 1 :]]


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(lambda pieces: pieces[:-1], id="cut between two pieces"),
        pytest.param(lambda pieces: pieces[:3], id="cut behind the first piece"),
        pytest.param(lambda pieces: pieces[:2], id="cut behind the header"),
        pytest.param(lambda pieces: pieces[:1], id="cut behind the magic"),
        pytest.param(lambda pieces: [], id="empty"),
        pytest.param(lambda pieces: [*pieces[:-1], pieces[-1][:-1]], id="cut in a piece"),
        pytest.param(lambda pieces: [*pieces[:-1], pieces[-1][:3]], id="cut in a length"),
        pytest.param(moved, id="pieces in another order"),
        pytest.param(lambda pieces: [*pieces[:3], *pieces[4:]], id="a piece left out"),
        pytest.param(lambda pieces: [*pieces[:4], pieces[3], *pieces[4:]], id="a piece twice"),
        pytest.param(lambda pieces: [*pieces, pieces[-1]], id="something behind the end"),
        pytest.param(lambda pieces: flipped(pieces, 3), id="a piece changed"),
        pytest.param(lambda pieces: flipped(pieces, -1), id="the last piece changed"),
        pytest.param(lambda pieces: flipped(pieces, 1, 20), id="the header changed"),
        pytest.param(lambda pieces: flipped(pieces, 3, 0), id="a length changed"),
        pytest.param(header_of_another, id="the header of another file"),
        pytest.param(
            lambda pieces: [pieces[0], pieces[1].replace(b"residual", b"modified"), *pieces[2:]],
            id="another reason",
        ),
    ],
)
def test_whatever_is_done_to_a_file_is_noticed(quarantine, tmp_path, attack):
    name = quarantine.keep(PLACE, HIDDEN, NAME * 20)
    path = path_of(tmp_path, name)
    path.write_bytes(b"".join(attack(frames(path.read_bytes()))))
    with pytest.raises(SealBroken):
        quarantine.read(name, longest=1 << 20)


def test_a_file_in_the_place_of_another_is_noticed(quarantine, tmp_path):
    first, second = (quarantine.keep(PLACE, HIDDEN, NAME) for _ in range(2))
    path_of(tmp_path, first).replace(path_of(tmp_path, second))
    with pytest.raises(SealBroken, match="place of another"):
        quarantine.read(second, longest=1000)


@pytest.mark.parametrize(
    "other",
    [
        FileSealer("fedcba9876543210", b"k" * 32, PURPOSE),
        FileSealer("0123456789abcdef", b"o" * 32, PURPOSE),
        FileSealer("0123456789abcdef", b"k" * 32, "another purpose"),
    ],
    ids=["key id", "key", "purpose"],
)
def test_another_key_opens_nothing(quarantine, tmp_path, other):
    name = quarantine.keep(PLACE, HIDDEN, NAME)
    with pytest.raises(SealBroken):
        Quarantine(tmp_path, other, min_free_bytes=0).read(name, longest=1000)


def test_a_key_that_is_named_is_shown_without_what_moves_a_cursor(sealer):
    file = BytesIO(b"".join(FileSealer("\x1b[31m", b"k" * 32, PURPOSE).pieces({}, {}, [])))
    with pytest.raises(SealBroken) as raised:
        sealer.open(file)
    assert "\x1b" not in str(raised.value)


def test_what_is_larger_than_accepted_is_not_taken_into_memory(quarantine):
    name = quarantine.keep(PLACE, HIDDEN, bytes(10 * PIECE))
    with pytest.raises(Refused, match="max_instance_mib") as raised:
        quarantine.read(name, longest=PIECE)
    assert raised.value.reason is Reason.TOO_LARGE


def test_only_the_first_piece_is_read_for_what_is_hidden(quarantine, tmp_path):
    name = quarantine.keep(PLACE, HIDDEN, bytes(10 * PIECE))
    path = path_of(tmp_path, name)
    path.write_bytes(path.read_bytes()[:-1])
    with quarantine.opened(name) as file:
        assert file.hidden == HIDDEN


def test_a_file_is_complete_and_synced_before_it_has_its_name(quarantine, tmp_path, monkeypatch):
    steps = []
    rename = Path.rename

    def named(descriptor):
        return Path(f"/proc/self/fd/{descriptor}").readlink().name[32:] or "directory"

    for call in ("fdatasync", "fsync"):
        monkeypatch.setattr(os, call, lambda descriptor: steps.append(f"sync {named(descriptor)}"))

    def renamed(path, target):
        steps.append(f"rename {path.name[32:]}")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", renamed)
    (tmp_path / "quarantine").mkdir()
    quarantine.keep(PLACE, HIDDEN, NAME)
    assert steps == ["sync .sealed.part", "rename .sealed.part", "sync directory"]


@pytest.mark.parametrize(
    ("call", "code", "error"),
    [
        ("gateway.spool.durable.os.writev", errno.ENOSPC, OutOfResources),
        ("os.fdatasync", errno.EIO, SyncFailed),
        ("os.fsync", errno.EIO, SyncFailed),
    ],
)
def test_a_failure_leaves_nothing_and_names_nothing(quarantine, tmp_path, monkeypatch, call, code, error):
    (tmp_path / "quarantine").mkdir()

    def fail(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(call, fail)
    with pytest.raises(error) as raised:
        quarantine.keep(PLACE, HIDDEN, NAME)
    assert list((tmp_path / "quarantine").iterdir()) == []
    assert str(tmp_path) not in str(raised.value)


def test_below_the_watermark_nothing_is_kept(tmp_path, sealer):
    with pytest.raises(OutOfResources, match="free space"):
        Quarantine(tmp_path, sealer, min_free_bytes=1 << 60).keep(PLACE, HIDDEN, NAME)


def test_the_last_room_is_for_what_is_accepted(tmp_path, sealer, monkeypatch):
    disk = SimpleNamespace(f_frsize=4096, f_bavail=4000, f_files=10_000_000, f_favail=20_000)
    monkeypatch.setattr("gateway.spool.room.os.statvfs", lambda _: disk)
    min_free = 1000 * 4096
    files, spool = Quarantine(tmp_path, sealer, min_free_bytes=min_free), Room(tmp_path, min_free)
    files.keep(PLACE, HIDDEN, NAME)
    disk.f_bavail = 2000
    with pytest.raises(OutOfResources, match="free space"):
        files.keep(PLACE, HIDDEN, NAME)
    disk.f_bavail, disk.f_favail = 4000, 19_999
    with pytest.raises(OutOfResources, match="free inodes"):
        files.keep(PLACE, HIDDEN, NAME)
    disk.f_bavail = 2000
    spool.require(4096)


def test_a_lost_file_is_said(quarantine, tmp_path):
    name = quarantine.keep(PLACE, HIDDEN, NAME)
    assert quarantine.holds(name)
    quarantine.remove(name)
    quarantine.remove(name)
    assert not quarantine.holds(name)
    with pytest.raises(SealBroken, match="lost"):
        quarantine.read(name, longest=1000)


def test_only_the_name_of_a_sealed_file_leads_to_one(quarantine, tmp_path):
    (tmp_path / "secret").write_text("x")
    for name in ("../secret", "/etc/passwd", "", "a.sealed", "0" * 32 + ".sealed.part"):
        with pytest.raises(SealBroken):
            quarantine.read(name, longest=1000)
        with pytest.raises(SealBroken):
            quarantine.remove(name)


def test_a_sweep_removes_what_is_unfinished_or_has_no_row_and_nothing_else(quarantine, tmp_path):
    kept, orphan = (quarantine.keep(PLACE, HIDDEN, NAME) for _ in range(2))
    unfinished = path_of(tmp_path, "0" * 32 + ".sealed.part")
    foreign = path_of(tmp_path, "note.txt")
    for path in (unfinished, foreign):
        path.write_bytes(b"")
    assert QuarantineFiles(tmp_path).sweep({kept}) == 2
    assert {path.name for path in (tmp_path / "quarantine").iterdir()} == {kept, "note.txt"}
    assert not quarantine.holds(orphan)


def test_without_a_quarantine_there_is_no_folder_and_nothing_to_sweep(tmp_path):
    assert QuarantineFiles(tmp_path).sweep(()) == 0
    assert list(tmp_path.iterdir()) == []
