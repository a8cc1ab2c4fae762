import pytest

from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import RecordInstance, TaskOutcome, TaskState
from gateway.ledger.reader import LedgerReader
from gateway.ledger.retention_message import NoteTime, RemoveInstances
from gateway.ledger.retention_reader import RetentionReader
from gateway.spool import retention as module
from gateway.spool.retention import Retention, Term
from gateway.spool.spool import Spool

DAY = 86_400.0
ARCHIVE, TAPE = "archive", "tape"


class World:
    """A spool and its ledger, whose clock is set by hand."""

    def __init__(self, directory):
        self.now = 1_000_000_000.0
        self.low = False
        self.spool = Spool(directory, min_free_bytes=0)
        self.store = LedgerStore(directory / "ledger.sqlite", clock=lambda: self.now)
        self.reader = RetentionReader(directory / "ledger.sqlite")
        self.ledger = LedgerReader(directory / "ledger.sqlite")
        self.removed = []

    @property
    def is_low(self):
        return self.low if isinstance(self.low, bool) else self.low(self)

    def remove(self, relatives):
        self.removed += relatives
        self.spool.remove(relatives)

    def call(self, message):
        self.store.begin()
        reply = self.store.apply(message)
        self.store.commit()
        return reply

    def receive(self, number, *destinations, project="default", series="2.25.7", content=None):
        uid = f"2.25.{number}"
        with self.spool.stage(project, series, uid, [content or b"%d" % number]) as staged:
            staged.publish()
        self.call(
            RecordInstance(
                project=project,
                input_digest=content or b"input %d" % number,
                output_digest=staged.digest,
                path=staged.path,
                size=staged.size,
                sop_class_uid="1.2.840.10008.5.1.4.1.1.4",
                sop_instance_uid=uid,
                series_instance_uid=series,
                study_instance_uid="2.25.1",
                transfer_syntax_uid="1.2.840.10008.1.2.1",
                attributes={},
                destinations=list(destinations),
                peer="ct1",
            )
        )
        return staged.path

    def settle(self, destination, state):
        for task in self.ledger.due_tasks(destination, float("inf"), 10_000):
            self.call(TaskOutcome(task.id, state, 0))

    def retention(self, *terms):
        return Retention(self, self, self.reader, terms)

    def age(self, *terms, days=31.0):
        """Let time pass; return what is removed then."""
        self.now += days * DAY
        return self.retention(*(terms or (Term("default", 30 * DAY, True),))).remove_old(
            self.now, lambda: False
        )

    def holds(self, *paths):
        return [self.spool.holds(path) for path in paths]

    def close(self):
        for one in (self.store, self.reader, self.ledger):
            one.close()


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.close()


def test_what_every_destination_took_goes_when_its_time_is_over(world):
    path = world.receive(1, ARCHIVE, TAPE)
    world.settle(ARCHIVE, TaskState.FORWARDED)
    world.settle(TAPE, TaskState.FORWARDED)
    assert world.age(days=29) == (0, True)
    assert world.holds(path) == [True]
    assert world.age(days=2) == (1, True)
    assert world.holds(path) == [False]
    (entry,) = [entry for entry in world.ledger.audit() if entry.kind == "files_removed"]
    assert entry.detail == {"count": "1", "bytes": "1", "reason": "age"}
    assert world.age() == (0, True)


@pytest.mark.parametrize("state", [TaskState.WAITING, TaskState.SENT, TaskState.HELD])
def test_what_one_destination_has_not_taken_stays(world, state):
    path = world.receive(1, ARCHIVE, TAPE)
    world.settle(ARCHIVE, TaskState.FORWARDED)
    world.settle(TAPE, state)
    assert world.age(days=400) == (0, True)
    assert world.holds(path) == [True]


def test_the_only_copy_of_what_was_dropped_stays_and_a_dropped_destination_keeps_no_file(world):
    only = world.receive(1, ARCHIVE)
    world.settle(ARCHIVE, TaskState.DROPPED)
    other = world.receive(2, ARCHIVE, TAPE)
    world.settle(ARCHIVE, TaskState.FORWARDED)
    world.settle(TAPE, TaskState.DROPPED)
    assert world.age() == (1, True)
    assert world.holds(only, other) == [True, False]


