from contextlib import ExitStack

import pytest
from pynetdicom import AE

from gateway.association.requestor import Timeouts
from gateway.errors import SettingsError
from gateway.operate.examination.commitment_examination import commitments
from gateway.operate.examination.finding import Verdict
from gateway.settings import load
from gateway.standard.storage_commitment import SOP_CLASS

VERIFICATION = "1.2.840.10008.1.1"
PROJECT = '[[project]]\nname = "p"\nae_title = "GATEWAY"\nprofile = "p.toml"\n'
QUICK = Timeouts(connect=2.0, associate=2.0, response=2.0, stall=2.0)


@pytest.fixture
def settings(tmp_path):
    """Give a function that loads settings with these keys of one peer."""

    def read(project="", **keys):
        (tmp_path / "p.toml").write_text('base = "basic"\n')
        values = {"name": '"x"', "ae_title": '"X"', "storage_commitment": "true", **keys}
        peer = "".join(f"{key} = {value}\n" for key, value in values.items())
        file = tmp_path / "gateway.toml"
        file.write_text(f"{PROJECT}{project}\n[[peer]]\n{peer}")
        return load(file)

    return read


@pytest.fixture
def archive():
    with ExitStack() as stack:

        def start(*abstract_syntaxes):
            entity = AE(ae_title="X")
            for one in abstract_syntaxes:
                entity.add_supported_context(one)
            server = entity.start_server(("127.0.0.1", 0), block=False)
            stack.callback(server.shutdown)
            return server.server_address[1]

        yield start


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ({"roles": '["researcher"]', "projects": '["p"]'}, "storage_commitment: expected false"),
        ({"roles": '["modality"]', "insecure_peer": "true"}, "host: expected ae_title, host and port"),
        ({"roles": '["modality"]', "host": '"h"'}, "port: expected a port"),
    ],
)
def test_what_cannot_work_stops_the_start(settings, keys, fault):
    with pytest.raises(SettingsError, match=fault):
        settings(**keys)


def found(settings):
    return [(one.subject, one.verdict, one.detail) for one in commitments(settings, QUICK)]


def test_an_archive_is_asked_whether_it_offers_the_service(settings, archive):
    def of(port):
        keys = {"roles": '["archive"]', "host": '"127.0.0.1"', "port": port}
        ((subject, verdict, detail),) = found(settings('destinations = ["x"]', **keys))
        assert subject == "storage commitment of x"
        return verdict, detail

    assert of(archive(SOP_CLASS)) == (Verdict.OK, "offered; reports come to GATEWAY")
    assert of(archive(VERIFICATION)) == (
        Verdict.FAILED,
        "not offered: what is forwarded would wait for it for ever",
    )
    assert of(1)[0] is Verdict.FAILED


@pytest.mark.parametrize(("project", "never"), [("", ""), ("keep_days = 5.0", "; never given for p: ")])
def test_it_is_said_what_a_modality_is_promised(settings, project, never):
    addresses = '["127.0.0.1"]'
    keys = {"roles": '["modality"]', "host": '"127.0.0.1"', "port": 104, "addresses": addresses}
    ((subject, verdict, detail),) = found(settings(project, **keys))
    assert (subject, verdict) == ("storage commitment for x", Verdict.WARNING)
    assert "the de-identified derivative only, never the original" in detail
    assert (never in detail) if never else detail.endswith("original")
