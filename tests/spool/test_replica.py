import pytest

from gateway.errors import StorageError
from gateway.spool.replica import Copied, replicate


@pytest.fixture
def source(tmp_path):
    made = tmp_path / "spool"
    (made / "default" / "2.25.1").mkdir(parents=True)
    for name in ("a", "b"):
        (made / "default" / "2.25.1" / name).write_bytes(name.encode() * 10)
    return made


FILES = ["default/2.25.1/a", "default/2.25.1/b"]


def test_what_is_new_is_copied_for_its_owner_only(source, tmp_path):
    target = tmp_path / "backup" / "spool"
    target.parent.mkdir()
    assert replicate(source, target, FILES) == Copied(2, 20, 0)
    assert (target / FILES[1]).read_bytes() == b"b" * 10
    assert not any(path.stat().st_mode & 0o077 for path in (target, *target.rglob("*")))
    (source / "default" / "2.25.1" / "c").write_bytes(b"c")
    assert replicate(source, target, [*FILES, "default/2.25.1/c"]) == Copied(1, 1, 2)


def test_a_copy_that_was_cut_is_made_again(source, tmp_path):
    target = tmp_path / "backup"
    replicate(source, target, FILES)
    (target / FILES[0]).write_bytes(b"a")
    assert replicate(source, target, FILES) == Copied(1, 10, 1)
    assert (target / FILES[0]).read_bytes() == b"a" * 10


def test_a_file_that_goes_meanwhile_is_left_out(source, tmp_path):
    (source / FILES[0]).unlink()
    assert replicate(source, tmp_path / "backup", FILES) == Copied(1, 10, 0)


def test_a_target_that_is_no_directory_is_an_error(source, tmp_path):
    (tmp_path / "backup").write_bytes(b"")
    with pytest.raises(StorageError):
        replicate(source, tmp_path / "backup", FILES)
