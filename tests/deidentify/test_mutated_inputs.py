"""Whatever arrives, an output has nothing of the patient, or there is none: a few of the fuzzer's inputs."""

from __future__ import annotations

import random
from collections import Counter
from itertools import islice

import pytest

INPUTS = 900
"""Of some 300 a second."""
ROUNDS = 3
"""Mutations of mutations."""


@pytest.fixture(scope="module")
def cores(fuzzing):
    return fuzzing.promise.deidentifiers()


def inputs(fuzzing):
    """Yield mutations of the fuzzer's seeds, the same ones in every run."""
    choice = random.Random(20190417)
    seeds = list(fuzzing.seeds.seeds())
    while True:
        data = choice.choice(seeds)
        for _ in range(choice.randrange(1, ROUNDS + 1)):
            number = choice.getrandbits(32)
            if choice.random() < 0.1:
                data = fuzzing.mutation.crossed(data, choice.choice(seeds), number, fuzzing.promise.LARGEST)
            else:
                data = fuzzing.mutation.mutated(data, number, fuzzing.promise.LARGEST)
        yield data


def test_no_mutated_input_breaks_a_promise(fuzzing, cores):
    counts = Counter()
    for data in islice(inputs(fuzzing), INPUTS):
        fuzzing.promise.check(data, cores, counts)
    assert counts["passed"] > INPUTS * 0.4
    assert fuzzing.promise.share_parsed(counts) > 0.6


def test_every_seed_but_those_of_another_coding_passes(fuzzing, cores):
    outcomes = Counter(fuzzing.promise.check(data, cores) for data in fuzzing.seeds.seeds())
    assert set(outcomes) <= {"passed", "refused:bitstream", "refused:structure"}
    assert outcomes["passed"] > 0.8 * sum(outcomes.values())


def test_a_leak_is_found(fuzzing, cores, monkeypatch):
    """A core that keeps what it is given breaks the promise."""
    monkeypatch.setattr("gateway.deidentify.residual.Evidence.hits", lambda self: iter(()))
    kept = fuzzing.seeds.element("ConvolutionKernel", fuzzing.seeds.FAMILY)
    seed = next(fuzzing.seeds.seeds())
    syntax = fuzzing.mutation.syntax_of(seed)
    nodes = fuzzing.tree.read(seed[fuzzing.seeds.HEADER :], syntax)
    data = bytes([seed[0], seed[1], 0]) + fuzzing.tree.written([*nodes, kept], syntax)
    with pytest.raises(fuzzing.promise.Broken, match="the name of the patient"):
        fuzzing.promise.check(data, cores)


@pytest.mark.parametrize("syntax", range(7))
def test_a_tree_is_written_as_it_was_read(syntax, fuzzing):
    for data in fuzzing.seeds.seeds():
        if data[0] == syntax:
            content = data[fuzzing.seeds.HEADER :]
            form = fuzzing.mutation.syntax_of(data)
            assert fuzzing.tree.written(fuzzing.tree.read(content, form), form) == content
