import os
import threading
import time
from pathlib import Path

import pytest

from gateway.deidentify.pixel.image import Image
from gateway.deidentify.pixel.message import Kind, Request, Term, Verdict
from gateway.errors import OutOfResources, Reason, Refused


def pid(ask, order="who"):
    return int(bytes(ask(order).frames[0]))


def refusal(ask, *args, **values):
    with pytest.raises(Refused) as caught:
        ask(*args, **values)
    return caught.value


def test_pixels_in_which_nothing_changed_are_not_sent_back(ask):
    examined = ask("clean", bytes(1000))
    assert (examined.outcome.verdict, examined.outcome.is_changed) == (Verdict.NO_TEXT, False)
    assert examined.frames == ()


def test_new_frames_come_back_in_order_whatever_kind_of_bytes_the_old_ones_are(workers):
    request = Request(Image(rows=1, columns=8, frames=3), "1.2.840.10008.1.2.1")
    frames = (b"invert\0\0", bytearray(b"abc"), memoryview(b"\0\1\2\3").cast("H"))
    examined = workers.examine(request, frames)
    assert [bytes(255 - value for value in frame) for frame in examined.frames] == [
        b"invert\0\0",
        b"abc",
        b"\0\1\2\3",
    ]
    assert all(frame.readonly for frame in examined.frames)


def test_more_frames_than_one_system_call_takes_come_back(workers):
    request = Request(Image(rows=1, columns=8, frames=1301), "1.2.840.10008.1.2.1")
    frames = [b"invert\0\0", *(number.to_bytes(2) for number in range(1300))]
    examined = workers.examine(request, frames)
    assert [65535 - int.from_bytes(frame) for frame in examined.frames[1:]] == list(range(1300))


def test_pixels_edited_where_they_are_come_back_without_another_copy_and_the_original_stays(workers):
    request = Request(Image(rows=1, columns=1008), "1.2.840.10008.1.2.1")
    original = bytearray(b"in_place" + b"\7" * 1000)
    examined = workers.examine(request, (original,))
    assert bytes(examined.frames[0]) == b"in_place" + bytes(1000)
    assert original == b"in_place" + b"\7" * 1000


def test_values_of_the_header_reach_the_worker(ask):
    terms = (Term(Kind.NAME, "Büchner^Élodie"), Term(Kind.IDENTIFIER, "山田"))
    examined = ask("terms", terms=terms)
    assert [bytes(frame).decode() for frame in examined.frames] == [term.value for term in terms]


def test_a_value_that_cannot_be_passed_on_refuses_the_instance(ask):
    error = refusal(ask, "terms", terms=(Term(Kind.NAME, "\udc80"),))
    assert error.reason is Reason.PIXELS_NOT_CLEAN


def test_an_instance_without_pixels_is_refused(workers):
    request = Request(Image(rows=1, columns=1), "1.2.840.10008.1.2.1")
    for frames in ((), (b"",), (b"", b"")):
        with pytest.raises(Refused, match="no pixels"):
            workers.examine(request, frames)


def test_a_refusal_comes_back_as_it_was_raised(ask):
    error = refusal(ask, "refuse")
    assert (error.reason, error.detail, error.tag) == (Reason.PIXELS_NOT_CLEAN, "text is left", 0x7FE00010)


def test_a_worker_that_is_short_of_something_does_not_refuse(ask):
    with pytest.raises(OutOfResources):
        ask("short")


def test_an_unexpected_error_refuses_and_says_nothing_of_what_was_read(ask, capfd):
    error = refusal(ask, "error")
    assert error.reason is Reason.PIXELS_UNDECODABLE
    out, err = capfd.readouterr()
    assert "ANNA" not in f"{error}{out}{err}"


def test_more_memory_than_is_set_refuses_and_the_worker_lives_on(ask, workers):
    deaths = workers._deaths._mapped[:]
    error = refusal(ask, "memory")
    assert (error.reason, error.detail) == (
        Reason.PIXELS_UNDECODABLE,
        "examining it takes too much memory",
    )
    assert ask("clean").outcome.verdict is Verdict.NO_TEXT
    assert workers._deaths._mapped[:] == deaths


@pytest.mark.parametrize(
    ("order", "detail"),
    [
        ("crash", "ended the process that examined it"),
        ("killed", "the processes that examined it were killed"),
        ("lie", "no valid answer of the examination"),
        ("garble", "no valid answer of the examination"),
    ],
)
def test_what_a_worker_dies_over_or_lies_about_is_refused_and_others_are_examined(ask, order, detail):
    error = refusal(ask, order)
    assert (error.reason, error.detail) == (Reason.PIXELS_UNDECODABLE, detail)
    assert ask("clean").outcome.verdict is Verdict.NO_TEXT


@pytest.mark.slow
def test_an_examination_that_takes_too_long_is_refused(ask):
    error = refusal(ask, "spin", image=Image(rows=1, columns=8))
    assert (error.reason, error.detail) == (Reason.PIXELS_UNDECODABLE, "takes too long to examine")


def test_an_instance_whose_worker_is_killed_is_examined_by_another(ask):
    victim = pid(ask)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert ask("unless", words=(str(victim),)).outcome.verdict is Verdict.NO_TEXT
        if victim not in {pid(ask) for _ in range(8)}:
            return
    pytest.fail("the worker was never killed")


def test_two_workers_examine_at_the_same_time(ask):
    deadline = time.monotonic() + 20
    found = set()
    while len(found) < 2 and time.monotonic() < deadline:  # one of them may just be started anew
        found = set()
        threads = [threading.Thread(target=lambda: found.add(pid(ask, "slow"))) for _ in range(2)]  # noqa: B023
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 2
    assert os.getpid() not in found


def test_a_worker_cannot_write_a_file(ask):
    error = refusal(ask, "file")
    assert error.reason is Reason.PIXELS_UNDECODABLE
    assert not Path("/tmp/never-written").exists()
