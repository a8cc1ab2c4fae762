import socket
import threading
import time
from collections import defaultdict
from contextlib import closing
from dataclasses import replace

import pytest
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian, MRImageStorage

from gateway.forward.retry import Backoff
from gateway.ledger.message import TaskOutcome, TaskState

CT, MR = str(CTImageStorage), str(MRImageStorage)
EXPLICIT, IMPLICIT = str(ExplicitVRLittleEndian), str(ImplicitVRLittleEndian)


def unused_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_what_is_waiting_is_delivered_as_the_files_hold_it(store, archive, forward):
    uids = [store.add(n, f"2.25.{n % 3}") for n in range(30)]
    scp = archive()
    forward(scp.peer)
    store.until_sums(30, 0, 0)
    assert scp.stored == {uid: [store.data_set(uid)] for uid in uids}


def test_what_comes_later_is_delivered_when_it_comes(store, archive, forward):
    scp = archive()
    forward(scp.peer)
    for n in range(5):
        store.add(n)
        store.until_sums(n + 1, 0, 0)


def test_an_association_is_reused_and_released_when_there_is_nothing_to_do(store, archive, forward, pace):
    scp = archive()
    forward(scp.peer, pace=replace(pace, associations=1, idle=0.5))
    for n in range(5):
        store.add(n, f"2.25.{n}")
        store.until_sums(n + 1, 0, 0)
    assert len(scp.established) == 1
    assert scp.released.wait(10)
    store.add(6)
    store.until_sums(6, 0, 0)
    assert len(scp.established) == 2


def test_several_series_go_in_parallel_and_each_over_one_association_at_a_time(store, archive, forward):
    both = threading.Barrier(2, timeout=10)
    active, most = defaultdict(int), defaultdict(int)
    lock = threading.Lock()
    met = []

    def answer(event):
        series = event.dataset.SeriesInstanceUID
        with lock:
            active[series] += 1
            most[series] = max(most[series], active[series])
            first = not met or (len(met) == 1 and series not in met)
            if first:
                met.append(series)
        if first:
            both.wait()
        with lock:
            active[series] -= 1
        return 0

    for n in range(40):
        store.add(n, f"2.25.{n % 2}")
    forward(archive(answer=answer).peer)
    store.until_sums(40, 0, 0)
    assert len(met) == 2
    assert set(most.values()) == {1}


def test_instances_of_a_series_keep_their_order(store, archive, forward):
    uids = [store.add(n) for n in range(20)]
    scp = archive()
    forward(scp.peer)
    store.until_sums(20, 0, 0)
    assert [uid for _, uid in scp.order] == uids


def test_a_pair_that_was_not_proposed_is_negotiated_anew(store, archive, forward, pace):
    pairs = [(CT, EXPLICIT), (CT, IMPLICIT), (MR, EXPLICIT)]
    scp = archive(pairs)
    forward(scp.peer, pace=replace(pace, associations=1, idle=10))
    for n, (sop_class, syntax) in enumerate(pairs * 2):
        store.add(n, f"2.25.{n}", sop_class=sop_class, syntax=syntax)
        store.until_sums(n + 1, 0, 0)
    assert len(scp.established) == len(pairs)


def test_an_instance_without_an_accepted_context_is_held_and_the_others_delivered(store, archive, forward):
    store.add(1, syntax=EXPLICIT)
    held = [store.add(2, syntax=IMPLICIT), store.add(3, sop_class=MR), store.add(4, "2.25.2", sop_class=MR)]
    store.add(5, syntax=EXPLICIT)
    forward(archive().peer)
    store.until_sums(2, 0, 3)
    assert store.errors() == dict.fromkeys(held, "no presentation context accepted")


def test_an_archive_that_accepts_nothing_of_a_series_is_asked_once(store, archive, forward, pace):
    for n in range(10):
        store.add(n, sop_class=MR)
    requested = []
    scp = archive()
    scp.on_request(lambda event: requested.append(event.assoc))
    forward(scp.peer, pace=replace(pace, associations=1))
    store.until_sums(0, 0, 10)
    assert len(requested) == 1


@pytest.mark.parametrize("status", [0xB000, 0xB006, 0xB007, 0x0107])
def test_a_warning_is_a_delivery(store, archive, forward, status):
    store.add(1)
    forward(archive(answer=lambda event: status).peer)
    store.until_sums(1, 0, 0)


