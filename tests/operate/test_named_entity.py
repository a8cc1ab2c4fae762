import importlib.util
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file

from gateway.deidentify.profile import Profile
from gateway.errors import Reason, Refused, SettingsError
from gateway.operate.wiring.named_entity import GuardedFinder, finders_of, version_of

BAD_SPANS = ["beyond_the_end", "before_the_start", "empty", "no_spans", "endless", "failing", "exiting"]


@pytest.fixture(autouse=True)
def plug_in(monkeypatch):
    specification = importlib.util.spec_from_file_location("plug_in", Path(__file__).parent / "plug_in.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    module.install(monkeypatch, module)
    return module


def profile(name):
    return Profile.load(
        f'base = "basic"\noptions = ["clean_descriptors"]\nnamed_entities = "{name}"\n', "p.toml"
    )


def finder(name, model=None):
    (found,) = finders_of(profile(name), model, "p.toml")
    return found


def test_a_profile_without_a_plug_in_has_no_finder():
    plain = Profile.load('base = "basic"\n', "p.toml")
    assert finders_of(plain, None, "p.toml") == ()
    assert version_of(plain) == ""


def test_the_plug_in_gets_the_local_model_and_finds(tmp_path):
    (tmp_path / "model.txt").write_text("Quibble\n")
    assert finder("invented_names", tmp_path / "model.txt")("chest of QUIBBLE") == [(9, 16)]
    assert finder("invented_names")("Zzyx and zzyx") == [(0, 4), (9, 13)]


def test_an_unknown_name_says_what_is_installed():
    with pytest.raises(
        SettingsError, match=r"p\.toml: named_entities: .*installed: .*failing.*invented_names"
    ):
        finders_of(profile("nonesuch"), None, "p.toml")


@pytest.mark.parametrize(
    ("name", "said"),
    [("missing", "ModuleNotFoundError"), ("no_model", "needs a model"), ("no_finder", "factory")],
)
def test_a_plug_in_that_does_not_load_stops_the_start(name, said):
    with pytest.raises(SettingsError, match=said):
        finders_of(profile(name), None, "p.toml")


def test_a_model_that_is_not_there_stops_the_start(tmp_path):
    with pytest.raises(SettingsError, match="there is none"):
        finders_of(profile("invented_names"), tmp_path / "model.bin", "p.toml")


@pytest.mark.parametrize("name", BAD_SPANS)
def test_what_a_finder_does_wrong_refuses_and_quotes_nothing(name):
    with pytest.raises(Refused) as caught:
        finder(name)("Quibble^Quentin")
    assert caught.value.reason is Reason.PROFILE
    assert "Quibble" not in str(caught.value)
    assert caught.value.__context__ is None


def test_spans_are_in_order_and_there_once():
    assert GuardedFinder(lambda text: [(4, 6), (0, 2), (4, 6)])("abcdef") == [(0, 2), (4, 6)]


@pytest.mark.parametrize("name", BAD_SPANS)
def test_an_instance_is_refused_when_the_finder_fails(name):
    with pytest.raises(Refused):
        core(name).deidentify(instance("Chest"))


def test_what_the_finder_finds_goes_even_when_the_vocabulary_has_it(tmp_path):
    (tmp_path / "names.txt").write_text("chest\n")
    assert described(core("invented_names", tmp_path / "names.txt"), "Chest routine") == "routine"
    assert described(core("invented_names"), "Chest routine") == "Chest routine"


def core(name, model=None):
    from gateway.deidentify.deidentifier import Deidentifier
    from gateway.deidentify.pseudonym import PseudonymKey

    found = profile(name)
    return Deidentifier(found, PseudonymKey(bytes(32)), finders=finders_of(found, model, "p.toml"))


def instance(description):
    from io import BytesIO

    from gateway.deidentify.part10 import instance_of

    data_set = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    data_set.SeriesDescription = description
    file = BytesIO()
    data_set.save_as(file)
    return instance_of(file.getvalue())


def described(deidentifier, description):
    from io import BytesIO

    output = deidentifier.deidentify(instance(description))
    return pydicom.dcmread(BytesIO(b"".join(output.buffers))).SeriesDescription
