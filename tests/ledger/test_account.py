from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.message import Outcome, RecordDuplicate, RecordInstance, TaskOutcome, TaskState
from gateway.ledger.reader import LedgerReader
from gateway.ledger.store import Rejected

PROJECTS = st.sampled_from(["a", "b"])


def instance(project, uid, content, header, destinations, hold, anew):
    return RecordInstance(
        project=project,
        input_digest=b"" if anew else f"{uid} {content} {header}".encode(),
        output_digest=f"{uid}{content}",
        path=f"{project}/1/{uid}.{content}.dcm",
        size=1,
        sop_class_uid="1.2",
        sop_instance_uid=f"2.25.{uid}",
        series_instance_uid=f"1.{uid % 2}",
        study_instance_uid="1",
        transfer_syntax_uid="1.2.840.10008.1.2",
        attributes={},
        destinations=destinations,
        peer="ct1",
        hold_conflict=hold,
    )


INSTANCES = st.builds(
    instance,
    PROJECTS,
    st.integers(0, 3),
    st.integers(0, 2),
    st.integers(0, 1),
    st.lists(st.sampled_from(["x", "y"]), max_size=3),
    st.booleans(),
    st.booleans(),
)
DUPLICATES = st.builds(RecordDuplicate, PROJECTS, st.just("ct1"))
OUTCOMES = st.builds(TaskOutcome, st.integers(1, 12), st.sampled_from(TaskState))
GROUPS = st.lists(
    st.tuples(
        st.lists(INSTANCES | DUPLICATES | OUTCOMES, max_size=6), st.sampled_from(["commit", "undo", "crash"])
    ),
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(GROUPS)
def test_the_sums_hold_after_any_messages_in_any_groups(groups):
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "ledger.sqlite"
        store, reader = LedgerStore(path), LedgerReader(path)
        answered: Counter[str] = Counter()
        stored: Counter[str] = Counter()
        for messages, end in groups:
            store.begin()
            replies = [(message, store.apply(message)) for message in messages]
            if end == "commit":
                store.commit()
                for message, reply in replies:
                    if not isinstance(message, TaskOutcome) and not isinstance(reply, Rejected):
                        answered[message.project] += 1
                        stored[message.project] += reply in (Outcome.STORED, Outcome.CONFLICT)
            elif end == "undo":
                store.rollback()
            else:
                store.database.connection().close()
                store = LedgerStore(path)
            sums = reader.sums()
            assert all(account.balanced for account in sums)
            assert all(account.answered == answered[account.project] for account in sums)
            assert all(account.stored == stored[account.project] for account in sums)
            assert {account.project for account in sums} == set(answered)
        store.close()
        reader.close()
