import os
from pathlib import Path

import pytest

from gateway.errors import SettingsError
from gateway.operate.wiring import profile_file
from gateway.operate.wiring.profile_file import load_profile

CLEAN = 'base = "basic"\noptions = ["clean_descriptors", "retain_safe_private"]\n'


@pytest.fixture
def write(tmp_path):
    def write(text, name="site.toml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_lists_are_read_beside_the_profile(write, tmp_path, monkeypatch):
    (tmp_path / "lists").mkdir()
    write("zork # a coil\n", "lists/words.txt")
    monkeypatch.chdir("/")
    found = load_profile(write(CLEAN + 'vocabulary = ["lists/words.txt"]\n'))
    assert found.name == "site"
    assert found.words == {"zork"}


def test_a_list_may_have_an_absolute_path(write):
    words = write("zork\n", "words.txt")
    assert load_profile(write(CLEAN + f'vocabulary = ["{words}"]\n')).words == {"zork"}


def test_a_change_of_a_list_changes_the_fingerprint(write):
    site = write(CLEAN + 'vocabulary = ["words.txt"]\n')
    write("zork\n", "words.txt")
    before = load_profile(site).fingerprint
    write("zork frotz\n", "words.txt")
    assert load_profile(site).fingerprint != before


def test_a_list_that_is_not_there_is_named_with_its_key(write, tmp_path):
    with pytest.raises(SettingsError) as caught:
        load_profile(write(CLEAN + 'private_attributes = ["private.csv"]\n'))
    assert caught.value.key == "private_attributes"
    assert str(tmp_path / "private.csv") in str(caught.value)
    assert "site.toml" in caught.value.file


def test_a_profile_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        load_profile(tmp_path / "nowhere.toml")


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_only_a_file_is_read(write, tmp_path, kind):
    path = tmp_path / "words.txt"
    make = {
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
        "device": lambda: path.symlink_to("/dev/zero"),
    }
    make[kind]()
    with pytest.raises(SettingsError, match="vocabulary"):
        load_profile(write(CLEAN + 'vocabulary = ["words.txt"]\n'))


def test_a_list_that_is_too_large_or_no_text_is_refused(write, tmp_path, monkeypatch):
    monkeypatch.setattr(profile_file, "MAX_LIST_BYTES", 1 << 20)
    site = write(CLEAN + 'vocabulary = ["words.txt"]\n')
    (tmp_path / "words.txt").write_bytes(b"a\n" * (1 << 19) + b"b")
    with pytest.raises(SettingsError, match="at most 1 MiB"):
        load_profile(site)
    (tmp_path / "words.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="UTF-8"):
        load_profile(site)


def test_a_name_that_no_file_can_have_is_refused(write):
    with pytest.raises(SettingsError):
        load_profile(write(CLEAN + 'vocabulary = ["a\\u0000b"]\n'))


def test_every_shipped_profile_loads():
    from gateway.operate.offline.offline import _PROFILES

    files = sorted(_PROFILES[1].glob("*.toml"))
    assert {file.stem for file in files} >= {"basic_dates", "research"}
    for file in files:
        load_profile(file)


RULES = 'base = "basic"\noptions = ["clean_pixel_data"]\n[pixels]\ndevice_rules = ["devices.toml"]\n'


def test_a_list_of_device_rules_that_is_not_there_is_named_with_its_key(write):
    site = write(
        'base = "basic"\noptions = ["clean_pixel_data"]\n[pixels]\ndevice_rules = ["devices.toml"]\n'
    )
    with pytest.raises(SettingsError) as raised:
        load_profile(site)
    assert raised.value.key == "pixels.device_rules"


def test_the_shipped_rules_of_devices_load(write, tmp_path):
    shipped = Path(__file__).parents[2] / "config" / "pixels" / "devices.toml"
    (tmp_path / "devices.toml").write_text(shipped.read_text())
    site = write(
        'base = "basic"\noptions = ["clean_pixel_data"]\n[pixels]\ndevice_rules = ["devices.toml"]\n'
    )
    assert load_profile(site).device_rules == ()
