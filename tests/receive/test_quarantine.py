import json
from types import SimpleNamespace

import pytest
import structlog

from gateway.association.peer import Peer, Role
from gateway.association.project import Project
from gateway.deidentify.instance import Instance
from gateway.errors import LedgerUnavailable, OutOfResources, Reason, Refused, SyncFailed
from gateway.ledger.message import RecordInstance, RecordNotQuarantined, RecordQuarantined, RecordRefusal
from gateway.ledger.quarantine_reader import ENTRY_BYTES, Occupied
from gateway.receive.occupancy import Occupancy
from gateway.receive.quarantine import KEPT, Isolation

CT, PRIVATE = "1.2.840.10008.5.1.4.1.1.2", "1.2.826.0.1.3680043.9.1"
RAW = "1.2.840.10008.5.1.4.1.1.66"
EXPLICIT = "1.2.840.10008.1.2.1"
PEER = Peer(name="ct", roles=(Role.MODALITY,), ae_title="CT")
PROJECT = Project(name="trial", ae_title="TRIAL", quarantine=True)
REFUSAL = Refused(Reason.RESIDUAL, "left", 0x00081030)


class Place:
    """Files, rows and ledger of a quarantine in memory; fails where told."""

    def __init__(self):
        self.files, self.rows, self.messages = {}, {}, []
        self.failures = {}

    def did(self, step):
        if step in self.failures:
            raise self.failures[step]

    def keep(self, place, hidden, data_set):
        self.did("keep")
        name = f"file {len(self.messages)}"
        self.files[name] = (dict(place), dict(hidden), bytes(data_set))
        return name

    def holds(self, name):
        self.did("holds")
        return name in self.files

    def remove(self, name):
        del self.files[name]

    def kept_file(self, project, digest):
        self.did("kept_file")
        return self.rows.get((project, digest))

    def occupied(self, after=0):
        sizes = [len(data_set) for _, _, data_set in self.files.values()]
        return Occupied(len(sizes[after:]), sum(sizes[after:]), len(sizes))

    def call(self, message):
        self.messages.append(message)
        self.did(type(message).__name__)
        if isinstance(message, RecordQuarantined):
            key = (message.project, message.input_digest)
            if self.rows.get(key, message.replaces) != message.replaces:
                return False
            self.rows[key] = message.file
            return True
        return None

    def sent(self, kind):
        return [message for message in self.messages if isinstance(message, kind)]


@pytest.fixture
def place():
    return Place()


@pytest.fixture
def isolation(place):
    return Isolation(place, place, place, limit=3 * ENTRY_BYTES + 100)


@pytest.fixture
def keep(isolation):
    def call(data=b"data", refusal=REFUSAL, digest=None, sop_class=CT, project=PROJECT):
        instance = Instance(sop_class, "1.2.3", EXPLICIT, memoryview(data))
        isolation.keep(refusal, instance, PEER, project, lambda *_: digest or data)

    return call


@pytest.fixture
def log():
    with structlog.testing.capture_logs() as lines:
        yield lines


def test_a_refused_instance_is_kept_with_what_a_release_needs(place, keep):
    keep()
    ((told, hidden, data_set),) = place.files.values()
    assert told == {"project": "trial", "reason": "residual"}
    assert hidden == {
        "sop_class_uid": CT,
        "sop_instance_uid": "1.2.3",
        "transfer_syntax_uid": EXPLICIT,
        "peer": "ct",
    }
    assert data_set == b"data"
    (row,) = place.sent(RecordQuarantined)
    assert (row.reason, row.tag, row.size, row.peer) == ("residual", 0x00081030, 4, "ct")
    assert "1.2.3" not in str(row)


def test_what_a_command_calls_a_class_is_written_down_only_when_it_is_one(place, keep):
    private = Project(name="trial", ae_title="TRIAL", private_sop_classes=(PRIVATE,))
    keep(b"1", sop_class="9.8.7.PATIENT")
    keep(b"2", sop_class=PRIVATE)
    keep(b"3", sop_class=PRIVATE, project=private)
    assert [row.sop_class_uid for row in place.sent(RecordQuarantined)] == ["", "", PRIVATE]


def test_a_resend_does_not_double_it(place, keep):
    for _ in range(2):
        keep()
    assert len(place.files) == 1
    assert len(place.sent(RecordQuarantined)) == 1


def test_a_resend_at_the_same_moment_leaves_one_file(place, keep, monkeypatch):
    monkeypatch.setattr(place, "kept_file", lambda *_: None)
    for _ in range(2):
        keep()
    assert len(place.sent(RecordQuarantined)) == 2
    assert set(place.files) == set(place.rows.values())


def test_a_resend_replaces_a_file_that_was_lost(place, keep):
    keep()
    place.files.clear()
    keep()
    assert set(place.files) == set(place.rows.values())


