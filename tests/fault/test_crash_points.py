import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("crash_points.py")
NOTHING = {"rows": 0, "waiting": 0, "balanced": True, "files": 0, "unfinished": 0}
KEPT = {"rows": 1, "waiting": 1, "balanced": True, "files": 1, "unfinished": 0}

UNPUBLISHED = (
    "before the file is synced",
    "after the file is synced",
    "before the linkage commits",
    "after the linkage commits",
    "before the file has its name",
)
PUBLISHED = (
    "after the file has its name",
    "after the directory is synced",
    "before the ledger commits",
    "after the ledger commits",
)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    root = str(PROGRAM.parents[2])
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path_factory.mktemp("crash"))],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_step_is_looked_at(found):
    assert found.keys() == {*UNPUBLISHED, *PUBLISHED, "sync fails"}


@pytest.mark.parametrize("step", UNPUBLISHED + PUBLISHED)
def test_a_kill_is_not_an_acknowledgement(found, step):
    assert found[step]["first"] == {"killed": True}


@pytest.mark.parametrize("step", UNPUBLISHED)
def test_what_had_no_name_when_it_was_killed_leaves_no_trace(found, step):
    assert found[step]["second"]["after start"] == NOTHING
    assert found[step]["second"]["outcome"] == "stored"
    assert found[step]["second"]["after resend"] == KEPT


@pytest.mark.parametrize("step", PUBLISHED)
def test_what_had_its_name_when_it_was_killed_is_queued_and_a_resend_is_a_duplicate(found, step):
    assert found[step]["second"]["after start"] == KEPT
    assert found[step]["second"]["outcome"] == "duplicate"
    assert found[step]["second"]["after resend"] == KEPT


@pytest.mark.parametrize("step", PUBLISHED)
def test_what_has_its_name_is_linked_to_its_original(found, step):
    assert found[step]["second"]["linked"]


def test_a_failing_sync_is_not_acknowledged_and_nothing_half_written_stays(found):
    assert found["sync fails"]["answers"] == ["SyncFailed", "SyncFailed"]
    assert found["sync fails"]["between"]["rows"] == 0
    assert found["sync fails"]["between"]["unfinished"] == 0
    assert found["sync fails"]["outcome"] == "stored"
    assert found["sync fails"]["second"]["after start"] == KEPT
    assert found["sync fails"]["second"]["outcome"] == "duplicate"
