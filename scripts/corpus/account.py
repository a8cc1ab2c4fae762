"""What became of each file, and whether the sums of the gateway and the archives agree with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
from nodes.dcmtk import StoreSCP
from nodes.orthanc import Orthanc


@dataclass(slots=True)
class Row:
    """One file.

    Attributes
    ----------
    outcome
        forwarded, held, duplicate, refused, unsendable, or PROBLEM.
    status
        DIMSE status of the answer, or the archive's where it is held.
    output
        What the gateway keeps of it.
    """

    path: Path
    sop_class_uid: str = ""
    transfer_syntax_uid: str = ""
    project: str = ""
    client: str = ""
    outcome: str = ""
    status: str = ""
    reason: str = ""
    output: Path | None = None

    @property
    def name(self) -> str:
        """Name of the file, without the folders it was collected from."""
        return self.path.name.rpartition("__")[2]

    @property
    def uid(self) -> str:
        """Replacement SOP Instance UID, from the name of the file in the spool."""
        return "" if self.output is None else self.output.name.rsplit(".", 2)[0]

    def line(self) -> str:
        """One line of the table, tab-separated."""
        sop_class = pydicom.uid.UID(self.sop_class_uid).name
        syntax = pydicom.uid.UID(self.transfer_syntax_uid).name
        return "\t".join(
            (self.path.name, sop_class, syntax, self.client, self.outcome, self.status, self.reason)
        )


@dataclass(slots=True)
class Account:
    """The rows beside ``gateway status --json``."""

    status: Any
    rows: list[Row]

    def mark_held(self) -> None:
        """Say of each row whether a destination refused it."""
        by_uid = {row.uid: row for row in self.rows if row.output is not None}
        for held in self.status["held"]:
            row = by_uid.get(held["sop_instance_uid"])
            if row is not None:
                row.outcome = "held"
                row.status = row.status if held["status"] is None else f"{held['status']:04X}H"
                refusal = f"{held['destination']}: {held['error']}"
                row.reason = "; ".join(filter(None, (row.reason, refusal)))


def sums_that_do_not_add_up(account: Account) -> list[str]:
    """Promise 3 of the design, for what the clients saw and what the status says."""
    problems = [] if account.status["balanced"] else ["gateway status says that its sums do not add up"]
    acknowledged = [row for row in account.rows if row.outcome in {"forwarded", "duplicate", "held"}]
    for title in {row.project for row in acknowledged}:
        answers = sum(row.project == title for row in acknowledged)
        kept = sum(row.project == title and row.output is not None for row in acknowledged)
        for total in account.status["sums"]:
            if total["project"].casefold() != title.casefold():
                continue
            where = f"{title} to {total['destination']}"
            if total["answered"] != answers or total["stored"] != kept:
                problems.append(f"{where}: {answers} answers and {kept} files, but status says {total}")
            if total["answered"] != total["stored"] + total["duplicates"]:
                problems.append(f"{where}: answered is not stored + duplicates: {total}")
            tasks = sum(total[key] for key in ("forwarded", "waiting", "held", "dropped"))
            if tasks + total["unaddressed"] != total["stored"]:
                problems.append(f"{where}: stored is not forwarded + waiting + held + dropped: {total}")
    return problems


def missing_at_archives(account: Account, orthanc: Orthanc, storescp: StoreSCP) -> list[str]:
    """Acknowledged and not held, but not at an archive, or not with the same bytes."""
    held = {(entry["destination"], entry["sop_instance_uid"]) for entry in account.status["held"]}
    at_orthanc = orthanc.instances()
    at_storescp = {path.name.partition(".")[2]: path for path in storescp.files()}
    problems = []
    for row in account.rows:
        if row.output is None:
            continue
        if ("orthanc", row.uid) not in held and row.uid not in at_orthanc:
            problems.append(f"{row.name}: acknowledged, neither at Orthanc nor held")
        if ("storescp", row.uid) not in held:
            received = at_storescp.get(row.uid)
            if received is None:
                problems.append(f"{row.name}: acknowledged, neither at storescp nor held")
            elif _data_set(received) != _data_set(row.output):
                problems.append(f"{row.name}: other bytes at storescp than in the spool")
    return problems


def _data_set(path: Path) -> bytes:
    """A Part 10 file without its meta information, which each receiver writes anew."""
    content = path.read_bytes()
    return content[144 + int.from_bytes(content[140:144], "little") :]