def test_a_full_quarantine_keeps_nothing_more_counts_it_and_says_it_once(place, keep, log):
    keep(bytes(ENTRY_BYTES + 90))
    for number in range(3):
        keep(bytes([number]) * 20)
    assert len(place.files) == 1
    assert place.sent(RecordNotQuarantined) == [RecordNotQuarantined("trial", "full")] * 3
    assert [line["event"] for line in log] == ["instance_quarantined", "quarantine_full"]
    keep(b"small")
    keep(b"x" * 50)
    assert [line["event"] for line in log][2:] == ["instance_quarantined", "quarantine_full"]


def test_what_is_tiny_counts_with_what_it_takes_on_the_disk(place, keep):
    for number in range(9):
        keep(bytes([number]))
    assert len(place.files) == 3


def test_the_sum_grows_by_new_rows_and_is_read_anew_now_and_then(place, keep):
    now, asked = [0.0], []

    def occupied(after=0):
        asked.append(after)
        return place.occupied(after)

    occupancy = Occupancy(SimpleNamespace(occupied=occupied), clock=lambda: now[0])
    assert occupancy.bytes() == 0
    keep(b"1")
    keep(b"22")
    assert occupancy.bytes() == occupancy.bytes() == 2 * ENTRY_BYTES + 3
    del place.files[next(iter(place.files))]
    now[0] = 9.9
    assert occupancy.bytes() == 2 * ENTRY_BYTES + 3
    now[0] = 10.0
    assert occupancy.bytes() == ENTRY_BYTES + 2
    assert asked == [0, 0, 2, 2, 0]


@pytest.mark.parametrize("step", ["kept_file", "keep", "RecordQuarantined"])
@pytest.mark.parametrize("error", [SyncFailed("x"), MemoryError(), ValueError("Schmidt")])
def test_a_failure_is_counted_and_logged_and_goes_no_further(place, keep, log, step, error):
    place.failures[step] = error
    keep()
    assert place.sent(RecordNotQuarantined) == [RecordNotQuarantined("trial", "failed")]
    (line,) = log
    assert (line["event"], line["error"]) == ("quarantine_failed", type(error).__name__)
    assert "Schmidt" not in json.dumps(line)


def test_a_ledger_that_is_gone_changes_nothing_either(place, keep):
    place.failures = dict.fromkeys(("RecordQuarantined", "RecordNotQuarantined"), LedgerUnavailable("x"))
    keep()
    # the commit may have happened: the file stays until the next start knows
    assert len(place.files) == 1


class Refusing:
    """A de-identifier that refuses."""

    def __init__(self, error):
        self.error = error

    def __call__(self):
        raise self.error


def store(world, isolation, refused, project=PROJECT, data=b"data", sop_class=CT):
    world.during_deidentify = Refusing(refused)
    reception = world.reception(100, isolation=isolation)
    with pytest.raises(type(refused)) as raised:
        reception.store(Instance(sop_class, "1.2.3", EXPLICIT, data), PEER, project)
    return raised.value


@pytest.mark.parametrize("reason", list(Reason))
def test_what_a_person_can_do_something_about_is_kept(world, place, isolation, reason):
    assert store(world, isolation, Refused(reason)).reason is reason
    assert bool(place.files) == (reason in KEPT)
    assert not {Reason.NOT_AUTHORIZED, Reason.TOO_LARGE, Reason.LOOP, Reason.IDENTIFIER_MISMATCH} & KEPT


def test_a_class_that_policy_refuses_is_kept(world, place, isolation):
    assert store(world, isolation, Refused(Reason.SOP_CLASS), sop_class=RAW).reason is Reason.SOP_CLASS
    assert len(place.files) == 1


def test_without_the_setting_nothing_is_kept(world, place, isolation):
    store(world, isolation, REFUSAL, Project(name="trial", ae_title="TRIAL"))
    assert place.files == {}


def test_an_instance_that_failed_for_want_of_resources_is_not_kept(world, place, isolation):
    store(world, isolation, OutOfResources("disk"))
    assert place.files == {}


def test_an_instance_without_a_data_set_is_not_kept(world, place, isolation):
    store(world, isolation, REFUSAL, data=b"")
    assert place.files == {}


def test_the_sender_gets_the_refusal_whatever_becomes_of_the_quarantine(world, place, isolation):
    place.failures["keep"] = SyncFailed("x")
    assert store(world, isolation, REFUSAL) is REFUSAL
    assert [type(message) for message in world.journal if isinstance(message, RecordRefusal)] == [
        RecordRefusal
    ]


def test_a_release_goes_the_way_of_a_reception_and_records_no_refusal(world, isolation):
    reception = world.reception(100, isolation=isolation)
    reception.release(Instance(CT, "1.2.3", EXPLICIT, b"data"), PEER, PROJECT)
    assert isinstance(world.journal[-1], RecordInstance)
    world.journal.clear()
    world.during_deidentify = Refusing(REFUSAL)
    with pytest.raises(Refused):
        reception.release(Instance(CT, "1.2.3", EXPLICIT, b"datb"), PEER, PROJECT)
    with pytest.raises(Refused):
        reception.release(Instance(RAW, "1.2.3", EXPLICIT, b"datc"), PEER, PROJECT)
    assert not [message for message in world.journal if isinstance(message, RecordRefusal)]