@pytest.mark.parametrize("status", [0xA900, 0xC000, 0xC123, 0x0122, 0x0124])
def test_a_rejection_holds_the_instance_at_once(store, archive, forward, status):
    bad, good = store.add(1), store.add(2)
    scp = archive(answer=lambda event: status if event.request.AffectedSOPInstanceUID == bad else 0)
    forward(scp.peer)
    store.until_sums(1, 0, 1)
    assert store.errors() == {bad: "rejected by the destination"}
    assert [held.status for held in store.reader.held()] == [status]
    assert list(scp.stored) == [good]
    assert len(scp.order) == 2


def test_an_archive_without_resources_is_tried_until_it_has_some(store, archive, forward):
    answers = iter([0xA700, 0xA701, 0xA7FF] * 4)
    for n in range(3):
        store.add(n)
    forward(archive(answer=lambda event: next(answers, 0)).peer)
    store.until_sums(3, 0, 0)


def test_a_processing_failure_is_tried_again(store, archive, forward):
    answers = iter([0x0110] * 4)
    store.add(1)
    scp = archive(answer=lambda event: next(answers, 0))
    forward(scp.peer)
    store.until_sums(1, 0, 0)
    assert len(scp.order) == 5


def test_five_processing_failures_hold_the_instance(store, archive, forward):
    bad = store.add(1)
    store.add(2)
    scp = archive(answer=lambda event: 0x0110 if event.request.AffectedSOPInstanceUID == bad else 0)
    forward(scp.peer)
    store.until_sums(1, 0, 1)
    assert store.errors() == {bad: "processing failed repeatedly"}
    assert [uid for _, uid in scp.order].count(bad) == 5


def test_a_file_that_is_missing_or_damaged_is_held(store, archive, forward):
    missing, damaged = store.add(1, write=False), store.add(2)
    store.add(3)
    (file,) = store.directory.rglob(f"{damaged}.dcm")
    file.write_bytes(b"not a Part 10 file")
    forward(archive().peer)
    store.until_sums(1, 0, 2)
    assert store.errors() == {missing: "file missing", damaged: "file damaged"}


def test_what_a_person_releases_is_sent_again(store, archive, forward):
    answers = iter([0xC000])
    store.add(1)
    forward(archive(answer=lambda event: next(answers, 0)).peer)
    store.until_sums(0, 0, 1)
    (held,) = store.reader.held()
    store.client.call(TaskOutcome(held.id, TaskState.WAITING))
    store.until_sums(1, 0, 0)


def test_an_unreachable_archive_costs_no_attempts_and_gets_everything_when_it_comes(
    store, archive, forward, peer_at
):
    port = unused_port()
    for n in range(10):
        store.add(n, f"2.25.{n}")
    refused = threading.Event()
    with closing(socket.create_server(("127.0.0.1", port))) as listener:
        forward(peer_at("archive", port))
        for _ in range(4):  # closes without a word
            listener.accept()[0].close()
        refused.set()
    assert store.attempts() == [0] * 10
    scp = archive(port=port)
    store.until_sums(10, 0, 0)
    assert len(scp.order) == 10


def test_a_dead_destination_does_not_slow_another(store, archive, forward, peer_at, pace):
    silent = socket.create_server(("127.0.0.1", 0))  # connects, and says nothing
    scp = archive()
    dead, mute = peer_at("dead", unused_port()), peer_at("mute", silent.getsockname()[1])
    for n in range(50):
        store.add(n, f"2.25.{n % 5}", destinations=("mute", "dead", "archive"))
    with closing(silent):
        begun = time.monotonic()
        forward(mute, dead, scp.peer, pace=replace(pace, timeouts=replace(pace.timeouts, associate=5.0)))
        store.until_sums(50, 0, 0)
        assert time.monotonic() - begun < 4
        assert store.sums("dead") == store.sums("mute") == (0, 50, 0)


def test_an_instance_that_breaks_associations_does_not_keep_the_others_back(store, archive, forward):
    poison = store.add(0)
    for n in range(1, 20):
        store.add(n, f"2.25.{n % 4}")

    def answer(event):
        if event.request.AffectedSOPInstanceUID == poison:
            event.assoc.abort()
        return 0

    forward(archive(answer=answer).peer)
    store.until_sums(19, 1, 0)
    store.until(lambda: store.attempts() and store.attempts()[0] >= 3)


