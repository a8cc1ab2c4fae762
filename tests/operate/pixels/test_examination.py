import stand_in

from gateway.operate.examination import pixel_examination
from gateway.operate.examination.finding import Verdict
from gateway.operate.examination.pixel_examination import pixel_workers_of
from gateway.settings import load

SETTINGS = """
[pixels]
workers = 3
memory_mib = 256
[[project]]
name = "default"
ae_title = "GATEWAY"
profile = "profile.toml"
"""


def found(tmp_path, loader, options='["clean_pixel_data"]'):
    (tmp_path / "profile.toml").write_text(f'base = "basic"\noptions = {options}\n')
    (tmp_path / "gateway.toml").write_text(SETTINGS)
    return list(pixel_workers_of(load(tmp_path / "gateway.toml"), loader))


def test_the_engines_and_the_number_of_workers_are_said(tmp_path):
    (finding,) = found(tmp_path, stand_in.load_two)
    assert (finding.verdict, finding.detail) == (Verdict.OK, "3 workers with rapid 1, tess 2")


def test_one_engine_alone_is_a_warning(tmp_path):
    (finding,) = found(tmp_path, stand_in.load)
    assert finding.verdict is Verdict.WARNING
    assert "a second engine is missing" in finding.detail


def test_masking_is_a_warning(tmp_path):
    (finding,) = found(tmp_path, stand_in.load_none)
    assert finding.verdict is Verdict.WARNING
    assert "nothing is claimed" in finding.detail


def test_a_missing_engine_is_a_failure_that_says_what_is_expected(tmp_path):
    (finding,) = found(tmp_path, stand_in.load_nothing)
    assert (finding.verdict, finding.detail) == (Verdict.FAILED, "pixels: an engine")


def test_nothing_is_said_or_started_where_no_pixels_are_cleaned(tmp_path):
    assert found(tmp_path, stand_in.load_nothing, options="[]") == []


def test_a_kernel_without_landlock_is_a_warning(tmp_path, monkeypatch):
    monkeypatch.setattr(pixel_examination, "landlock_version", lambda: 0)
    assert [finding.verdict for finding in found(tmp_path, stand_in.load_two)] == [
        Verdict.OK,
        Verdict.WARNING,
    ]
