"""Who uses the gateway meanwhile: scanners that send, and a researcher who queries and retrieves."""

from __future__ import annotations

import random
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nodes import dcmtk
from nodes.dcmtk import Address
from nodes.gateway import RESEARCHER, SCANNER

from gateway.association.peer import Peer, Role
from gateway.association.storage_scu import StorageAssociation
from gateway.errors import GatewayError
from soaking.instances import Numbered, Supply

_PER_ASSOCIATION: Final = 40
_EACH_BROKEN, _EACH_RESENT, _EACH_CUT = 97, 41, 151
"""One in so many instances is truncated, sent twice, or sent over a connection that breaks."""
_GIVE_UP: Final = 120.0


@dataclass(slots=True)
class Ledger:
    """What the senders know, all of them together.

    Attributes
    ----------
    acknowledged
        SOP Instance UIDs answered Success.
    statuses
        How often each status was answered; -1 stands for none.
    """

    acknowledged: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, uid: str, status: int) -> None:
        """Note an answer."""
        with self.lock:
            self.statuses[status] += 1
            if status == 0:
                self.acknowledged.add(uid)


class Sender(threading.Thread):
    """A scanner: sends until it is stopped, and sends again what was not answered Success.

    Parameters
    ----------
    pause
        Seconds between two instances.
    number
        Makes the senders differ.
    """

    def __init__(
        self,
        address: Address,
        supply: Supply,
        ledger: Ledger,
        pause: float,
        number: int,
        stop: threading.Event,
    ) -> None:
        super().__init__(name=f"sender-{number}", daemon=True)
        self._peer = Peer(
            name="gateway",
            roles=(Role.ARCHIVE,),
            ae_title=address.ae_title,
            host=address.host,
            port=address.port,
        )
        self._supply, self._ledger = supply, ledger
        self._pause, self._stop_asked = pause, stop
        self._random = random.Random(number)
        self._association: StorageAssociation | None = None
        self._used = 0

    def run(self) -> None:
        """Send."""
        try:
            for count, instance in enumerate(self._supply.stream(), 1):
                if self._stop_asked.is_set():
                    return
                self._send(instance, count)
                self._stop_asked.wait(self._pause * self._random.uniform(0.5, 1.5))
        finally:
            self._hang_up()

    def _send(self, instance: Numbered, count: int) -> None:
        if count % _EACH_BROKEN == 0:
            broken = instance.data_set[: len(instance.data_set) // 2 | 1]
            self._once(instance, broken)
        if count % _EACH_CUT == 0:
            self._cut(instance)
        deadline = time.monotonic() + _GIVE_UP
        while self._once(instance, instance.data_set) != 0 and time.monotonic() < deadline:
            time.sleep(0.5)
        if count % _EACH_RESENT == 0:
            self._once(instance, instance.data_set)

    def _once(self, instance: Numbered, data_set: bytes) -> int:
        status = -1
        with suppress(GatewayError, OSError):
            association = self._connected()
            status = association.store_pieces(
                [data_set], instance.sop_class_uid, instance.sop_instance_uid, instance.transfer_syntax_uid
            )
        if status == -1:
            self._hang_up()
        self._ledger.note(instance.sop_instance_uid, status)
        return status

    def _cut(self, instance: Numbered) -> None:
        """Send, and break the connection meanwhile; whether it was stored is unknown."""
        with suppress(GatewayError, OSError):
            timer = threading.Timer(self._random.uniform(0.0, 0.02), self._connected().interrupt)
            timer.start()
            self._once(instance, instance.data_set)
            timer.join()
        self._hang_up()

    def _connected(self) -> StorageAssociation:
        if self._used >= _PER_ASSOCIATION:
            self._hang_up()
        if self._association is None:
            self._association = StorageAssociation.open(self._peer, SCANNER, self._supply.contexts)
            self._used = 0
        self._used += 1
        return self._association

    def _hang_up(self) -> None:
        association, self._association = self._association, None
        if association is not None:
            with suppress(GatewayError, OSError):
                association.close()


class Researcher(threading.Thread):
    """Queries now and then, and retrieves a study by C-GET or C-MOVE.

    Parameters
    ----------
    folder
        Keeps what is being retrieved, for a moment.
    pause
        Seconds between two visits.
    """

    def __init__(self, address: Address, folder: Path, pause: float, stop: threading.Event) -> None:
        super().__init__(name="researcher", daemon=True)
        self._address, self._folder = address, folder
        self._pause, self._stop_asked = pause, stop
        self._random = random.Random(1)
        self.queries = self.retrievals = self.failures = 0

    @property
    def visits(self) -> dict[str, int]:
        """What came of the visits so far."""
        return {"queries": self.queries, "retrievals": self.retrievals, "failures": self.failures}

    def run(self) -> None:
        """Come and go."""
        for visit in self._visits():
            folder = self._folder / f"visit-{visit}"
            try:
                self._look(folder, visit)
            except (RuntimeError, OSError, subprocess.SubprocessError):
                self.failures += 1
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _visits(self) -> Iterator[int]:
        visit = 0
        while not self._stop_asked.wait(self._pause):
            visit += 1
            yield visit

    def _look(self, folder: Path, visit: int) -> None:
        keys = {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": "", "PatientID": "", "StudyDate": ""}
        answers = dcmtk.found(self._address, RESEARCHER, keys, folder / "found")
        self.queries += 1
        if not answers:
            return
        chosen = str(self._random.choice(answers).StudyInstanceUID)
        wanted = {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": chosen}
        if visit % 2:
            done = dcmtk.move(self._address, RESEARCHER, RESEARCHER, wanted)
        else:
            done = dcmtk.get(self._address, RESEARCHER, wanted, folder / "got", "+xe")
        self.retrievals += 1
        # 2: some of the study's syntaxes were not among those that getscu proposes
        self.failures += done.returncode not in (0, 2) and visit % 2


def in_turns(moods: list[tuple[str, float]], turn: Callable[[str], None], stop: threading.Event) -> None:
    """Let the archive have its moods, each for its seconds, until they are over or `stop` is set."""
    for mood, seconds in moods:
        turn(mood)
        if stop.wait(seconds):
            return
