import subprocess
import sys

SCRIPT = """
import os, resource, signal
from gateway.operate.supervision.process import become_child, harden
{call}
print(resource.getrlimit(resource.RLIMIT_CORE), oct(os.umask(0)))
import ctypes
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
number = ctypes.c_int()
ctypes.CDLL(None).prctl(2, ctypes.byref(number), 0, 0, 0)
ignored = signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
print(number.value, open("/proc/self/comm").read().strip(), ignored)
"""


def run(call: str) -> list[str]:
    script = SCRIPT.format(call=call)
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.splitlines()


def test_a_hardened_process_leaves_no_core_and_no_readable_file():
    limits, dumpable, _ = run("harden()")
    assert limits == "(0, 0) 0o77"
    assert dumpable == "0"


def test_a_process_whose_memory_is_limited_fails_to_take_more_and_goes_on():
    script = """
from gateway.operate.supervision.process import limit_memory
limit_memory(64 << 20)
bytearray(16 << 20)
try:
    bytearray(128 << 20)
except MemoryError:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"


def test_a_child_dies_with_its_parent_and_leaves_signals_to_the_supervisor():
    limits, dumpable, child = run("become_child('receiver-0')")
    assert (limits, dumpable) == ("(0, 0) 0o77", "0")
    assert child == "9 receiver-0 True"
