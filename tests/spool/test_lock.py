from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gateway
from gateway.errors import StorageError
from gateway.spool.lock import DirectoryLock

HOLDER = """
import sys
from pathlib import Path
from gateway.spool.lock import DirectoryLock
lock = DirectoryLock(Path(sys.argv[1]))
print("locked", flush=True)
sys.stdin.read()
"""


def test_a_directory_is_locked_once(tmp_path):
    with DirectoryLock(tmp_path), pytest.raises(StorageError, match="another gateway"):
        DirectoryLock(tmp_path)
    lock = DirectoryLock(tmp_path)
    lock.release()
    lock.release()


def test_a_killed_process_gives_up_its_lock(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(Path(gateway.__file__).parent.parent)}
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(StorageError):
            DirectoryLock(tmp_path)
        holder.kill()
        holder.wait()
        DirectoryLock(tmp_path).release()


def test_a_directory_that_is_missing_is_an_error_without_a_traceback_of_the_system(tmp_path):
    with pytest.raises(StorageError, match="ENOENT"):
        DirectoryLock(tmp_path / "missing")
