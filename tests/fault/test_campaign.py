import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from campaigning import upper_layer as ul
from campaigning.archive import Archive
from campaigning.examination import Examination
from campaigning.injection.kill_board import STEPS, Board
from campaigning.leak import NEEDLES, found_in, leaks
from campaigning.patients import PATIENTS, ROOT, original
from campaigning.plan import Victims, plan
from campaigning.sender import Book

TREE = Path(__file__).resolve().parents[2]


def campaign(folder, *arguments):
    """Run scripts/campaign; return its exit code, its table for programs, and what it printed."""
    table = folder / "table.json"
    options = ["--folder", str(folder / "work"), "--json", str(table), *arguments]
    done = subprocess.run(
        [sys.executable, str(TREE / "scripts" / "campaign"), *options],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    found = json.loads(table.read_text()) if table.exists() else {}
    return done.returncode, found, done.stdout + done.stderr


def test_kills_at_every_step_and_of_every_process_under_load_lose_and_leak_nothing(tmp_path):
    code, table, printed = campaign(tmp_path, "--kills", "24", "--per-step", "1")
    assert (code, table.get("wrong")) == (0, []), printed
    assert (table["lost"], table["leaked"], table["orphans"]) == (0, 0, 0)
    assert table["answered"] == table["delivered"] > table["kills"] >= 24
    assert [step for step in STEPS if not table["by_step"][step]] == []
    assert {"fork server", "supervisor", "everything"} <= table["by_step"]["at a random moment"].keys()
    killed = {process for counts in table["by_step"].values() for process in counts}
    assert {"ledger", "receiver", "forwarder", "pixels"} <= killed
    assert not (tmp_path / "work").exists()


# ---------------------------------------------------------------- the campaign can fail

LATER = """
import threading as _threading

def _later(function, *arguments):
    _threading.Timer(0.3, function, arguments).start()
"""
SABOTAGE = {
    "answered from a queue in memory": (
        "receive/reception.py",
        """
import dataclasses as _dataclasses

def _store(self, instance, peer, project, *_, _now=Reception.store):
    copy = _dataclasses.replace(instance, data_set=bytes(instance.data_set))
    _later(_now, self, copy, peer, project)
    return Receipt(Outcome.STORED)

Reception.store = _store
""",
        "lost",
    ),
    "answered before the ledger commits": (
        "ledger/client.py",
        """
from gateway.ledger.message import Outcome as _Outcome

def _call(self, message, timeout=20.0, _now=LedgerClient.call):
    if type(message).__name__ != "RecordInstance":
        return _now(self, message, timeout)
    _later(_now, self, message, timeout)
    return _Outcome.STORED

LedgerClient.call = _call
""",
        "lost",
    ),
    "an original in the log": (
        "receive/reception.py",
        """
def _store(self, instance, *rest, _quietly=Reception.store):
    print(bytes(instance.data_set[:600]), flush=True)
    return _quietly(self, instance, *rest)

Reception.store = _store
""",
        "leaked",
    ),
    "children that outlive the supervisor": (
        "operate/supervision/process.py",
        """
def _prctl(option, value):
    pass

import gateway.operate.supervision.control as _control

_receive = _control.Channel.receive

def _received(self):
    while (received := _receive(self)) is None and self._socket.getblocking():
        _threading.Event().wait()
    return received

_control.Channel.receive = _received
""",
        "orphans",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", SABOTAGE)
def test_a_gateway_that_breaks_its_promise_is_found_out(tmp_path, fault):
    module, code_of_fault, found = SABOTAGE[fault]
    shutil.copytree(TREE / "gateway", tmp_path / "tree" / "gateway")
    path = tmp_path / "tree" / "gateway" / module
    path.write_text(path.read_text() + LATER + code_of_fault)
    options = ("--kills", "8", "--per-step", "0", "--seed", "154", "--program", str(tmp_path / "tree"))
    code, table, printed = campaign(tmp_path, *options)
    assert code == 1, printed
    assert table[found] > 0, printed


def test_every_planted_identity_is_found_in_what_a_sender_sends():
    for number in range(10_000_001, 10_000_001 + 2 * len(PATIENTS)):
        sent = original(number)
        assert {"a name or identifier", "a UID", "a date"} <= set(found_in(sent.data_set))
        for text in (PATIENTS[number % len(PATIENTS)].name, ROOT):
            for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
                assert found_in(b"\0" * 5 + text.encode(encoding)), (text, encoding)
    assert found_in(PATIENTS[0].name.encode("latin-1"))


def test_a_date_by_chance_in_a_replaced_uid_is_no_leak_and_beside_one_it_is():
    date = PATIENTS[0].birth_date.encode()
    uid = b"2.25.9071" + date + b"4419073"
    assert found_in(uid) == []
    assert found_in(uid + b"\0" + date) == ["a date"]


@pytest.mark.parametrize("needle", NEEDLES, ids=range(len(NEEDLES)))
def test_a_leak_is_named_by_its_file_and_never_quoted(tmp_path, needle):
    (tmp_path / "some.log").write_bytes(b"x" * 5000 + needle)
    (phrase, *_) = leaks([tmp_path / "some.log", tmp_path / "gone"])
    assert phrase.endswith("in some.log")
    assert found_in(phrase.encode()) == []


@pytest.fixture
def remembering():
    made = Archive()
    yield made
    made.close()


def test_the_archive_notices_two_contents_of_one_uid_and_two_uids_of_one_original(remembering):
    once, other = original(10_000_001).data_set, original(10_000_002).data_set
    for data_set in (once, other, once):
        remembering.keep(data_set)
    assert (remembering.arrivals, len(remembering.instances), remembering.contradictions) == (3, 2, [])
    remembering.keep(once[:-1] + b"\7")
    remembering.keep(once.replace(b".3.10000001", b".3.19999999"))
    remembering.keep(b"nothing")
    assert len(remembering.contradictions) == 3


def test_a_file_that_is_not_whole_and_one_that_is_unfinished_are_found(tmp_path, remembering):
    series = tmp_path / "var" / "spool" / "gateway" / "2.25.1"
    series.mkdir(parents=True)
    (series / f"2.25.2.{'0' * 32}.dcm").write_bytes(b"half")
    victim = SimpleNamespace(storage=tmp_path / "var", folder=tmp_path, unfinished=lambda: ["left"])
    examination = Examination(victim, remembering, Book())
    examination._check_whole(examination._files())
    examination.after_start()
    assert len(examination.findings.wrong) == 2


# ---------------------------------------------------------------- its parts


def test_a_plan_has_every_step_as_often_as_asked_and_depends_on_its_seed_alone():
    kills = plan(1000, 20, seed=3)
    assert len(kills) == 1000
    assert [sum(kill.step == step for kill in kills) for step in STEPS] == [20] * len(STEPS)
    assert {kill.victims for kill in kills if not kill.step} == set(Victims) - {Victims.ITSELF}
    assert plan(1000, 20, seed=3) == kills != plan(1000, 20, seed=4)


def test_the_armed_visit_kills_and_no_other(tmp_path):
    board = Board(str(tmp_path / "board"))
    due, other = board.point("before write"), board.point("after write")
    assert (due(), board.death) == (False, None)
    board.arm("before write", 2, group=False)
    child = os.fork()
    if not child:
        board.die() if not due() and not other() and due() else os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
    assert (board.death.pid, due()) == (child, False)
    board.close()


def test_a_request_and_its_response_are_encoded_as_the_standard_says():
    from pydicom.filebase import DicomBytesIO
    from pydicom.filereader import read_dataset

    request = ul.store_rq(7, b"1.2.3")
    stream = DicomBytesIO(request)
    decoded = read_dataset(stream, is_implicit_VR=True, is_little_endian=True)
    assert (decoded.CommandField, decoded.MessageID, decoded.AffectedSOPInstanceUID) == (1, 7, "1.2.3")
    response = ul.parsed(ul.store_rsp(ul.parsed(request), 0xA700))
    assert (ul.number(response[ul.STATUS]), ul.number(response[ul.RESPONDED_TO])) == (0xA700, 7)