def test_an_archive_that_takes_one_association_only_is_not_unreachable(store, archive, forward, pace):
    scp = archive(maximum_associations=1)
    for n in range(40):
        store.add(n, f"2.25.{n}")
    slow = Backoff(first=30.0, longest=30.0)
    forward(scp.peer, pace=replace(pace, associations=3, backoff=slow))
    store.until_sums(40, 0, 0)


def test_a_missing_response_is_tried_again(store, archive, forward, pace):
    first = threading.Event()
    go_on = threading.Event()

    def answer(event):
        if not first.is_set():
            first.set()
            go_on.wait(20)
        return 0

    store.add(1)
    scp = archive(answer=answer)
    forward(scp.peer, pace=replace(pace, timeouts=replace(pace.timeouts, response=0.3)))
    try:
        store.until_sums(1, 0, 0)
    finally:
        go_on.set()
    assert len(scp.order) == 2


def test_outcomes_wait_for_the_ledger_and_nothing_is_sent_twice(store, archive, forward):
    stopped = threading.Event()

    def answer(event):
        stopped.wait(20)
        return 0

    for n in range(20):
        store.add(n)
    scp = archive(answer=answer)
    forward(scp.peer)
    store.until(lambda: scp.order)
    store.stop()
    stopped.set()
    store.until(lambda: len(scp.order) == 20)
    store.start()
    store.until_sums(20, 0, 0)
    assert len(scp.order) == 20


def test_a_stop_ends_a_transfer_that_hangs_and_the_task_stays(store, archive, forward, pace):
    begun, go_on = threading.Event(), threading.Event()

    def answer(event):
        begun.set()
        go_on.wait(30)
        return 0

    store.add(1)
    scp = archive(answer=answer)
    running = forward(scp.peer, pace=replace(pace, grace=0.2, timeouts=replace(pace.timeouts, response=30.0)))
    assert begun.wait(10)
    moment = time.monotonic()
    running.close()
    assert time.monotonic() - moment < 5
    go_on.set()
    assert store.sums() == (0, 1, 0)
    assert store.attempts() == [0]


def test_a_stop_lets_the_instance_at_hand_finish(store, archive, forward):
    begun, stopping = threading.Event(), threading.Event()

    def answer(event):
        begun.set()
        stopping.wait(20)
        return 0

    for n in range(5):
        store.add(n)
    scp = archive(answer=answer)
    running = forward(scp.peer)
    assert begun.wait(10)
    running.stop.set()
    stopping.set()
    running.close()
    assert store.sums() == (1, 4, 0)
    forward(scp.peer)
    store.until_sums(5, 0, 0)
    assert len(scp.order) == 5


def test_an_instance_that_fails_for_an_unknown_reason_does_not_keep_the_others_back(
    store, archive, forward, monkeypatch
):
    strange = store.add(1)
    for n in range(2, 6):
        store.add(n)
    find = store.path

    def path(relative):
        if strange in relative:
            raise RuntimeError("unforeseen")
        return find(relative)

    monkeypatch.setattr(store, "path", path)
    forward(archive().peer)
    store.until_sums(4, 1, 0)
    store.until(lambda: store.attempts() and store.attempts()[0] >= 2)


def test_an_instance_over_which_the_archive_always_aborts_is_held_and_the_others_go_on(
    store, archive, forward
):
    poison = store.add(0)

    def answer(event):
        if event.request.AffectedSOPInstanceUID == poison:
            event.assoc.abort()
        return 0

    scp = archive(answer=answer)
    forward(scp.peer)
    others = []

    def is_held():
        others.append(store.add(len(others) + 1, f"2.25.{len(others) % 3}"))
        store.until(lambda: store.sums()[0] == len(others))
        return store.sums()[2] == 1

    store.until(is_held)
    assert store.errors() == {poison: "no response, repeatedly"}
    assert sum(uid == poison for _, uid in scp.order) >= 5
    store.until_sums(len(others), 0, 1)


def test_an_archive_that_aborts_over_everything_holds_nothing(store, archive, forward):
    uids = [store.add(number, f"2.25.{number % 2}") for number in range(4)]
    scp = archive(answer=lambda event: event.assoc.abort() or 0)
    forward(scp.peer)
    store.until(lambda: len(scp.order) > 40)
    assert store.sums() == (0, len(uids), 0)
