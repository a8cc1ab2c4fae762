import math
import threading
import time
from contextlib import closing
from types import SimpleNamespace

import pytest
import structlog
from pynetdicom.dimse_primitives import C_STORE

from gateway.association.byte_budget import ByteBudget
from gateway.association.dimse_message import ReceivedDataSet
from gateway.association.session import Session
from gateway.errors import DeadlinePassed, OutOfResources, Reason, Refused
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import Outcome, RecordInstance, RecordRefusal
from gateway.ledger.reader import LedgerReader
from gateway.ledger.store import Rejected
from gateway.receive.deadline import Deadline, current, within
from gateway.receive.event_log import EventLog
from gateway.receive.late_work import Workers
from gateway.receive.share import MOST_OF_ONE, Shares
from gateway.receive.storage_scp import StorageSCP
from gateway.spool.spool import Spool

from .conftest import CT, EXPLICIT, PEERS, PROJECT

SOON = 0.3


def never():
    raise AssertionError("it was not late")


def late(workers, go, owner):
    """Let work be late until `go`."""
    workers.run(go.wait, Deadline(time.monotonic() + 0.02), lambda: lambda: None, owner=owner)


def until(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def hang(world):
    """Give a function that lets a step hang, and returns what lets it go on."""
    events = []

    def begin(step):
        events.append(threading.Event())
        world.hangs[step] = events[-1]
        return events[-1]

    yield begin
    for event in events:
        event.set()


@pytest.fixture
def scp(world, serve, send):
    def connect(answer_timeout=SOON, **options):
        server, port = serve(world.reception(), answer_timeout=answer_timeout, **options)
        return server, send(port)

    return connect


class TestDeadline:
    def test_what_is_in_time_is_handed_over(self):
        deadline = Deadline(time.monotonic() + 60)
        deadline.check()
        deadline.hand_over()
        assert 0 < deadline.remaining <= 60

    def test_after_the_answer_nothing_is_handed_over(self):
        deadline = Deadline()
        assert deadline.expire()
        for step in (deadline.check, deadline.hand_over):
            with pytest.raises(DeadlinePassed):
                step()

    def test_after_its_time_nothing_is_handed_over_even_before_the_answer(self):
        with pytest.raises(DeadlinePassed):
            Deadline(time.monotonic() - 1).hand_over()

    def test_what_was_handed_over_makes_the_answer_uncertain(self):
        deadline = Deadline(time.monotonic() + 60)
        deadline.hand_over()
        assert not deadline.expire()

    def test_a_commit_that_was_asked_for_in_time_gets_a_moment_more(self):
        deadline = Deadline(time.monotonic() + 60)
        before = deadline.patience
        deadline.hand_over()
        assert deadline.patience > before


class TestWorkers:
    def test_the_outcome_is_that_of_the_work(self):
        workers = Workers()
        assert workers.run(lambda: 7, Deadline(), never, owner="ct") == 7
        with pytest.raises(KeyError):
            workers.run(lambda: {}["x"], Deadline(), never, owner="ct")

    def test_threads_are_used_again_and_end_when_idle(self):
        workers, seen = Workers(idle=0.05), []
        for _ in range(5):
            workers.run(lambda: seen.append(threading.current_thread()), Deadline(), never, owner="ct")
        assert len(set(seen)) == 1
        assert seen[0] is not threading.current_thread()
        seen[0].join(30)
        assert not seen[0].is_alive()
        assert workers.run(lambda: 7, Deadline(), never, owner="ct") == 7

    def test_work_that_is_late_goes_on_and_says_when_it_ends(self):
        workers, go, ended = Workers(), threading.Event(), threading.Event()
        with pytest.raises(DeadlinePassed):
            workers.run(go.wait, Deadline(time.monotonic() + 0.05), lambda: ended.set, owner="ct")
        assert (workers.late, ended.is_set()) == (1, False)
        go.set()
        assert ended.wait(30)
        assert workers.late == 0

    def test_nothing_is_begun_when_too_many_are_late_or_it_is_too_late(self):
        workers, go = Workers(most_late=1), threading.Event()
        with pytest.raises(DeadlinePassed):
            workers.run(go.wait, Deadline(time.monotonic() + 0.05), lambda: lambda: None, owner="ct")
        with pytest.raises(OutOfResources):
            workers.run(never, Deadline(), never, owner="ct")
        go.set()
        until(lambda: not workers.late)
        with pytest.raises(DeadlinePassed):
            workers.run(never, Deadline(time.monotonic() - 1), never, owner="ct")
        assert workers.run(lambda: 7, Deadline(), never, owner="ct") == 7

    def test_a_thread_that_is_late_for_long_is_overdue(self):
        workers, go = Workers(), threading.Event()
        with pytest.raises(DeadlinePassed):
            workers.run(go.wait, Deadline(time.monotonic() + 0.01), lambda: lambda: None, owner="ct")
        assert not workers.overdue(1000)
        until(lambda: workers.overdue(0.01))
        go.set()
        until(lambda: not workers.overdue(0.01))

    def test_many_that_are_late_for_a_moment_are_not_overdue(self):
        workers, go = Workers(most_late=3), threading.Event()
        for owner in ("ct", "mr", "us"):
            with pytest.raises(DeadlinePassed):
                late(workers, go, owner)
        assert workers.late == 3
        assert not workers.overdue(1000)
        go.set()

    def test_one_peer_is_late_only_with_its_share_and_the_others_are_served(self):
        workers, go = Workers(), threading.Event()
        for _ in range(MOST_OF_ONE):
            with pytest.raises(DeadlinePassed):
                late(workers, go, "ct")
        with pytest.raises(OutOfResources, match="one peer"):
            workers.run(never, Deadline(time.monotonic() + 0.05), never, owner="ct")
        assert workers.late == MOST_OF_ONE
        assert workers.run(lambda: 7, Deadline(), never, owner="mr") == 7
        go.set()
        assert workers.run(lambda: 7, Deadline(), never, owner="ct") == 7

    def test_work_for_which_there_is_no_thread_keeps_no_share(self):
        workers, go = Workers(most_late=1), threading.Event()
        with pytest.raises(DeadlinePassed):
            late(workers, go, "mr")
        for _ in range(2 * MOST_OF_ONE):
            with pytest.raises(OutOfResources, match="late"):
                workers.run(never, Deadline(time.monotonic() + 1), never, owner="ct")
        go.set()
        until(lambda: not workers.late)
        assert workers.run(lambda: 7, Deadline(), never, owner="ct") == 7

    def test_who_waits_for_a_share_has_time_left_to_work(self):
        workers, go, deadline = Workers(), threading.Event(), Deadline(time.monotonic() + 2)
        for _ in range(MOST_OF_ONE):
            with pytest.raises(DeadlinePassed):
                late(workers, go, "ct")
        with pytest.raises(OutOfResources):
            workers.run(never, deadline, never, owner="ct")
        assert not deadline.passed
        go.set()


class TestShares:
    def test_who_waits_longest_comes_next(self):
        shares, order = Shares(most=1), []
        shares.take("ct", 0)

        def wait(name):
            shares.take("ct", 30)
            order.append(name)
            shares.give_back("ct")

        threads = []
        for name in "abc":
            threads.append(threading.Thread(target=wait, args=(name,)))
            threads[-1].start()
            until(lambda: len(shares._waiting.get("ct", ())) == len(threads))
        shares.give_back("ct")
        for thread in threads:
            thread.join(30)
        assert order == ["a", "b", "c"]

    def test_who_stops_waiting_gets_nothing_and_nothing_is_kept_of_an_owner_without_work(self):
        shares = Shares(most=1)
        shares.take("ct", 0)
        with pytest.raises(OutOfResources):
            shares.take("ct", 0.01)
        shares.give_back("ct")
        shares.take("ct", 0)
        shares.give_back("ct")
        assert (shares._taken, shares._waiting) == ({}, {})

    def test_a_place_that_comes_in_the_last_instant_is_taken(self):
        shares, turn = Shares(most=1), threading.Lock()
        shares._leave("ct", turn)  # given to it before it could leave


@pytest.mark.parametrize("step", ["known", "deidentify", "seal", "stage", "RecordAudit"])
def test_a_step_that_hangs_is_answered_in_time_and_leaves_nothing_behind(scp, world, hang, step):
    server, sender = scp()
    go = hang(step)
    assert sender.store() == (0xA700, "not done in time, send again")
    assert server._workers.late == 1
    go.set()
    until(lambda: server._workers.late == 0)
    assert not world.files
    assert not {"publish", "RecordInstance", "RecordDuplicate"} & set(world.steps)
    assert (world.steps[-1] == "discard") == (step in ("stage", "RecordAudit"))
    world.hangs.clear()
    assert sender.store()[0] == 0


def test_a_commit_that_hangs_is_answered_in_time_and_the_ledger_was_told_until_when(scp, world, hang):
    server, sender = scp()
    go, before = hang("RecordInstance"), time.monotonic()
    assert sender.store()[0] == 0xA700
    go.set()
    until(lambda: server._workers.late == 0)
    (message,) = [one for one in world.journal if isinstance(one, RecordInstance)]
    assert before < message.deadline < time.monotonic()


def test_a_refusal_that_comes_too_late_is_not_counted(scp, world, hang):
    server, sender = scp()
    go = hang("deidentify")
    world.failures["deidentify"] = Refused(Reason.STRUCTURE)
    assert sender.store()[0] == 0xA700
    go.set()
    until(lambda: server._workers.late == 0)
    assert not any(isinstance(message, RecordRefusal) for message in world.journal)


def test_an_unexpected_error_that_comes_too_late_is_not_counted(scp, world, hang):
    server, sender = scp()
    go = hang("deidentify")
    world.failures["deidentify"] = ValueError()
    assert sender.store()[0] == 0xA700
    go.set()
    until(lambda: server._workers.late == 0)
    assert world.steps == ["known", "deidentify"]


def test_a_resend_of_what_still_hangs_is_not_begun_a_second_time(scp, world, hang):
    _, sender = scp()
    hang("deidentify")
    assert [sender.store()[0] for _ in range(2)] == [0xA700, 0xA700]
    assert world.steps.count("deidentify") == 1


def test_one_peer_that_is_slow_on_many_associations_does_not_stop_the_process(scp, world, hang):
    server, sender = scp()
    hang("deidentify")
    statuses = [sender.store(bytes([number]))[0] for number in range(MOST_OF_ONE + 2)]
    assert set(statuses) == {0xA700}
    assert world.steps.count("deidentify") == MOST_OF_ONE
    assert not server.is_stuck


def test_memory_stays_charged_until_the_late_thread_is_done(scp, world, hang):
    budget = ByteBudget(3_000_000)
    server, sender = scp(budget=budget)
    go = hang("deidentify")
    assert sender.store(bytes(900_000))[0] == 0xA700
    assert sender.store(bytes(800_000))[0] == 0xA700
    assert budget.reserved >= 1_700_000
    assert sender.store(bytes(900_000 + 1))[0] == 0xA700
    assert world.steps.count("deidentify") == 2, "the third had no memory left to be received in"
    go.set()
    until(lambda: server._workers.late == 0 and budget.reserved == 0)


def test_the_log_says_when_late_work_ended(scp, hang):
    with structlog.testing.capture_logs() as lines:
        _, sender = scp()
        go = hang("deidentify")
        sender.store()
        go.set()
        until(lambda: len(lines) > 1)
    assert [(line["event"], line.get("reason")) for line in lines[:2]] == [
        ("instance_failed", "DeadlinePassed"),
        ("late_work_ended", None),
    ]


def test_the_time_counts_from_the_last_byte_even_while_the_request_waits(world):
    data_set = ReceivedDataSet(1000, ByteBudget(1_000_000))
    data_set.append(memoryview(b"data"))
    data_set.arrived_at -= 30
    request = C_STORE()
    request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = CT, "1.2.3"
    request.DataSet = data_set
    session = Session(address="127.0.0.1", peer=PEERS[0], project=PROJECT)
    context = SimpleNamespace(abstract_syntax=CT, transfer_syntax=EXPLICIT)
    event = SimpleNamespace(request=request, context=context, assoc=SimpleNamespace(session=session))
    answer = StorageSCP(world.reception(), EventLog(), Workers(), 20.0)
    assert answer(event).Status == 0xA700
    assert world.steps == []
    data_set.arrived_at += 20
    assert answer(event).Status == 0


class TestLedger:
    """What the ledger does with a file that got its name when it was too late."""

    @pytest.fixture
    def spool(self, tmp_path):
        return Spool(tmp_path, min_free_bytes=0)

    @pytest.fixture
    def ledger(self, tmp_path, spool):
        with closing(LedgerStore(tmp_path / "ledger.sqlite", files=spool)) as opened:
            yield opened

    @pytest.fixture
    def reader(self, tmp_path, ledger):
        with closing(LedgerReader(tmp_path / "ledger.sqlite")) as opened:
            yield opened

    def publish(self, spool, seconds, digest=b"a"):
        with spool.stage("trial", "2.25.2", "2.25.1", [b"clean"]) as staged:
            staged.publish()
        return RecordInstance(
            project="trial",
            input_digest=digest * 32,
            output_digest=staged.digest,
            path=staged.path,
            size=staged.size,
            sop_class_uid=CT,
            sop_instance_uid="2.25.1",
            series_instance_uid="2.25.2",
            study_instance_uid="2.25.3",
            transfer_syntax_uid=EXPLICIT,
            attributes={"PatientID": "P"},
            destinations=[],
            peer="ct",
            deadline=time.monotonic() + seconds,
        )

    def record(self, ledger, *messages):
        ledger.begin()
        replies = [ledger.apply(message) for message in messages]
        ledger.commit()
        return replies

    def test_what_comes_too_late_is_withdrawn_and_not_counted(self, spool, ledger, reader):
        (reply,) = self.record(ledger, self.publish(spool, -1))
        assert isinstance(reply, Rejected)
        assert list(spool.files()) == []
        assert reader.sums() == []
        assert self.record(ledger, self.publish(spool, 60)) == [Outcome.STORED]

    def test_the_file_of_another_copy_stays(self, spool, ledger):
        stored, late = self.publish(spool, 60), self.publish(spool, -1, digest=b"b")
        replies = self.record(ledger, stored, late)
        assert (replies[0], type(replies[1])) == (Outcome.STORED, Rejected)
        assert list(spool.files()) == [stored.path]

    def test_a_copy_whose_file_was_withdrawn_under_it_is_not_acknowledged(self, spool, ledger, reader):
        late, other = self.publish(spool, -1), self.publish(spool, 60, digest=b"b")
        assert all(isinstance(reply, Rejected) for reply in self.record(ledger, late, other))
        assert reader.known("trial", other.input_digest) is None


def test_while_the_clock_stands_still_nobody_is_late_and_the_rest_of_the_time_is_left():
    deadline = Deadline(time.monotonic() + 0.1)
    with deadline.standing(60.0):
        assert not deadline.passed
        assert 59 < deadline.remaining < 60.2
        time.sleep(0.2)
        assert not deadline.passed
    assert 0 < deadline.remaining <= 0.1


def test_a_clock_does_not_stand_still_for_longer_than_it_may():
    deadline = Deadline(time.monotonic() + 0.05)
    with deadline.standing(0.05):
        time.sleep(0.2)
        assert deadline.passed
    assert deadline.passed


def test_who_waits_for_work_during_which_the_clock_stands_still_waits_on_and_then_no_longer():
    deadline = Deadline(time.monotonic() + 0.1)

    def work():
        with deadline.standing(60.0):
            time.sleep(0.3)
        return "done"

    assert Workers().run(work, deadline, lambda: lambda: None, owner="ct1") == "done"
    deadline, ended = Deadline(time.monotonic() + 0.1), threading.Event()

    def hang():
        with deadline.standing(60.0):
            time.sleep(0.3)
        ended.wait(30)

    began = time.monotonic()
    with pytest.raises(DeadlinePassed):
        Workers().run(hang, deadline, lambda: lambda: None, owner="ct1")
    ended.set()
    assert time.monotonic() - began < 20


def test_a_deadline_is_that_of_the_thread_that_works_against_it():
    deadline = Deadline(time.monotonic() + 60)
    assert current().remaining == math.inf
    with within(deadline):
        assert current() is deadline
        found = []
        thread = threading.Thread(target=lambda: found.append(current()))
        thread.start()
        thread.join()
        assert found[0] is not deadline
    assert current().remaining == math.inf
