from dataclasses import replace

import pytest
from soaking import verdict
from soaking.archive import Mood
from soaking.picture import draw
from soaking.run import Plan, Result, Soak
from soaking.sampling import MEBIBYTE, Sample, Usage
from soaking.table import lines
from soaking.verdict import Check

END = 100.0


def usage(**changes):
    return replace(Usage(7, 100 * MEBIBYTE, 120 * MEBIBYTE, 6, 22, 0.0), **changes)


def samples(change=lambda _, sample: sample):
    """A hundred samples, of which nothing grows but what `change` makes grow."""
    return [
        change(
            at,
            Sample(
                at=float(at),
                mood="up" if at % 20 < 15 else "stopped",
                processes={"receiver-0": usage(processor=at * 0.08), "ledger": usage(pid=8)},
                waiting=20,
                stored=8 * at,
                logs={"ledger": 4 * MEBIBYTE},
                files=8 * at,
                unfinished=1,
                acknowledged=8 * at,
            ),
        )
        for at in range(101)
    ]


def growing(**changes):
    """Let numbers of one process grow, each by so much a second."""

    def change(at, sample):
        before = sample.processes["receiver-0"]
        grown = {name: getattr(before, name) + step * at for name, step in changes.items()}
        return replace(sample, processes={**sample.processes, "receiver-0": replace(before, **grown)})

    return change


def checks(found):
    return [*verdict.of_processes(found, END), *verdict.of_storage(found, END)]


def wrong(found):
    return [check.name for check in checks(found) if not check.passed]


def test_what_is_flat_passes():
    found = checks(samples())
    assert [check.name for check in found if not check.passed] == []
    assert len(found) == 10


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (growing(resident=MEBIBYTE // 2), "memory of receiver-0"),
        (growing(threads=1), "threads of receiver-0"),
        (growing(descriptors=1), "descriptors of receiver-0"),
        (growing(processor=0.001), None),
        (lambda at, one: replace(one, waiting=5 * at), "fewest waiting instances"),
        (lambda at, one: replace(one, logs={"ledger": at * MEBIBYTE // 4}), "write-ahead log of ledger"),
        (
            lambda at, one: replace(one, logs={"ledger": 65 * MEBIBYTE if at == 3 else 0}),
            "longest write-ahead log of ledger",
        ),
    ],
)
def test_what_grows_is_seen(change, name):
    assert wrong(samples(change)) == ([name] if name else [])


def test_an_instance_that_takes_longer_and_longer_is_seen():
    def slower(at, sample):
        before = sample.processes["receiver-0"]
        taken = 0.08 * at + 0.001 * at * at
        return replace(sample, processes={"receiver-0": replace(before, processor=taken)})

    assert wrong(samples(slower)) == ["processor per instance"]


def test_a_wave_that_is_the_same_in_each_fifth_is_flat():
    assert wrong(samples(lambda at, one: replace(one, waiting=at % 20 * 100))) == []


def test_a_process_that_was_replaced_and_threads_that_stay_are_seen():
    before, after = samples()[0], samples(growing(threads=1))[-1]
    ledger = {**after.processes, "ledger": usage(pid=9)}
    (alive,) = verdict.of_processes_alive(before, replace(after, processes=ledger))
    assert not alive.passed
    assert verdict.of_processes_alive(before, after)[0].passed
    assert [check.passed for check in verdict.of_threads_at_rest(before, after)] == [False, True]


def test_a_result_is_shown_as_a_table_and_as_a_picture(tmp_path):
    result = Result(
        END,
        samples(),
        [*checks(samples()), Check("held", None, 1, 0)],
        {"0000": 800},
        {"queries": 3},
        800,
        800,
    )
    assert not result.passed
    assert [line.split()[-1] for line in lines(result) if line][-1] == "WRONG"
    draw(result, tmp_path / "soak.png", "A soak")
    assert (tmp_path / "soak.png").read_bytes().startswith(b"\x89PNG")


TOO_SHORT = "fewest waiting instances"
"""Needs a time in each fifth in which the forwarder catches up; its back-off is longer than a minute has."""


def run(tmp_path, plan):
    result = Soak(tmp_path, plan).run()
    wrong = [line for line in lines(result) if line.endswith("WRONG") and not line.startswith(TOO_SHORT)]
    assert wrong == []
    assert result.acknowledged == result.forwarded > plan.seconds
    return result


@pytest.mark.slow
@pytest.mark.flow
def test_a_moment_of_it_loses_nothing(tmp_path):
    run(tmp_path, Plan(seconds=3.0, each_second=12.0, interval=0.3, visits=1.0, rest=0.0, cycles=1))


@pytest.mark.flow
@pytest.mark.slow
def test_a_minute_of_it_is_flat_and_loses_nothing(tmp_path):
    result = run(tmp_path, Plan(seconds=60.0, each_second=12.0, interval=0.5, visits=5.0))
    assert {one.mood for one in result.samples} == set(Mood)
