"""Receives one instance, is killed at each step of its acknowledgement, starts again, receives it again.

Run as a program, because it forks: ``crash_points.py FOLDER``. It prints a JSON object by the name
of the step, with what the second start and the second reception found.
"""

import json
import os
import signal
import sys
import threading
import traceback
from io import BytesIO
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from gateway.association.project import Project
from gateway.deidentify.instance import Instance
from gateway.errors import StorageError
from gateway.ledger.instance_store import LedgerStore
from gateway.ledger.reader import LedgerReader
from gateway.ledger.writer import Writer
from gateway.linkage.store import LinkageStore
from gateway.operate.supervision.run_directory import RunDirectory
from gateway.operate.wiring import composition, intake
from gateway.settings import Settings, load
from gateway.spool import spool as spool_module

STEPS = {
    "before the file is synced": (os, "fdatasync", "before"),
    "after the file is synced": (os, "fdatasync", "after"),
    "before the linkage commits": (LinkageStore, "commit", "before"),
    "after the linkage commits": (LinkageStore, "commit", "after"),
    "before the file has its name": (Path, "rename", "before"),
    "after the file has its name": (Path, "rename", "after"),
    "after the directory is synced": (LedgerStore, "begin", "before"),
    "before the ledger commits": (LedgerStore, "commit", "before"),
    "after the ledger commits": (LedgerStore, "commit", "after"),
}
SETTINGS = """
[storage]
min_free_gib = 0.0
[[project]]
name = "default"
ae_title = "GATEWAY"
profile = "basic_dates"
destinations = ["archive"]
[[peer]]
name = "archive"
ae_title = "ARCHIVE"
host = "127.0.0.1"
port = 1
roles = ["archive"]
[[peer]]
name = "scanner"
ae_title = "SCANNER"
roles = ["modality"]
"""


def die_at(owner: object, name: str, moment: str) -> None:
    """Have this process killed when it comes to a step."""
    original = getattr(owner, name)

    def replacement(*args: object, **kwargs: object) -> object:
        if moment == "after":
            original(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    setattr(owner, name, replacement)


def fail_once(owner: object, name: str) -> None:
    """Have a function fail the first time, as on a broken disk."""
    original = getattr(owner, name)

    def replacement(*args: object) -> object:
        setattr(owner, name, original)
        raise OSError(5, "Input/output error")

    setattr(owner, name, replacement)


def instance() -> Instance:
    data_set = Dataset()
    data_set.SOPClassUID, data_set.SOPInstanceUID = MRImageStorage, "1.2.3.4.3.1"
    data_set.StudyInstanceUID, data_set.SeriesInstanceUID = "1.2.3.4.1", "1.2.3.4.2"
    data_set.PatientID, data_set.PatientName, data_set.Modality = "FLT-90412", "Fehlerquist^Ottilie", "MR"
    data_set.Rows = data_set.Columns = 8
    data_set.SamplesPerPixel, data_set.PhotometricInterpretation = 1, "MONOCHROME2"
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit, data_set.PixelRepresentation = 8, 8, 7, 0
    data_set.PixelData = bytes(64)
    encoded = BytesIO()
    dcmwrite(encoded, data_set, implicit_vr=False, little_endian=True)
    return Instance(str(MRImageStorage), "1.2.3.4.3.1", str(ExplicitVRLittleEndian), encoded.getvalue())


class Station:
    """A gateway's start and reception, in this process alone."""

    def __init__(self, settings: Settings) -> None:
        keys = composition.prepare(settings)
        run = RunDirectory(settings.storage.directory)
        threading.Thread(target=Writer(run.listen(), composition.stores(settings)).run, daemon=True).start()
        ledger, spool = composition._ledger(settings), composition.spool_of(settings)
        self._reception = intake.reception(settings, keys, ledger, spool)
        self._project: Project = settings.project[0]
        self._peer = settings.peer[1]

    def receive(self) -> str:
        try:
            return str(self._reception.store(instance(), self._peer, self._project).outcome)
        except StorageError as error:
            return type(error).__name__


def found(settings: Settings) -> dict[str, object]:
    reader = LedgerReader(settings.storage.directory / "ledger.sqlite")
    spool = settings.storage.directory / "spool"
    sums = reader.sums()
    return {
        "rows": sum(one.stored for one in sums),
        "waiting": sum(one.waiting for one in sums),
        "balanced": all(one.balanced for one in sums),
        "files": len(list((spool / "default").rglob("*.dcm"))) if (spool / "default").exists() else 0,
        "unfinished": len(list((spool / "tmp").iterdir())),
    }


def in_child(settings: Settings, work) -> dict[str, object]:
    """Run `work` in a process of its own; say what it returned and how it ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writer, json.dumps(work(settings)).encode())
        except Exception:  # noqa: BLE001 - the end of a process; the parent says that it failed
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        content = pipe.read()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "see above"
    return {"killed": os.WIFSIGNALED(status), **(json.loads(content) if content else {})}


def is_linked(settings: Settings) -> bool:
    store = LinkageStore(settings.storage.directory / "linkage.sqlite")
    try:
        return store.has_rows()
    finally:
        store.close()


def second(settings: Settings) -> dict[str, object]:
    linked = is_linked(settings)
    station = Station(settings)
    after_start = found(settings)
    outcome = station.receive()
    return {"linked": linked, "after start": after_start, "outcome": outcome, "after resend": found(settings)}


def sync_fails(settings: Settings) -> dict[str, object]:
    station = Station(settings)
    answers = []
    for owner, name in ((os, "fdatasync"), (spool_module, "sync_directory")):
        fail_once(owner, name)
        answers.append(station.receive())
    return {"answers": answers, "between": found(settings), "outcome": station.receive()}


def settings_in(folder: Path) -> Settings:
    root = Path(__file__).resolve().parents[2]
    (folder / "profiles").mkdir(parents=True)
    (folder / "var").mkdir()
    profile = (root / "config" / "profiles" / "basic_dates.toml").read_bytes()
    (folder / "profiles" / "basic_dates.toml").write_bytes(profile)
    (folder / "gateway.toml").write_text(SETTINGS)
    return load(folder / "gateway.toml")


def main(folder: Path) -> None:
    results: dict[str, object] = {}
    for number, (step, point) in enumerate(STEPS.items()):
        settings = settings_in(folder / str(number))

        def first(settings: Settings, point=point) -> dict[str, object]:
            station = Station(settings)
            die_at(*point)
            return {"outcome": station.receive()}

        results[step] = {"first": in_child(settings, first), "second": in_child(settings, second)}
    settings = settings_in(folder / "sync")
    results["sync fails"] = in_child(settings, sync_fails) | {"second": in_child(settings, second)}
    print(json.dumps(results))


if __name__ == "__main__":
    os.umask(0o077)
    main(Path(sys.argv[1]))
