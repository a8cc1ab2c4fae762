"""Instances of a gigabyte on their way through a gateway, and the memory each process takes meanwhile."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Final, Self

import pydicom
from benchmark import cases
from nodes import dcmtk
from nodes.dcmtk import Address
from nodes.gateway import RESEARCHER, SCANNER, Gateway
from soaking.archive import FickleArchive
from soaking.sampling import MEBIBYTE, processes, tree

from gateway.association.peer import Peer, Role
from gateway.association.storage_scu import StorageAssociation
from gateway.errors import GatewayError

FRAME: Final = 512 * 512 * 2
BESIDE: Final = 64 * MEBIBYTE
"""Memory that a process may take besides what it had before and the instances in flight."""
_OUT_OF_RESOURCES: Final = 0xA700
_GIVE_UP: Final = 900.0


@dataclass(slots=True)
class Passage:
    """What became of instances that were sent at once.

    Parameters
    ----------
    mebibytes
        Of each instance.
    budget
        ``storage.memory_mib``.
    before, peak
        Bytes of each process without an instance, and at most.
    together
        Bytes that all receivers had at most at one time.
    seconds
        Until the last one was answered Success, and until all were at the archive.
    told_to_wait
        Answers A700H.
    retrieved
        Instances that a researcher got by C-MOVE, and by C-GET.
    """

    count: int
    mebibytes: int
    budget: int
    before: dict[str, int] = field(default_factory=dict)
    peak: dict[str, int] = field(default_factory=dict)
    together: int = 0
    seconds: tuple[float, float] = (0.0, 0.0)
    told_to_wait: int = 0
    retrieved: tuple[int, int] = (0, 0)

    @property
    def _in_flight(self) -> int:
        return min(self.count * self.mebibytes, self.budget) * MEBIBYTE

    def bound(self, name: str) -> int:
        """Return what a process may take; a receiver may have all instances."""
        return self.before[name] + BESIDE + (self._in_flight if name.startswith("receiver") else 0)

    @property
    def bound_together(self) -> int:
        """What all receivers may take at one time."""
        names = [name for name in self.before if name.startswith("receiver")]
        return sum(self.before[name] + BESIDE for name in names) + self._in_flight

    @property
    def held(self) -> bool:
        """Whether every bound holds."""
        return self.together <= self.bound_together and all(
            self.peak[name] <= self.bound(name) for name in self.before
        )


def write(path: Path, number: int, mebibytes: int) -> None:
    """Write an Enhanced CT of about so many mebibytes as a sparse file: its pixels are zeros.

    It is smaller than `mebibytes` by less than a frame.
    """
    frames = (mebibytes * MEBIBYTE - MEBIBYTE // 4) // FRAME
    data_set = pydicom.dcmread(BytesIO(cases.large(1)))
    data_set.NumberOfFrames = frames
    uid = data_set.SOPInstanceUID.replace(cases.SERIAL, f"9{number:09}")
    data_set.SOPInstanceUID = data_set.file_meta.MediaStorageSOPInstanceUID = uid
    data_set.SeriesInstanceUID = f"{data_set.SeriesInstanceUID}.{number}"
    del data_set.PixelData
    out = BytesIO()
    data_set.save_as(out, enforce_file_format=True)
    header = b"\xe0\x7f\x10\x00OW\0\0" + (frames * FRAME).to_bytes(4, "little")
    with path.open("wb") as file:
        file.write(out.getvalue() + header)
        file.truncate(file.tell() + frames * FRAME)


def send(address: Address, path: Path, answers: list[int]) -> None:
    """Send a file until it is answered Success; takes note of every status."""
    peer = Peer(
        name="gateway", roles=(Role.ARCHIVE,), ae_title=address.ae_title, host=address.host, port=address.port
    )
    meta = pydicom.filereader.read_file_meta_info(str(path))
    pair = (str(meta.MediaStorageSOPClassUID), str(meta.TransferSyntaxUID))
    deadline = time.monotonic() + _GIVE_UP
    while not answers or (answers[-1] != 0 and time.monotonic() < deadline):
        status = -1
        with suppress(GatewayError), StorageAssociation.open(peer, SCANNER, [pair]) as association:
            status = association.store(path, pair[0], str(meta.MediaStorageSOPInstanceUID), pair[1])
        answers.append(status)
        if status:
            time.sleep(1.0)


def measure(
    folder: Path,
    count: int,
    mebibytes: int,
    *,
    budget: int,
    retrieve: bool = False,
    server: Mapping[str, object] | None = None,
) -> Passage:
    """Send so many instances at once through a gateway of its own to an archive.

    Parameters
    ----------
    budget
        MiB that all receivers may hold.
    retrieve
        Whether a researcher gets what was stored, by C-MOVE and by C-GET.
    server
        Further keys of ``[server]``.
    """
    files = [folder / f"{number}.dcm" for number in range(count)]
    for number, path in enumerate(files):
        write(path, number, mebibytes)
    passage = Passage(count, mebibytes, budget)
    with ExitStack() as stack:
        archive = stack.enter_context(FickleArchive())
        workstation = stack.enter_context(FickleArchive("RESEARCHER"))
        gateway = Gateway(
            folder / "gateway",
            {"archive": archive.address},
            researcher_port=workstation.address.port,
            server={"processes": 2, **(server or {})},
            storage={"max_instance_mib": mebibytes, "memory_mib": budget},
        )
        stack.enter_context(gateway)
        assert gateway.process is not None
        supervisor = gateway.process.pid
        usages = processes(supervisor)
        passage.before = {name: usage.resident for name, usage in usages.items()}
        _forget_peaks(supervisor)
        receivers = [usage.pid for name, usage in usages.items() if name.startswith("receiver")]
        with _Watch(receivers) as watch:
            _pass(passage, gateway, files)
            if retrieve:
                passage.retrieved = _retrieved(gateway, workstation, folder / "got")
        passage.together = watch.most
        passage.peak = {name: usage.peak for name, usage in processes(supervisor).items()}
        assert len(archive.stored) == count
    return passage


class _Watch(threading.Thread):
    """Looks all the time how much memory some processes have together: their peaks may be at other times."""

    def __init__(self, pids: Sequence[int]) -> None:
        super().__init__(daemon=True)
        self._files = [Path(f"/proc/{pid}/statm") for pid in pids]
        self._stop_asked = threading.Event()
        self.most = 0

    def run(self) -> None:
        """Look every 20 ms."""
        page = os.sysconf("SC_PAGE_SIZE")
        while not self._stop_asked.wait(0.02):
            with suppress(OSError):
                resident = [int(path.read_text(encoding="ascii").split()[1]) for path in self._files]
                self.most = max(self.most, sum(resident) * page)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_asked.set()
        self.join()


def _pass(passage: Passage, gateway: Gateway, files: Sequence[Path]) -> None:
    answers: list[list[int]] = [[] for _ in files]
    start = time.monotonic()
    threads = [
        threading.Thread(target=send, args=(gateway.address, path, own), daemon=True)
        for path, own in zip(files, answers, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_GIVE_UP)
    answered = time.monotonic() - start
    gateway.wait_until_forwarded(len(files), _GIVE_UP)
    passage.seconds = (answered, time.monotonic() - start)
    passage.told_to_wait = sum(own.count(_OUT_OF_RESOURCES) for own in answers)


def _retrieved(gateway: Gateway, workstation: FickleArchive, folder: Path) -> tuple[int, int]:
    """Retrieve everything twice; the files of C-GET are removed again."""
    keys = {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": ""}
    (study,) = dcmtk.found(gateway.address, RESEARCHER, keys, folder / "found")
    keys["StudyInstanceUID"] = str(study.StudyInstanceUID)
    dcmtk.move(gateway.address, RESEARCHER, RESEARCHER, keys)
    dcmtk.get(gateway.address, RESEARCHER, keys, folder / "files", "+xe")
    files = list((folder / "files").iterdir())
    for path in files:
        path.unlink()
    return len(workstation.stored), len(files)


def _forget_peaks(supervisor: int) -> None:
    for pid in tree(supervisor):
        with suppress(OSError):  # only root may; then the peak is the one since the start
            Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
