"""One soak: a gateway, its senders, a researcher, an archive that comes and goes, and samples."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from nodes.gateway import ROOT, Gateway
from nodes.process import wait_until

from gateway.ledger.reader import LedgerReader
from soaking import outcome, verdict
from soaking.archive import FickleArchive, Mood
from soaking.instances import Supply, templates
from soaking.sampling import Sample, Sampler
from soaking.traffic import Ledger, Researcher, Sender, in_turns
from soaking.verdict import Check

SENDERS: Final = 4
CYCLE: Final = (
    (Mood.UP, 0.25),
    (Mood.STOPPED, 0.15),
    (Mood.UP, 0.15),
    (Mood.REFUSING, 0.1),
    (Mood.UP, 0.1),
    (Mood.FULL, 0.1),
    (Mood.UP, 0.05),
    (Mood.HANGING, 0.1),
)
"""What the archive does, again and again."""
_DRAINS_WITHIN: Final = 900.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard.

    Parameters
    ----------
    seconds
        That senders send.
    each_second
        Instances that all senders together offer, where the gateway keeps up.
    interval
        Seconds between samples.
    visits
        Seconds between the researcher's visits.
    rest
        Seconds after the last instance until nobody has an association any more; 0 does not wait.
    cycles
        How often the archive goes through its moods: fifths can only be compared when they are alike.
    """

    seconds: float
    each_second: float = 8.0
    interval: float = 5.0
    visits: float = 15.0
    rest: float = 8.0
    cycles: int = 5

    def moods(self) -> list[tuple[Mood, float]]:
        """Return what the archive does, and for how long."""
        return [
            (mood, share * self.seconds / self.cycles) for _ in range(self.cycles) for mood, share in CYCLE
        ]


@dataclass(slots=True)
class Result:
    """What came out.

    Parameters
    ----------
    end
        Seconds after the first sample at which the senders stopped.
    statuses
        How often each status was answered to the senders, as text; ``none`` for no answer.
    """

    end: float
    samples: list[Sample]
    checks: list[Check]
    statuses: dict[str, int]
    researcher: dict[str, int]
    acknowledged: int
    forwarded: int = 0

    @property
    def stored_each_second(self) -> float:
        """How many instances were stored in a second, on average."""
        return self.acknowledged / max(self.end, 1.0)

    @property
    def passed(self) -> bool:
        """Whether every check is right."""
        return all(check.passed for check in self.checks)


@dataclass(slots=True)
class Soak:
    """Runs a plan in a folder, which keeps the gateway's log and storage."""

    folder: Path
    plan: Plan
    say: Callable[[str], None] = lambda _: None
    _stop: threading.Event = field(default_factory=threading.Event)

    def _profile(self) -> Path:
        """Write what is done to each instance: all of research but pixels, whose cost is uneven."""
        lines = (ROOT / "config" / "profiles" / "research.toml").read_text(encoding="utf-8").splitlines()
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "research.toml"
        path.write_text("\n".join(line for line in lines if "clean_pixel_data" not in line), encoding="utf-8")
        return path

    def run(self) -> Result:
        """Run it to its end, which is when nothing waits any more."""
        with ExitStack() as stack:
            archive = stack.enter_context(FickleArchive())
            workstation = stack.enter_context(FickleArchive("RESEARCHER"))
            gateway = Gateway(
                self.folder / "gateway",
                {"archive": archive.address},
                researcher_port=workstation.address.port,
                project={"profile": str(self._profile())},
                server={"processes": 2},
                forward={"response_timeout_s": max(1.0, self.plan.seconds / 100)},
            )
            stack.enter_context(gateway)
            reader = LedgerReader(gateway.storage / "ledger.sqlite")
            stack.callback(reader.close)
            return self._measured(gateway, archive, reader)

    def _measured(self, gateway: Gateway, archive: FickleArchive, reader: LedgerReader) -> Result:
        ledger = Ledger()
        sampler = _sampler(gateway, archive, reader, ledger)
        before = sampler.take()
        researcher = self._loaded(gateway, archive, ledger, sampler)
        end = sampler.samples[-1].at
        self.say("the senders have stopped; waiting until everything is forwarded")
        self._drain(sampler, ledger)
        time.sleep(self.plan.rest)
        after = sampler.take()
        return Result(
            end=end,
            samples=sampler.samples,
            checks=[
                *outcome.checks(gateway, ledger.acknowledged, archive.stored),
                *self._flat(sampler.samples, before, after, end),
            ],
            statuses={
                "none" if code < 0 else f"{code:04X}": count
                for code, count in sorted(ledger.statuses.items())
            },
            researcher=researcher.visits,
            acknowledged=len(ledger.acknowledged),
            forwarded=len(archive.stored),
        )

    def _flat(self, samples: list[Sample], before: Sample, after: Sample, end: float) -> list[Check]:
        loaded = [one for one in samples if one.at <= end]
        return [
            *verdict.of_processes_alive(before, after),
            *verdict.of_processes(loaded, end),
            *verdict.of_storage(loaded, end),
            *(verdict.of_threads_at_rest(before, after) if self.plan.rest else ()),
            Check("unfinished files in the spool", None, after.unfinished, 0),
        ]

    def _loaded(
        self, gateway: Gateway, archive: FickleArchive, ledger: Ledger, sampler: Sampler
    ) -> Researcher:
        """Let everybody work for the time of the plan, and take samples."""
        supply = Supply(templates())
        pause = SENDERS / self.plan.each_second
        senders = [
            Sender(gateway.address, supply, ledger, pause, number, self._stop) for number in range(SENDERS)
        ]
        researcher = Researcher(gateway.address, self.folder / "researcher", self.plan.visits, self._stop)
        weather = threading.Thread(
            target=in_turns, args=(self.plan.moods(), archive.turn, self._stop), daemon=True
        )
        everybody = (*senders, researcher, weather)
        for one in everybody:
            one.start()
        end = sampler.samples[-1].at + self.plan.seconds
        while sampler.take().at < end:
            self._report(sampler.samples[-1])
            self._stop.wait(self.plan.interval)
        self._stop.set()
        for one in everybody:
            one.join()
        archive.turn(Mood.UP)
        return researcher

    def _drain(self, sampler: Sampler, ledger: Ledger) -> None:
        def is_done() -> bool:
            sample = sampler.take()
            return not sample.waiting and sample.stored >= len(ledger.acknowledged)

        wait_until(is_done, _DRAINS_WITHIN, "everything is forwarded")

    def _report(self, sample: Sample) -> None:
        self.say(f"{sample.at:6.0f} s  {sample.mood:9} {sample.stored:6} stored {sample.waiting:6} waiting")


def _sampler(gateway: Gateway, archive: FickleArchive, reader: LedgerReader, ledger: Ledger) -> Sampler:
    def queue() -> tuple[int, int]:
        sums = reader.sums()
        return sum(one.waiting for one in sums), sum(one.stored for one in sums)

    assert gateway.process is not None
    return Sampler(
        gateway.process.pid, gateway.storage, queue, lambda: archive.mood, lambda: len(ledger.acknowledged)
    )
