import json
from contextlib import closing

import pytest

from gateway.ledger.database import execute
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import (
    RecordNotQuarantined,
    RecordQuarantined,
    RecordRefusal,
    TaskOutcome,
    TaskState,
)
from gateway.operate import cli


@pytest.fixture
def settings(write_settings, tmp_path, received):
    file = write_settings()
    (tmp_path / "var").mkdir()
    messages = [
        *(received(number, ("archive",)) for number in range(8)),
        TaskOutcome(1, TaskState.FORWARDED, 0x0000),
        TaskOutcome(2, TaskState.FORWARDED, 0xB007),
        TaskOutcome(3, TaskState.FORWARDED, 0x0000),
        TaskOutcome(4, TaskState.WAITING, 0xA700, "out of resources", 2000.0),
        TaskOutcome(5, TaskState.WAITING, None, "no response", 1500.0),
        TaskOutcome(6, TaskState.HELD, 0xA900, "rejected by the destination"),
        TaskOutcome(7, TaskState.SENT, 0x0000),
        RecordRefusal("default", "ct1", "residual"),
        RecordQuarantined("default", "ct1", "residual", "", "", b"d" * 32, "0" * 32 + ".sealed", 5000),
        RecordNotQuarantined("default", "full"),
    ]
    with closing(LedgerStore(tmp_path / "var" / "ledger.sqlite", clock=lambda: 1000.0)) as store:
        store.begin()
        for message in messages:
            store.apply(message)
        store.commit()
    return file


def run(settings, capsys, *options):
    code = cli.run(["status", "--settings", str(settings), *options])
    return code, capsys.readouterr().out


def test_people_see_the_sums_and_what_they_are_made_of(settings, capsys, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    code, text = run(settings, capsys)
    lines = text.splitlines()
    assert code == 0
    assert "  answered 8 = stored 8 + duplicates 0" in lines
    assert "  stored 8 = forwarded 3 + waiting 3 + held 1 + dropped 0" not in lines
    assert "  stored 8 = forwarded 3 + waiting 4 + held 1 + dropped 0" in lines
    groups = [line.split(",")[0] for line in lines if line.startswith("    ")]
    assert groups == [
        "    waiting          1  not tried yet",
        "    waiting          1  no response",
        "    waiting          1  A700H out of resources",
        "    sent             1  0000H",
        "    forwarded        2  0000H",
        "    forwarded        1  B007H",
        "    held             1  A900H rejected by the destination",
    ]
    assert any("up to 1 attempts, next 1970-01-01" in line for line in lines)
    assert any(
        line.startswith("  default          residual                     1  4.88 KiB") for line in lines
    )
    assert any(line.startswith("  default          full                         1") for line in lines)
    assert max(map(len, lines)) <= 100


def test_programs_see_the_same(settings, capsys):
    code, text = run(settings, capsys, "--json")
    status = json.loads(text)
    assert (code, status["balanced"], status["running"]) == (0, True, False)
    assert status["sums"][0].items() >= {"waiting": 4, "uncommitted": 1, "forwarded": 3, "held": 1}.items()
    (late,) = [one for one in status["tasks"] if one["status"] == 0xA700]
    assert late.items() >= {"count": 1, "attempts": 1, "next_attempt": 2000.0, "state": "waiting"}.items()
    forwarded = [one for one in status["tasks"] if one["state"] == "forwarded"]
    assert [(one["status"], one["count"], one["last"]) for one in forwarded] == [
        (0x0000, 2, 1000.0),
        (0xB007, 1, 1000.0),
    ]
    assert status["quarantined"] == [
        {"project": "default", "reason": "residual", "count": 1, "size": 5000, "oldest": 1000.0}
    ]
    assert status["not_quarantined"] == [{"project": "default", "cause": "full", "count": 1}]


def test_sums_that_do_not_add_up_are_exit_code_1(settings, capsys, tmp_path):
    with closing(LedgerStore(tmp_path / "var" / "ledger.sqlite")) as store:
        execute(store.database, "DELETE FROM forwardtask WHERE id = 1")
    code, text = run(settings, capsys)
    assert code == 1
    assert "DOES NOT ADD UP" in text
    code, text = run(settings, capsys, "--json")
    assert (code, json.loads(text)["balanced"]) == (1, False)


def test_many_reasons_are_summed_up(settings, capsys, tmp_path, received):
    with closing(LedgerStore(tmp_path / "var" / "ledger.sqlite")) as store:
        store.begin()
        for number in range(100, 112):
            store.apply(received(number, ("vna",)))
        for task in range(9, 21):
            assert store.apply(TaskOutcome(task, TaskState.HELD, 0xC000 + task, "rejected"))
        store.commit()
    _, text = run(settings, capsys)
    assert "    held             4  for other reasons" in text
