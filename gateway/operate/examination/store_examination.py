"""What ``gateway check`` looks at in the storage directory: databases, their keys, what links them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.errors import KeyGuardError, LedgerUnavailable
from gateway.ledger.fault import DAMAGED
from gateway.ledger.health import LARGE_LOG, Health, look
from gateway.ledger.reserve import Reserve
from gateway.ledger.task_reader import TaskReader
from gateway.linkage.coverage import unlinked
from gateway.linkage.key import proven
from gateway.operate.examination.finding import Finding, Verdict
from gateway.operate.view.former_destination import former_destinations, former_lines
from gateway.settings import Settings

LEDGER: Final = "ledger.sqlite"
LINKAGE: Final = "linkage.sqlite"
DATABASES: Final = (LEDGER, LINKAGE)

_SECONDS: Final = 60.0
"""For a look at one database."""
_MIB: Final = 1 << 20


def examine_store(settings: Settings) -> Iterator[Finding]:
    """Look at what a gateway has written; nothing is said of one that has never run."""
    directory = settings.storage.directory
    present = [name for name in DATABASES if (directory / name).exists()]
    if not present:
        return
    if Reserve(directory).is_released:
        detail = "the disk is full: nothing is accepted until there is room, what is waiting is forwarded"
        yield Finding("disk", Verdict.FAILED, detail)
    found: dict[str, Health] = {}
    for name in DATABASES:
        try:
            found[name] = look(directory / name, _SECONDS)
        except LedgerUnavailable as error:
            yield Finding(name, Verdict.FAILED, str(error))
        else:
            yield _database(name, found[name])
    yield from _former(settings)
    if len(found) == len(DATABASES) and all(health.whole is not False for health in found.values()):
        yield _keys(settings, found)
        yield _linked(directory)


def _database(name: str, health: Health) -> Finding:
    if health.whole is False:
        return Finding(name, Verdict.FAILED, f"{name} {DAMAGED}")
    if health.log_bytes > LARGE_LOG:
        size = f"its write-ahead log has {health.log_bytes // _MIB} MiB"
        return Finding(name, Verdict.WARNING, f"{size}: a program that reads it does not let go")
    looked = "is whole" if health.whole else f"no damage found in {_SECONDS:.0f} s, not all was looked at"
    return Finding(name, Verdict.OK, looked)


def _former(settings: Settings) -> Iterator[Finding]:
    """Nothing sends what waits for a destination that was taken out of the settings."""
    try:
        with closing(TaskReader(settings.storage.directory / LEDGER)) as reader:
            sums = reader.sums()
    except LedgerUnavailable:  # it is a finding of its own
        return
    for text in former_lines(former_destinations(settings, sums)):
        yield Finding("destinations", Verdict.WARNING, text)


@dataclass(slots=True)
class _Known:
    """The check values of a database that was looked at."""

    path: Path
    facts: Mapping[str, str]

    def read_meta(self, key: str) -> str | None:
        return self.facts.get(key)


def _keys(settings: Settings, found: Mapping[str, Health]) -> Finding:
    subject, directory = "keys of the store", settings.storage.directory
    files = {project.name: Path(project.key_file) for project in settings.project}
    stores = [_Known(directory / name, health.facts) for name, health in found.items()]
    try:
        proven(files, Path(settings.storage.sealing_key_file), stores)
    except (KeyGuardError, OSError) as error:
        return Finding(subject, Verdict.FAILED, str(error))
    return Finding(subject, Verdict.OK, "are those with which the databases were made")


def _linked(directory: Path) -> Finding:
    subject = "linkage"
    try:
        lost = unlinked(directory / LEDGER, directory / LINKAGE)
    except LedgerUnavailable as error:
        return Finding(subject, Verdict.FAILED, str(error))
    if not lost:
        return Finding(subject, Verdict.OK, "every study can be found again by who may re-identify")
    where = ", ".join(f"{one.project}: {one.studies} studies, {one.instances} instances" for one in lost)
    detail = f"no rows for {where}; is linkage.sqlite older than ledger.sqlite? Only a backup has them"
    return Finding(subject, Verdict.WARNING, detail)
