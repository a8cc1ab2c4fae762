import json
from contextlib import closing
from pathlib import Path

import pydicom
import pytest
from click.testing import CliRunner
from pydicom.data import get_testdata_file
from pynetdicom import AE

from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.part10 import instance_of
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import RecordInstance
from gateway.operate.command.record import command
from gateway.operate.wiring.record import Recorder


@pytest.fixture
def output(tmp_path, write_settings):
    """An output that a gateway with these settings received."""
    core = Deidentifier(Profile.load('base = "basic"\n', "trial.toml"), PseudonymKey(bytes(32)))
    result = core.deidentify(instance_of(Path(get_testdata_file("MR_small.dcm")).read_bytes()))
    treatment = Recorder(core).treatment(result)
    (tmp_path / "var").mkdir()
    with closing(LedgerStore(tmp_path / "var" / "ledger.sqlite")) as store:
        store.begin()
        store.apply(recorded(result, treatment_digest=treatment.digest, treatment=treatment.content))
        store.apply(recorded(result, sop_instance_uid="2.25.1", output_digest="other", input_digest=b"other"))
        store.commit()
    return result


def recorded(result, **changes):
    values = {
        "project": "default",
        "input_digest": b"input",
        "output_digest": "digest",
        "path": "default/1/2.dcm",
        "size": 1,
        "sop_class_uid": result.sop_class_uid,
        "sop_instance_uid": result.sop_instance_uid,
        "series_instance_uid": result.series_instance_uid,
        "study_instance_uid": result.study_instance_uid,
        "transfer_syntax_uid": result.transfer_syntax_uid,
        "attributes": dict(result.attributes),
        "destinations": [],
        "peer": "ct1",
    }
    return RecordInstance(**(values | changes))


def run(uid, settings, *options):
    arguments = [uid, "--settings", str(settings), *options]
    return CliRunner().invoke(command, arguments, standalone_mode=False, env={"COLUMNS": "100"})


def test_programs_get_the_whole_record(output, write_settings):
    (found,) = json.loads(run(output.sop_instance_uid, write_settings(), "--json").stdout)
    assert found["sop_instance_uid"] == output.sop_instance_uid
    assert found["pseudonym"] == output.pseudonym
    assert found["profile"] == "trial"
    assert {"tag": "(0010,0010)", "keyword": "PatientName", "action": "Z", "why": "basic_profile"} in found[
        "elements"
    ]


def test_people_get_a_table(output, write_settings):
    text = run(output.sop_instance_uid, write_settings()).stdout
    assert f"pseudonym            {output.pseudonym}" in text
    assert any(line.startswith("(0010,0010)") and " Z  basic_profile" in line for line in text.splitlines())
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("uid", ["2.25.1", "2.25.2"])
def test_an_instance_without_a_record_is_said(output, write_settings, uid):
    done = run(uid, write_settings())
    assert (done.return_value, done.stdout) == (1, "")
    assert "no record" in done.stderr


def test_a_gateway_that_never_ran_has_no_record(write_settings):
    done = run("2.25.1", write_settings(), "--json")
    assert (done.return_value, json.loads(done.stdout)) == (1, [])


@pytest.mark.flow
def test_what_a_scanner_stores_has_its_record(serve, tmp_path):
    original = pydicom.dcmread(get_testdata_file("MR_small.dcm"))
    gateway = serve().ready()
    entity = AE("CT1")
    entity.add_requested_context(original.SOPClassUID, original.file_meta.TransferSyntaxUID)
    association = entity.associate("127.0.0.1", gateway.port, ae_title="GATEWAY")
    assert association.send_c_store(original).Status == 0
    association.release()
    (stored,) = (gateway.storage / "spool").rglob("*.dcm")
    uid = pydicom.dcmread(stored).SOPInstanceUID
    (found,) = json.loads(run(uid, gateway.settings, "--json").stdout)
    assert found["profile"] == "basic"
    assert "PatientName" in [element.get("keyword") for element in found["elements"]]
    assert str(original.PatientID) not in json.dumps(found)
    assert gateway.stop() == 0
