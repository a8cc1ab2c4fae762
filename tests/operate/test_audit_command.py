import json
import re
import time
from contextlib import closing

import pytest

from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import RecordAudit
from gateway.operate import cli
from gateway.operate.view.quantity import size_text, time_of, time_text


@pytest.fixture
def settings(write_settings, tmp_path):
    file = write_settings()
    (tmp_path / "var").mkdir()
    now = time.time()
    times = iter((now - 5 * 86_400, now - 3600, now - 60))
    with closing(LedgerStore(tmp_path / "var" / "ledger.sqlite", clock=lambda: next(times))) as store:
        store.begin()
        store.apply(RecordAudit("query", "default", "lab", {"count": "3"}))
        store.apply(RecordAudit("retrieve", "trial", "lab", {"count": "4", "status": ""}))
        store.apply(RecordAudit("dropped", "trial", "archive", {"reason": "a\x1b[31mb\nc"}))
        store.commit()
    return file


@pytest.fixture
def run(settings, capsys):
    def call(*options):
        code = cli.run(["audit", "--settings", str(settings), *options])
        return code, capsys.readouterr().out.splitlines()

    return call


def test_people_get_a_line_for_each_entry_that_moves_no_cursor(run):
    code, lines = run()
    assert code == 0
    assert len(lines) == 3
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  query +default lab  count=3", lines[0])
    assert lines[2].endswith("reason=a.[31mb.c")


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        (["--kind", "query"], ["query"]),
        (["--project", "trial"], ["retrieve", "dropped"]),
        (["--peer", "lab", "--project", "trial"], ["retrieve"]),
        (["--since", "2d"], ["retrieve", "dropped"]),
        (["--until", "30m"], ["query", "retrieve"]),
        (["--since", "2h", "--until", "30m"], ["retrieve"]),
        (["--until", "2020-01-01"], []),
        (["--since", "2020-01-01T12:00:00+02:00"], ["query", "retrieve", "dropped"]),
    ],
)
def test_programs_get_an_object_a_line_of_what_the_filters_leave(run, options, kinds):
    code, lines = run("--json", *options)
    assert code == 0
    assert [json.loads(line)["kind"] for line in lines] == kinds


def test_a_time_that_is_none_is_a_wrong_command_line(settings, capsys):
    assert cli.run(["audit", "--settings", str(settings), "--since", "yesterday"]) == 2
    assert "2026-03-31" in capsys.readouterr().err


def test_without_a_ledger_there_is_no_trail(write_settings):
    assert cli.run(["audit", "--settings", str(write_settings())]) == 5


def test_times_and_sizes_are_those_of_people():
    assert time_of("2h") == pytest.approx(time.time() - 7200, abs=60)
    assert time_text(time_of("2026-03-31T14:00")) == "2026-03-31 14:00:00"
    assert time_of("2026-03-31T14:00+00:00") == 1774965600.0
    assert time_text(None) == ""
    with pytest.raises(ValueError):
        time_of("2x")
    assert [size_text(size) for size in (5, 1023, 1024, 5_000_000, 3 << 30, 5 << 50)] == [
        "5 B",
        "1023 B",
        "1 KiB",
        "4.77 MiB",
        "3 GiB",
        "5.12e+03 TiB",
    ]
