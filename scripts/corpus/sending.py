"""Send one file, by storescu or as raw bytes, and see what the gateway kept of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from nodes import raw_scu
from nodes.dcmtk import Address, storage_profile, store
from nodes.gateway import SCANNER, Gateway
from nodes.sample import Sample

from corpus.account import Row

STATUS = re.compile(r"DIMSE Status\s*:\s*0x([0-9a-fA-F]{4})")
# A client that is not answered within these seconds has found a hang.
PATIENCE = 120.0


class Sender:
    """One scanner; each file over an association of its own.

    Parameters
    ----------
    titles
        AE titles of the gateway's projects, by number.
    folder
        For storescu's profile.
    """

    def __init__(self, gateway: Gateway, titles: Sequence[str], folder: Path) -> None:
        self._gateway, self._titles, self._folder = gateway, titles, folder
        self._kept: set[Path] = set()
        self._events = 0

    def send(self, path: Path, sample: Sample | None, why: str, project: int) -> Row:
        """Send, and say what became of it."""
        address = Address(self._gateway.address.port, self._titles[project])
        if sample is None:
            return Row(path, outcome="unsendable", reason=why)
        row = Row(path, sample.sop_class_uid, sample.transfer_syntax_uid, project=self._titles[project])
        status = self._by_storescu(address, sample)
        row.client = "storescu"
        if status is None:
            row.client = "raw bytes"
            try:
                status = raw_scu.send(address, SCANNER, sample, PATIENCE)
            except raw_scu.NoAnswerError as error:
                row.outcome, row.reason = "PROBLEM", str(error)
                return row
            except raw_scu.NotSentError as error:
                row.outcome, row.reason = error.outcome, str(error)
                return row
        return self._judged(row, status)

    def _by_storescu(self, address: Address, sample: Sample) -> int | None:
        profile = self._folder / "storescu.cfg"
        try:
            options = storage_profile(profile, [(sample.sop_class_uid, sample.transfer_syntax_uid)])
        except UnicodeEncodeError:
            return None
        done = store(address, SCANNER, [sample.path], "-d", *options, timeout=PATIENCE)
        found = STATUS.findall(done.stdout)
        return int(found[-1], 16) if found else None

    def _judged(self, row: Row, status: int) -> Row:
        row.status = f"{status:04X}H"
        new = self._new_files()
        logged = self._new_refusals()
        if status != 0:
            row.outcome = "refused"
            row.reason = "; ".join(logged) or "NO REASON LOGGED"
            if not logged or new:
                row.outcome = "PROBLEM"
        elif len(new) == 1:
            row.outcome, row.output = "forwarded", new[0]
        elif new:
            row.outcome, row.reason = "PROBLEM", f"{len(new)} files kept of one instance"
        else:
            row.outcome, row.reason = "duplicate", "the same bytes were sent before"
        return row

    def _new_files(self) -> list[Path]:
        now = set((self._gateway.storage / "spool").glob("[!t]*/*/*.dcm"))
        new = now - self._kept
        self._kept = now
        return sorted(new)

    def _new_refusals(self) -> list[str]:
        events = self._gateway.events()
        new, self._events = events[self._events :], len(events)
        refused = [event for event in new if event.get("event") in {"instance_refused", "instance_failed"}]
        return [" ".join(filter(None, (event.get("reason"), event.get("tag")))) for event in refused]
