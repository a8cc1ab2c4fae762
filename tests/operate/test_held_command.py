import json
import threading
import time
from contextlib import closing

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pynetdicom import AE, evt

from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import TaskOutcome, TaskState
from gateway.ledger.reader import LedgerReader
from gateway.operate import cli
from gateway.operate.examination.store_examination import examine_store
from gateway.settings import load

ARCHIVE = """
[[peer]]
name = "archive"
roles = ["archive"]
ae_title = "ARCHIVE"
host = "127.0.0.1"
port = {port}
"""


@pytest.fixture
def settings(write_settings, tmp_path, received):
    """Tasks 1 to 6, odd ones for archive and even ones for vna; 1, 2, 3 and 4 are held."""
    file = write_settings()
    (tmp_path / "var").mkdir()
    with closing(LedgerStore(tmp_path / "var" / "ledger.sqlite")) as store:
        store.begin()
        for number in (1, 2, 3):
            store.apply(received(number))
        for task, error in ((1, "rejected by the destination"), (2, "conflict"), (3, "conflict"), (4, "no")):
            status = 0xA900 if task == 1 else None
            assert store.apply(TaskOutcome(task, TaskState.HELD, status, error))
        store.commit()
    return file


@pytest.fixture
def run(settings, capsys):
    def call(*arguments):
        code = cli.run(["held", *arguments, "--settings", str(settings)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def held(run, *options):
    code, out, _ = run("list", "--json", *options)
    assert code == 0
    return [one["id"] for one in json.loads(out)]


def audited(settings, kind):
    with closing(LedgerReader(settings.parent / "var" / "ledger.sqlite")) as reader:
        return [entry for entry in reader.audit() if entry.kind == kind]


def test_what_is_held_is_listed_with_why(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    code, text, _ = run("list")
    assert code == 0
    first = text.splitlines()[1]
    assert "A900H" in first
    assert "rejected by the destin" in first
    assert sum(line.lstrip()[:1].isdigit() for line in text.splitlines()) == 4
    assert max(map(len, text.splitlines())) <= 100


def test_filters_and_pages(run):
    assert held(run) == [1, 2, 3, 4]
    assert held(run, "--destination", "archive") == [1, 3]
    assert held(run, "--error", "conflict") == [2, 3]
    assert held(run, "--project", "other") == []
    assert held(run, "--after", "1", "--limit", "2") == [2, 3]
    assert "--after 2" in run("list", "--limit", "2")[1]


def test_retried_ones_wait_again(run, settings):
    assert run("retry", "1", "4")[:2] == (0, "2 to be sent again\n")
    assert held(run) == [2, 3]
    (first, _) = audited(settings, "retried")
    assert first.detail["user"]


def test_what_is_not_held_any_more_is_said(run):
    code, text, error = run("retry", "1", "1", "5", "99")
    assert (code, text) == (1, "1 to be sent again\n")
    assert "2 not held" in error


def test_all_that_the_filters_leave_are_retried(run):
    assert run("retry", "--all", "--error", "conflict")[:2] == (0, "2 to be sent again\n")
    assert held(run) == [1, 4]
    assert run("retry", "--all")[:2] == (0, "2 to be sent again\n")
    assert run("retry", "--all")[:2] == (0, "0 to be sent again\n")


def test_dropped_ones_are_confirmed_audited_and_told_by_whom(run, settings, capsys):
    assert run("drop", "1")[0] == 2
    assert run("drop", "1", "--reason", "", "--yes")[0] == 2
    assert run("drop", "1", "3", "--reason", "test images", "--yes")[:2] == (0, "2 dropped\n")
    assert held(run) == [2, 4]
    entries = audited(settings, "dropped")
    user = entries[0].detail["user"]
    assert [(entry.detail["task"], entry.detail["reason"]) for entry in entries] == [
        ("1", "test images"),
        ("3", "test images"),
    ]
    assert cli.run(["status", "--settings", str(settings)]) == 0
    shown = capsys.readouterr().out
    assert "stored 3 = forwarded 0 + waiting 1 + held 0 + dropped 2" in shown
    assert f"dropped          2  dropped by {user}" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["retry"],
        ["retry", "1", "--all"],
        ["retry", "1", "--error", "conflict"],
        ["drop", "--reason", "x", "--yes"],
    ],
)
def test_a_command_line_that_does_not_say_what_is_wrong(run, arguments):
    assert run(*arguments)[0] == 2
    assert held(run) == [1, 2, 3, 4]


def test_without_a_ledger_there_is_nothing_to_decide(write_settings):
    settings = ["--settings", str(write_settings())]
    assert cli.run(["held", "list", *settings]) == 5
    assert cli.run(["held", "retry", "--all", *settings]) == 5


@pytest.fixture
def vna_only(settings, write_settings):
    """The same store, whose settings name vna and not archive any more; task 5 waits for archive."""
    peers = ARCHIVE.replace('"archive"\nroles', '"vna"\nroles').format(port=4242)
    return write_settings(project='destinations = ["vna"]', peers=peers)


GONE = "archive: not a destination any more, 1 waiting: put it back or drop them"


def test_what_waits_for_a_former_destination_is_said_everywhere(run, vna_only, capsys):
    assert GONE in run("list")[1].splitlines()
    settings = ["--settings", str(vna_only)]
    assert cli.run(["status", *settings]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert GONE in shown
    assert not any(line.startswith("vna: not a destination") for line in shown)
    assert cli.run(["status", "--json", *settings]) == 0
    assert json.loads(capsys.readouterr().out)["former_destinations"] == {"archive": 1}
    assert [one.detail for one in examine_store(load(vna_only)) if one.subject == "destinations"] == [GONE]


def test_what_waits_for_a_former_destination_is_dropped_by_its_id_or_name(run, vna_only, settings):
    drop = ("drop", "--reason", "gone", "--yes")
    assert run(*drop, "6")[0] == 1
    assert run(*drop, "--all", "--error", "no")[:2] == (0, "1 dropped\n")
    assert GONE in run("list")[1]
    assert run(*drop, "5")[:2] == (0, "1 dropped\n")
    assert len(audited(settings, "dropped")) == 2
    assert "any more" not in run("list")[1]


def test_all_of_a_former_destination_is_dropped_and_all_alone_is_what_is_held(run, vna_only):
    drop = ("drop", "--reason", "gone", "--yes", "--all")
    assert run(*drop, "--destination", "archive")[:2] == (0, "3 dropped\n")
    assert run(*drop, "--destination", "vna")[:2] == (0, "2 dropped\n")


def test_all_alone_leaves_what_waits_for_a_former_destination(run, vna_only):
    assert run("drop", "--reason", "gone", "--yes", "--all")[:2] == (0, "4 dropped\n")
    assert GONE in run("list")[1]


class Archive:
    """Answers what it is told; counts what it took."""

    def __init__(self):
        self.status, self.taken = 0xA900, threading.Semaphore(0)
        entity = AE("ARCHIVE")
        entity.add_supported_context("1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.1.2.1")
        handlers = [(evt.EVT_C_STORE, self._store)]
        self.server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        self.port = self.server.socket.getsockname()[1]

    def _store(self, _event):
        self.taken.release()
        return self.status


def account(gateway):
    with closing(LedgerReader(gateway.storage / "ledger.sqlite")) as reader:
        (one,) = reader.sums()
    return one


def until(condition):
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.02)
    raise TimeoutError


@pytest.mark.flow
def test_a_running_gateway_sends_at_once_what_is_retried(serve, write_settings):
    archive = Archive()
    try:
        file = write_settings(project='destinations = ["archive"]', peers=ARCHIVE.format(port=archive.port))
        gateway = serve(file).ready()
        original = dcmread(get_testdata_file("MR_small.dcm"))
        entity = AE("CT1")
        entity.add_requested_context(original.SOPClassUID, original.file_meta.TransferSyntaxUID)
        association = entity.associate("127.0.0.1", gateway.port, ae_title="GATEWAY")
        assert association.send_c_store(original).Status == 0
        association.release()
        assert archive.taken.acquire(timeout=60)
        settings = ["--settings", str(file)]
        archive.status = 0
        until(lambda: account(gateway).held == 1)
        assert cli.run(["held", "retry", "--all", *settings]) == 0
        # sooner than the 30 s after which the ledger is looked into without the bell
        assert archive.taken.acquire(timeout=20)
        until(lambda: account(gateway).forwarded == 1)
        assert gateway.stop() == 0
    finally:
        archive.server.shutdown()
