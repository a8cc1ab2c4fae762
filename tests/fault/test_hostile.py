import pytest
from hostility.campaign import Campaign, cases, gateway

STORE_AFTER_EVERY = 8
"""Cases; a C-ECHO follows on each."""


@pytest.fixture
def node(start, tmp_path):
    """Only for what `start` brings along: the marks, and the skip where DCMTK is not installed."""
    made = gateway(tmp_path / "node")
    with made:
        yield made


def run(node, chosen, every):
    campaign = Campaign(node, every)
    results = campaign.run(chosen)
    assert {one.name: (one.outcome, one.faults) for one in results if one.faults} == {}
    assert campaign.faults() == []
    return results


def test_every_hostile_input_is_refused_or_handled_and_tells_nobody_of_the_patient(node):
    results = run(node, cases(slow=False), STORE_AFTER_EVERY)
    assert len(results) > 500


@pytest.mark.slow
def test_the_largest_hostile_inputs_too(node):
    chosen = [case for case in cases(slow=True) if case.slow]
    assert len(run(node, chosen, 1)) > 5


def test_the_search_would_find_the_patient(tmp_path):
    import sqlite3
    import zlib
    from contextlib import closing

    from hostility.planted import PERSON, leaks

    (tmp_path / "log").write_bytes(PERSON.name.upper().encode("utf-16-le"))
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as ledger:
        ledger.execute("CREATE TABLE treatment (content BLOB)")
        ledger.execute("INSERT INTO treatment VALUES (?)", (zlib.compress(PERSON.accession.encode()),))
        ledger.commit()
    (tmp_path / PERSON.identifier).mkdir()
    assert leaks(tmp_path).keys() == {"log", "ledger.sqlite", PERSON.identifier}
