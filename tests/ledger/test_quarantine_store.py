from __future__ import annotations

from contextlib import closing

import pytest

from gateway.ledger.message import (
    CloseQuarantined,
    QuarantineState,
    RecordNotQuarantined,
    RecordQuarantined,
)
from gateway.ledger.quarantine_reader import (
    ENTRY_BYTES,
    NotQuarantined,
    Occupied,
    QuarantineReader,
    QuarantineSum,
)


@pytest.fixture
def rows(tmp_path):
    with closing(QuarantineReader(tmp_path / "ledger.sqlite")) as reader:
        yield reader


def refused(number: int = 1, **changes: object) -> RecordQuarantined:
    values: dict[str, object] = {
        "project": "default",
        "peer": "ct1",
        "reason": "residual",
        "sop_class_uid": "1.2.840.10008.5.1.4.1.1.2",
        "transfer_syntax_uid": "1.2.840.10008.1.2.1",
        "input_digest": bytes([number]) * 32,
        "file": f"{number:032x}.sealed",
        "size": 100 * number,
        "tag": 0x00081030,
    }
    return RecordQuarantined(**(values | changes))  # type: ignore[arg-type]


def test_what_is_kept_is_read_back_and_audited(store, commit, rows, reader):
    assert commit(store, refused()) == [True]
    (row,) = rows.kept()
    assert (row.id, row.project, row.peer, row.reason, row.tag) == (
        1,
        "default",
        "ct1",
        "residual",
        0x00081030,
    )
    assert (row.file, row.size, row.state, row.at) == (f"{1:032x}.sealed", 100, "kept", 1000.0)
    assert rows.instance(1) == row
    assert rows.instance(2) is None
    assert rows.kept_file("default", bytes([1]) * 32) == row.file
    assert rows.kept_file("other", bytes([1]) * 32) is None
    (entry,) = reader.audit()
    assert (entry.kind, entry.peer, entry.detail["id"]) == ("quarantined", "ct1", "1")


def test_the_same_input_is_kept_once(store, commit, rows):
    assert commit(store, refused(), refused(file="f" * 32 + ".sealed")) == [True, False]
    assert [row.file for row in rows.kept()] == [f"{1:032x}.sealed"]
    assert commit(store, refused(project="other")) == [True]


def test_a_file_that_is_known_to_be_lost_is_replaced(store, commit, rows):
    first, second = refused().file, "f" * 32 + ".sealed"
    assert commit(store, refused(), refused(file=second, replaces=first)) == [True, True]
    assert [(row.id, row.file) for row in rows.kept()] == [(1, second)]
    assert commit(store, refused(file=first, replaces="another")) == [False]


@pytest.mark.parametrize("state", [state for state in QuarantineState if state != QuarantineState.KEPT])
def test_a_closed_one_is_closed_once_and_audited(store, commit, rows, reader, state):
    close = CloseQuarantined(1, refused().file, state, {"user": "alice"})
    assert commit(store, refused(), close, close) == [True, True, False]
    assert rows.kept() == []
    assert rows.instance(1).state == state
    entry = reader.audit()[-1]
    assert (entry.kind, entry.project, entry.peer) == (f"quarantine_{state}", "default", "ct1")
    assert entry.detail == {
        "id": "1",
        "refused": "residual",
        "sop_class_uid": "1.2.840.10008.5.1.4.1.1.2",
        "user": "alice",
    }


def test_closing_what_never_was_changes_nothing(store, commit, reader):
    assert commit(store, CloseQuarantined(7, refused(7).file, QuarantineState.DROPPED, {})) == [False]
    assert reader.audit() == []


def test_what_was_dropped_and_comes_again_is_kept_again_under_its_number(store, commit, rows):
    commit(store, refused(), CloseQuarantined(1, refused().file, QuarantineState.DROPPED, {}))
    assert commit(store, refused(file="f" * 32 + ".sealed", reason="structure")) == [True]
    (row,) = rows.kept()
    assert (row.id, row.file, row.reason) == (1, "f" * 32 + ".sealed", "structure")


def test_what_was_kept_anew_meanwhile_is_not_closed_with_its_former_file(store, commit, rows):
    drop = CloseQuarantined(1, refused().file, QuarantineState.DROPPED, {})
    commit(store, refused(), drop, refused(file="f" * 32 + ".sealed"))
    assert commit(store, drop) == [False]
    assert [row.file for row in rows.kept()] == ["f" * 32 + ".sealed"]


def test_filters_pages_and_sums(store, commit, rows):
    commit(
        store,
        refused(1),
        refused(2, reason="structure"),
        refused(3, project="other"),
        refused(4),
        CloseQuarantined(4, refused(4).file, QuarantineState.EXPIRED, {}),
    )
    assert [row.id for row in rows.kept()] == [1, 2, 3]
    assert [row.id for row in rows.kept(after=1, limit=1)] == [2]
    assert [row.id for row in rows.kept(project="default")] == [1, 2]
    assert [row.id for row in rows.kept(reason="structure")] == [2]
    assert [row.id for row in rows.kept(before=1000.0)] == []
    assert [row.id for row in rows.kept(before=1000.1)] == [1, 2, 3]
    assert rows.occupied() == Occupied(3, 600, 3)
    assert rows.occupied(after=1) == Occupied(2, 500, 3)
    assert rows.occupied().bytes == 600 + 3 * ENTRY_BYTES
    assert rows.kept_files() == {refused(number).file for number in (1, 2, 3)}
    assert rows.sums()[0] == QuarantineSum("default", "residual", 1, 100, 1000.0)


def test_what_could_not_be_kept_is_counted(store, commit, rows):
    messages = [RecordNotQuarantined("default", cause) for cause in ("full", "full", "failed")]
    commit(store, *messages)
    assert rows.not_kept() == [NotQuarantined("default", "failed", 1), NotQuarantined("default", "full", 2)]


def test_an_empty_quarantine_has_no_bytes(store, rows):
    assert rows.occupied() == Occupied(0, 0, 0)
    assert rows.sums() == []


def test_a_quarantined_instance_puts_the_keys_to_use(store, commit):
    assert not store.has_rows()
    commit(store, refused())
    assert store.has_rows()
    assert store.has_rows("default")
    assert not store.has_rows("other")
