import signal
import threading
import time

import pytest
import structlog

from gateway.errors import DeadlinePassed, OutOfResources, Reason, Refused
from gateway.operate.supervision.heartbeat import INTERVAL_S
from gateway.operate.supervision.suspect import MOST_SUSPECTS, Board, Standing, Standings
from gateway.operate.supervision.suspect_caution import Caution, Gate
from gateway.operate.supervision.suspect_inquest import Inquest, oom_kills
from gateway.receive.deadline import Deadline

SEGV, KILL = -signal.SIGSEGV, -signal.SIGKILL


def digest(number: int) -> bytes:
    return number.to_bytes(32, "big")


class Gateway:
    """Receivers that can die, and the supervisor that finds out over what."""

    def __init__(self, receivers=2, slots=4):
        self.board = Board.make(receivers, slots)
        self.oom_kills = 0
        self.inquest = Inquest(self.board, lambda: self.oom_kills)
        self.cautions = [Caution(self.board, number, self.inquest.acquit) for number in range(receivers)]

    def die(self, *inputs, code=SEGV, silence=0.0, receiver=0):
        """Let a receiver die with these inputs in work."""
        for slot, one in enumerate(inputs):
            self.board.note(receiver, slot, digest(one))
        self.inquest.died(receiver, code, silence)

    def die_of_silence(self, ages, silence, receiver=0):
        """Let a receiver be killed for its silence; `ages` are seconds since work on an input began."""
        now = time.monotonic_ns()
        for slot, (one, age) in enumerate(ages.items()):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(time, "monotonic_ns", lambda age=age: now - int(age * 1e9))
                self.board.note(receiver, slot, digest(one))
        self.inquest.died(receiver, KILL, silence)

    def standing(self, one):
        return Standings(self.board).of(digest(one))

    def work(self, one, deadline=None, receiver=1):
        return self.cautions[receiver].noted(digest(one), deadline or Deadline(time.monotonic() + 30))


@pytest.fixture
def gateway():
    return Gateway()


def test_an_input_over_which_a_process_died_twice_is_refused(gateway):
    gateway.die(1, 2)
    assert gateway.standing(1) is gateway.standing(2) is Standing.SUSPECT
    with structlog.testing.capture_logs() as lines:
        gateway.die(1)
    assert [(line["event"], line["count"]) for line in lines] == [
        ("input_refused_after_deaths", 2),
        ("inputs_suspected", 1),
    ]
    with pytest.raises(Refused) as raised, gateway.work(1):
        raise AssertionError
    assert raised.value.reason is Reason.SUSPECT
    assert digest(1).hex() not in str(lines)


def test_others_that_were_in_work_at_both_deaths_are_not_condemned(gateway):
    for _ in range(2):
        gateway.die(1, 2)
    assert gateway.standing(1) is gateway.standing(2) is Standing.SUSPECT


def test_a_suspect_over_which_nobody_dies_is_acquitted(gateway):
    gateway.die(1, 2)
    with gateway.work(2):
        pass
    assert gateway.standing(2) is Standing.HARMLESS
    gateway.die(2)
    assert gateway.standing(2) is Standing.SUSPECT


def test_a_suspect_that_is_refused_for_another_reason_is_acquitted_too(gateway):
    gateway.die(1)
    with pytest.raises(Refused), gateway.work(1):
        raise Refused(Reason.STRUCTURE)
    assert gateway.standing(1) is Standing.HARMLESS


def test_what_was_done_is_not_suspected(gateway):
    with gateway.work(1, receiver=0):
        pass
    gateway.die(2)
    assert gateway.standing(1) is Standing.HARMLESS


def test_a_kill_that_nobody_explains_counts_half(gateway):
    for _ in range(2):
        gateway.die(1, code=KILL)
    assert gateway.standing(1) is Standing.SUSPECT
    gateway.die(1, code=KILL)
    assert gateway.standing(1) is Standing.CONDEMNED


@pytest.mark.parametrize("codes", [(KILL, SEGV), (SEGV, KILL)])
def test_one_explained_death_and_a_kill_are_enough(gateway, codes):
    for code in codes:
        gateway.die(1, code=code)
    assert gateway.standing(1) is Standing.CONDEMNED


def test_a_kill_by_the_out_of_memory_killer_counts_in_full(gateway):
    for _ in range(2):
        gateway.inquest.attend()
        gateway.oom_kills += 1
        gateway.inquest.attend()  # a look may come before the death is heard of
        gateway.die(1, code=KILL)
    assert gateway.standing(1) is Standing.CONDEMNED