def test_what_was_delivered_late_stays_for_another_day(world):
    path = world.receive(1, ARCHIVE)
    world.now += 40 * DAY
    world.settle(ARCHIVE, TaskState.FORWARDED)
    assert world.age(days=0.9) == (0, True)
    assert world.age(days=0.2) == (1, True)
    assert world.holds(path) == [False]


def test_a_conflict_stays(world):
    first = world.receive(1, ARCHIVE)
    second = world.receive(1, ARCHIVE, content=b"another")
    world.settle(ARCHIVE, TaskState.FORWARDED)
    for held in world.ledger.held():
        world.call(TaskOutcome(held.id, TaskState.FORWARDED, 0))
    assert world.age() == (1, True)
    assert world.holds(first, second) == [False, True]


def test_a_project_that_is_its_own_archive_is_pruned_only_if_it_sets_a_term(world):
    path = world.receive(1)
    assert world.age(Term("default", None, False), days=4000) == (0, True)
    assert world.age(Term("default", 30 * DAY, True), days=0) == (0, True)  # it has destinations since
    assert world.holds(path) == [True]
    assert world.age(Term("default", 30 * DAY, False), days=0) == (1, True)
    assert world.holds(path) == [False]


def test_what_waits_stays_although_its_project_has_no_destinations_any_more(world):
    path = world.receive(1, ARCHIVE)
    assert world.age(Term("default", 30 * DAY, False)) == (0, True)
    assert world.holds(path) == [True]


def test_another_project_is_not_touched(world):
    mine, other = world.receive(1, ARCHIVE), world.receive(2, ARCHIVE, project="other")
    world.settle(ARCHIVE, TaskState.FORWARDED)
    world.age()
    assert world.holds(mine, other) == [False, True]


def test_a_resend_of_what_was_removed_is_known_to_be_safe(world):
    path = world.receive(1, ARCHIVE)
    world.settle(ARCHIVE, TaskState.FORWARDED)
    world.age()
    known = world.ledger.known("default", b"input 1")
    assert (known.path, known.removed) == (path, True)
    assert world.ledger.sums()[0].balanced


def test_who_has_the_file_open_reads_it_to_its_end(world):
    path = world.receive(1, ARCHIVE, content=b"all of it")
    world.settle(ARCHIVE, TaskState.FORWARDED)
    with world.spool.path(path).open("rb") as file:
        world.age()
        assert world.holds(path) == [False]
        assert file.read() == b"all of it"


def test_the_row_is_removed_before_the_file(world, monkeypatch):
    path = world.receive(1, ARCHIVE)
    world.settle(ARCHIVE, TaskState.FORWARDED)
    states = []
    monkeypatch.setattr(world, "remove", lambda _: states.append(world.reader.state_of(path)))
    world.age()
    assert states == ["removed"]


def test_what_changed_since_it_was_looked_at_stays(world):
    path = world.receive(1, ARCHIVE)
    message = RemoveInstances("default", [1], world.now + DAY, world.now + DAY)
    assert world.call(message) == []
    world.settle(ARCHIVE, TaskState.FORWARDED)
    assert world.call(RemoveInstances("other", [1], world.now + DAY, world.now + DAY)) == []
    assert world.call(RemoveInstances("default", [1], world.now - 1, world.now + DAY)) == []
    assert world.call(RemoveInstances("default", [1], world.now + DAY, world.now - 1)) == []
    assert world.call(message) == [path]
    assert world.call(message) == []


def test_a_turn_ends_and_the_next_goes_on_where_it_ended(world, monkeypatch):
    monkeypatch.setattr(module, "_TURN", 2)
    monkeypatch.setattr(module, "_PAGE", 2)
    monkeypatch.setattr(module, "_GROUP", 1)
    terms = (Term("default", DAY, True), Term("other", DAY, True))
    for number in range(3):
        world.receive(number, ARCHIVE)
        world.receive(10 + number, ARCHIVE, project="other")
    world.settle(ARCHIVE, TaskState.FORWARDED)
    world.now += 2 * DAY
    retention = world.retention(*terms)
    turns = [retention.remove_old(world.now, lambda: False) for _ in range(5)]
    assert turns == [(2, False), (1, False), (2, False), (1, True), (0, False)]
    assert retention.remove_old(world.now, lambda: True) == (0, False)


