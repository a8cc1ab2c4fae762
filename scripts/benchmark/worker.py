"""One engine in a process of its own: takes commands as lines of JSON, answers each with one.

Runs in the gateway's environment or in the peers', and imports nothing but the engine it is
asked for. Every engine reads a whole file from memory and writes the de-identified file to one
that is given: reading, the work itself and writing are all in the time.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

Engine = Callable[[bytes, BinaryIO], int]
"""De-identifies a file; returns how many bytes of the output are new, where it knows, else -1."""

SERIAL = b"9000000001"


def ours(profile: str) -> Engine:
    """Return the gateway's core with a profile."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from gateway.deidentify.deidentifier import Deidentifier
    from gateway.deidentify.part10 import instance_of
    from gateway.deidentify.profile import Profile
    from gateway.deidentify.pseudonym import PseudonymKey
    from scripts.nodes.untouched import Untouched

    path = Path(profile)
    loaded = Profile.load(path.read_text(encoding="utf-8"), path.name)
    # Of headers: what pixels cost is measured in scripts/benchmark/pixels.
    core = Deidentifier(loaded, PseudonymKey(bytes(32)), pixels=Untouched())

    def run(file: bytes, out: BinaryIO) -> int:
        buffers = core.deidentify(instance_of(file)).buffers
        out.writelines(buffers)
        return sum(len(buffer) for buffer in buffers if isinstance(buffer, bytes))

    return run


def dicom_anonymizer(_: str) -> Engine:
    """Return dicom-anonymizer as its function for files works, with rules built once rather than per file."""
    import pydicom
    from dicomanonymizer.simpledicomanonymizer import anonymize_dataset, initialize_actions

    rules = initialize_actions()

    def run(file: bytes, out: BinaryIO) -> int:
        data_set = pydicom.dcmread(BytesIO(file))
        anonymize_dataset(data_set, base_rules_gen=lambda: rules)
        data_set.save_as(out)
        return -1

    return run


def dicognito(_: str) -> Engine:
    """Return dicognito with one anonymizer for all instances, as its documentation advises."""
    import pydicom
    from dicognito.anonymizer import Anonymizer

    anonymizer = Anonymizer(seed="benchmark")

    def run(file: bytes, out: BinaryIO) -> int:
        with pydicom.dcmread(BytesIO(file)) as data_set:
            anonymizer.anonymize(data_set)
            data_set.save_as(out)
        return -1

    return run


def _times(engine: Engine, file: bytes, first: int, calls: int) -> list[float]:
    """Return the processor's seconds of each call; every call has an instance that was never seen before.

    Nothing here waits, so that on an idle machine they are the clock's; on a busy one the clock
    would measure the others as well.
    """
    taken = []
    for number in range(first, first + calls):
        instance = file.replace(SERIAL, b"9%09d" % number)
        out = BytesIO()
        start = time.process_time()
        engine(instance, out)
        taken.append(time.process_time() - start)
    return taken


def _resident(field: str) -> int:
    """Return bytes of this process in memory: VmRSS now, VmHWM at most since `_forget_peak`."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith(field):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _forget_peak() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _memory(engine: Engine, small: str, path: str) -> dict[str, Any]:
    """Return what a large instance takes above what the process had before: its own bytes count too."""
    engine(Path(small).read_bytes(), BytesIO())
    before = _resident("VmRSS")
    _forget_peak()
    file = Path(path).read_bytes()
    with Path("/dev/null").open("wb") as out:
        start = time.process_time()
        changed = engine(file, out)
        taken = time.process_time() - start
    return {"peak": _resident("VmHWM") - before, "input": len(file), "changed": changed, "seconds": taken}


def _answer(engine: Engine, command: dict[str, Any], files: dict[str, bytes]) -> dict[str, Any]:
    try:
        if "memory" in command:
            return _memory(engine, command["small"], command["memory"])
        path = command["file"]
        if path not in files:
            files.clear()
            files[path] = Path(path).read_bytes()
        return {"seconds": _times(engine, files[path], command["first"], command["calls"])}
    except Exception as error:  # noqa: BLE001 - an engine that cannot do a case is a result
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    warnings.simplefilter("ignore")
    engines = {"gateway": ours, "dicom-anonymizer": dicom_anonymizer, "dicognito": dicognito}
    engine = engines[sys.argv[1]](sys.argv[2] if len(sys.argv) > 2 else "")
    files: dict[str, bytes] = {}
    # Answers have the real standard output for themselves: a peer may print.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        print(json.dumps(_answer(engine, json.loads(line), files)), file=answers, flush=True)


if __name__ == "__main__":
    main()
