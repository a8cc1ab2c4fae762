"""What must hold after a kill, after a start, and once everything was forwarded."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from campaigning.archive import Archive
from campaigning.leak import LIKELY, every_file, found_in, leaks
from campaigning.sender import Book
from campaigning.victim import Victim
from gateway.errors import LedgerUnavailable
from gateway.ledger.reader import LedgerReader
from gateway.operate.command.status import read
from gateway.operate.view.status_view import Status
from gateway.settings import load

PROJECT: Final = "gateway"
_FILE: Final = re.compile(r"[0-9.]{1,64}\.([0-9a-f]{32})\.dcm")
_SUSPECT: Final = 0xC00A
"""Processes died over it more than once: rightly so, here, and it was never answered Success."""
_OVERLAP: Final = 256
_LEDGER_BACK_S: Final = 10.0
_DRAINED_WITHIN_S: Final = 120.0


@dataclass(slots=True)
class Findings:
    """What was found wrong, as phrases without any value of an original; empty when all is well."""

    lost: set[int] = field(default_factory=set)
    leaked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lost or self.leaked or self.wrong)


class Examination:
    """The checks of one gateway from its empty folder on.

    Parameters
    ----------
    victim, archive, book
        What was killed, what came out of it, and what went in.
    """

    def __init__(self, victim: Victim, archive: Archive, book: Book) -> None:
        self._victim, self._archive, self._book = victim, archive, book
        self._storage = victim.storage
        self._seen: set[Path] = set()
        self._log_read = 0
        self.findings = Findings()

    def after_kill(self) -> None:
        """What is cheap enough for every kill: accounts, files that are new, files that are short."""
        if not self._status().balanced:
            self.findings.wrong.append("the accounts do not add up")
        new = self._files() - self._seen
        self._check_whole(new)
        self._seen |= new
        self.findings.leaked += leaks([*new, *self._changing()], LIKELY)
        self.findings.leaked += [f"{phrase} in the log" for phrase in found_in(self._logged(), LIKELY)]

    def after_start(self) -> None:
        """Nothing unfinished is left, before anybody has sent anything."""
        if names := self._victim.unfinished():
            self.findings.wrong.append(f"{len(names)} unfinished files after a start")

    def when_settled(self) -> None:
        """Everything that was answered is at the archive; spool, ledger and both books agree."""
        answered = set(self._book.answered)
        self._wait_until_recorded()
        self.findings.lost |= answered - self._archive.instances.keys()
        self._check_accounts(len(answered))
        self.findings.wrong += self._archive.contradictions
        if unknown := self._archive.instances.keys() - answered - self._book.refused.keys():
            self.findings.wrong.append(f"{len(unknown)} instances arrived that were never answered")
        if refused := {status for status in self._book.refused.values() if status != _SUSPECT}:
            self.findings.wrong.append(f"refused with {', '.join(f'{one:04X}H' for one in sorted(refused))}")
        self._check_agreement()
        self._check_private()
        self.findings.leaked += leaks(every_file(self._victim.folder))

    def _status(self) -> Status:
        deadline = time.monotonic() + _LEDGER_BACK_S
        while True:
            try:
                return read(load(self._victim.settings))
            except LedgerUnavailable:
                if time.monotonic() > deadline:
                    raise

    def _wait_until_recorded(self) -> None:
        deadline = time.monotonic() + _DRAINED_WITHIN_S
        while any(one.waiting for one in self._status().sums) and time.monotonic() < deadline:
            time.sleep(0.1)

    def _check_accounts(self, answered: int) -> None:
        """Ask as an operator would, in a process of its own."""
        status = self._victim.status()
        arrived, wrong = len(self._archive.instances), self.findings.wrong
        if not status["balanced"]:
            wrong.append("the accounts do not add up")
        for total in status["sums"]:
            if (total["stored"], total["forwarded"]) != (arrived, arrived):
                wrong.append(
                    f"{total['stored']} stored, {total['forwarded']} forwarded, {total['waiting']} waiting, "
                    f"{total['held']} held; {arrived} arrived"
                )
            if total["answered"] < answered:
                wrong.append(f"{total['answered']} answered by the ledger, {answered} by the senders' books")

    def _check_agreement(self) -> None:
        files = {os.path.relpath(path, self._storage / "spool") for path in self._files()}
        rows = set(self._rows())
        if files != rows:
            self.findings.wrong.append(
                f"{len(files - rows)} files without a row, {len(rows - files)} rows without a file"
            )
        self._check_whole(self._files())

    def _check_private(self) -> None:
        """Nobody but the owner may read anything."""
        if open_to_others := [path for path in self._storage.rglob("*") if _is_open_to_others(path)]:
            self.findings.wrong.append(f"{len(open_to_others)} files that others may read")

    def _rows(self) -> Iterator[str]:
        reader = LedgerReader(self._storage / "ledger.sqlite")
        try:
            last = 0
            while page := reader.paths(after=last):
                last = page[-1][0]
                yield from (path for _, path in page)
        finally:
            reader.close()

    def _files(self) -> set[Path]:
        folder = self._storage / "spool" / PROJECT
        return {Path(parent, name) for parent, _, names in os.walk(folder) for name in names}

    def _check_whole(self, paths: set[Path]) -> None:
        for path in paths:
            name = _FILE.fullmatch(path.name)
            try:
                with path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
            except FileNotFoundError:  # withdrawn: its deadline passed before its row was committed
                continue
            if name is None or not digest.startswith(name[1]):
                self.findings.wrong.append("a file of the spool is not what its name says")

    def _changing(self) -> Iterator[Path]:
        """Files that are short and change: unfinished ones, logs of the databases, states, temporary ones."""
        for folder in (self._storage / "spool" / "tmp", self._storage / "run", self._victim.temporary):
            yield from every_file(folder)
        yield from self._storage.glob("*-wal")

    def _logged(self) -> bytes:
        """What the log got since the last time, and a little before that."""
        with self._victim.log.open("rb") as file:
            file.seek(max(0, self._log_read - _OVERLAP))
            content = file.read()
            self._log_read = file.tell()
        return content


def _is_open_to_others(path: Path) -> bool:
    try:
        return not path.is_socket() and bool(path.lstat().st_mode & 0o077)
    except FileNotFoundError:
        return False