def test_what_cannot_go_is_stepped_over(world, monkeypatch):
    monkeypatch.setattr(module, "_PAGE", 2)
    waiting = [world.receive(number, ARCHIVE) for number in range(5)]
    delivered = world.receive(9, TAPE)
    world.settle(TAPE, TaskState.FORWARDED)
    assert world.age() == (1, True)
    assert world.holds(*waiting, delivered) == [True] * 5 + [False]


def test_room_is_made_of_the_oldest_that_is_delivered_until_there_is_enough(world, monkeypatch):
    monkeypatch.setattr(module, "_GROUP", 1)
    paths = [world.receive(number, *([ARCHIVE] if number else [])) for number in range(4)]
    world.settle(ARCHIVE, TaskState.FORWARDED)
    world.low = lambda world: len(world.removed) < 2
    retention = world.retention(Term("default", 30 * DAY, True))
    world.now += 1800.0
    assert retention.make_room(world.now, lambda: False) == (0, True)  # delivered just now
    world.now += 1801.0
    assert retention.make_room(world.now, lambda: False) == (2, True)
    assert world.holds(*paths) == [True, False, False, True]
    assert [entry.detail["reason"] for entry in world.ledger.audit() if entry.kind == "files_removed"] == [
        "room",
        "room",
    ]


def test_no_room_is_made_of_a_project_that_is_its_own_archive(world):
    path = world.receive(1)
    world.low, world.now = True, world.now + 400 * DAY
    retention = world.retention(Term("default", DAY, False))
    assert retention.make_room(world.now, lambda: False) == (0, True)
    assert world.holds(path) == [True]


def test_nothing_goes_by_age_while_the_clock_is_not_trusted(world):
    path = world.receive(1, ARCHIVE)
    world.settle(ARCHIVE, TaskState.FORWARDED)
    world.call(NoteTime(None, 30 * DAY))
    world.now += 2 * DAY
    assert world.call(NoteTime(2 * DAY, 30 * DAY)) == world.now
    world.now += 365 * DAY + 60.0
    assert world.call(NoteTime(60.0, 30 * DAY)) == 0.0
    assert world.age(days=0) == (0, True)
    assert world.holds(path) == [True]
    world.now += 29 * DAY
    assert world.call(NoteTime(29 * DAY, 30 * DAY)) == 0.0
    world.now += 1.1 * DAY
    assert world.call(NoteTime(1.1 * DAY, 30 * DAY)) == world.now
    assert world.age(days=0) == (1, True)
    leaps = [entry.detail for entry in world.ledger.audit() if entry.kind == "clock_leapt"]
    assert leaps == [{"seconds": str(365 * 86_400)}]


@pytest.mark.parametrize(
    ("off", "distrusted"), [(0.5, 0.0), (0.99, 0.0), (14.0, 14.0), (500.0, 30.0), (-365.0, 0.0)]
)
def test_a_start_after_a_long_time_waits_as_long_because_nobody_knows_the_clock(world, off, distrusted):
    world.call(NoteTime(None, 0.0))
    world.now += off * DAY
    assert (world.call(NoteTime(None, 30 * DAY)) == 0.0) == (distrusted > 0)
    if distrusted:
        world.now += (distrusted - 0.1) * DAY
        assert world.call(NoteTime((distrusted - 0.1) * DAY, 30 * DAY)) == 0.0
        world.now += 0.2 * DAY
        assert world.call(NoteTime(0.2 * DAY, 30 * DAY)) == world.now


def test_a_gateway_that_is_off_every_night_trusts_its_clock_in_the_end(world):
    world.call(NoteTime(None, 30 * DAY))
    world.now += 3 * DAY
    assert world.call(NoteTime(None, 30 * DAY)) == 0.0
    for _ in range(3):
        world.now += 0.5 * DAY
        world.call(NoteTime(0.5 * DAY, 30 * DAY))
        world.now += 0.5 * DAY
        world.call(NoteTime(None, 30 * DAY))
    assert world.call(NoteTime(0.0, 30 * DAY)) == world.now


def test_a_new_ledger_waits_for_nothing_that_goes_at_once(world):
    assert world.call(NoteTime(None, 0.0)) == world.now


def test_a_new_ledger_waits_a_day(world):
    assert world.call(NoteTime(None, 30 * DAY)) == 0.0
    world.now += DAY
    assert world.call(NoteTime(DAY, 30 * DAY)) == world.now
