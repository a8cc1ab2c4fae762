"""Rulings are remembered, up to a bound."""

from __future__ import annotations

from gateway.deidentify import ruling
from gateway.deidentify.ruling import Rulebook


def test_a_data_set_of_any_number_of_tags_leaves_few_rulings_behind(datasets, monkeypatch):
    monkeypatch.setattr(ruling, "_MAX_REMEMBERED", 50)
    rulebook = Rulebook(datasets.profile(), datasets.CT)
    rulings = rulebook.rulings(())
    for tag in range(0x00091000, 0x00091000 + 500):
        assert rulings[tag].action == "X"
    assert len(rulings) <= 50