def test_what_the_out_of_memory_killer_did_before_explains_nothing(gateway):
    gateway.oom_kills += 1
    for _ in range(2):
        gateway.inquest.attend()
    for _ in range(2):
        gateway.die(1, code=KILL)
    assert gateway.standing(1) is Standing.SUSPECT


def test_the_kernel_says_how_often_it_killed_for_memory():
    assert oom_kills() >= 0


def test_a_process_killed_for_its_silence_died_over_what_it_had_begun_before(gateway):
    for _ in range(2):
        gateway.die_of_silence({1: 70.0, 2: 50.0}, silence=60.0)
    assert gateway.standing(1) is Standing.CONDEMNED
    assert gateway.standing(2) is Standing.HARMLESS


def test_what_hangs_the_interpreter_before_its_next_beat_is_suspected_and_not_what_began_later(gateway):
    gateway.die_of_silence({1: 60.0 - INTERVAL_S, 2: 50.0}, silence=60.0)
    assert gateway.standing(1) is Standing.SUSPECT
    assert gateway.standing(2) is Standing.HARMLESS


def test_what_hung_the_interpreter_beside_work_that_was_older_is_suspected_too(gateway):
    gateway.die_of_silence({1: 60.0 - INTERVAL_S, 2: 65.0}, silence=60.0)
    assert gateway.standing(1) is gateway.standing(2) is Standing.SUSPECT


def test_the_memory_of_suspects_is_bounded_and_keeps_the_condemned(gateway):
    for _ in range(2):
        gateway.die(0)
    for number in range(1, MOST_SUSPECTS + 10):
        gateway.die(number)
    assert len(gateway.board.entries()) == MOST_SUSPECTS
    assert gateway.standing(0) is Standing.CONDEMNED
    assert gateway.standing(1) is Standing.HARMLESS
    assert gateway.standing(MOST_SUSPECTS + 9) is Standing.SUSPECT


def test_a_receiver_sees_a_change_at_once(gateway):
    standings = Standings(gateway.board)
    assert standings.of(digest(1)) is Standing.HARMLESS
    gateway.die(1)
    assert standings.of(digest(1)) is Standing.SUSPECT


def test_more_in_work_than_there_are_places_is_told_to_try_again(gateway):
    gateway = Gateway(slots=1)
    with gateway.work(1), pytest.raises(OutOfResources), gateway.work(2):
        raise AssertionError
    with gateway.work(2):
        pass


class TestGate:
    def deadline(self, seconds=30.0):
        return Deadline(time.monotonic() + seconds)

    def run(self, entrance, deadline, order, name):
        def enter():
            with entrance(deadline):
                order.append(name)

        thread = threading.Thread(target=enter)
        thread.start()
        return thread

    def test_many_are_inside_at_a_time(self):
        gate = Gate()
        with gate.shared(self.deadline()), gate.shared(self.deadline()):
            pass

    def test_who_wants_to_be_alone_waits_for_those_inside_and_keeps_others_out(self):
        gate, order = Gate(), []
        with gate.shared(self.deadline()):
            alone = self.run(gate.alone, self.deadline(), order, "alone")
            while gate._alone is None:
                time.sleep(0.001)
            other = self.run(gate.shared, self.deadline(), order, "other")
            other.join(0.05)
            assert order == []
        alone.join()
        other.join()
        assert order == ["alone", "other"]

    def test_nobody_enters_while_one_is_alone(self):
        gate = Gate()
        with gate.alone(self.deadline()):
            for entrance in (gate.shared, gate.alone):
                with pytest.raises(DeadlinePassed), entrance(self.deadline(0.02)):
                    raise AssertionError
        with gate.shared(self.deadline()):
            pass

    def test_who_is_late_keeps_nobody_out(self):
        gate, late = Gate(), Deadline(time.monotonic() + 0.05)
        with gate.alone(late), gate.shared(self.deadline()):
            assert late.passed
            with pytest.raises(DeadlinePassed), gate.alone(self.deadline(0.05)):
                raise AssertionError("one inside is in time")

    def test_a_suspect_gets_in_when_those_inside_are_late(self):
        gate, late = Gate(), Deadline(time.monotonic() + 0.05)
        with gate.shared(late), gate.alone(self.deadline()):
            assert late.passed
