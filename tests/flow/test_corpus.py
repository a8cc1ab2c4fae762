import warnings
from collections import Counter

import pytest
from corpus_run import CORPUS, run
from nodes.process import missing


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the test files are absent: {CORPUS}")
@pytest.mark.skipif(bool(missing("dciodvfy")), reason="not installed: dciodvfy (Debian package dicom3tools)")
def test_every_public_sample_is_delivered_held_or_refused_for_a_reason_and_nothing_of_it_is_left(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the samples are broken in every way there is
        rows, problems = run(tmp_path, CORPUS, dciodvfy=True, patience=60)
    assert problems == []
    outcomes = Counter(row.outcome for row in rows)
    assert outcomes["forwarded"] > len(rows) / 3
