"""The ledger of the campaign: kills by process and step, answered, delivered, lost, leaked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from campaigning.examination import Findings
from campaigning.injection.kill_board import STEPS

AT_RANDOM: Final = "at a random moment"
STARTING: Final = "while it starts"
_EVERYTHING: Final = "everything"


@dataclass(slots=True)
class Tally:
    """Sums over all rounds.

    Parameters
    ----------
    kills
        By moment and by who died.
    unreached
        How often a step was armed and nobody came to it in time.
    arrivals
        Instances on the wire to the archive, with those that were sent twice.
    breaks
        Associations of senders that ended without an answer.
    """

    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    unreached: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    answered: int = 0
    delivered: int = 0
    refused: int = 0
    arrivals: int = 0
    breaks: int = 0
    orphans: int = 0
    starts: int = 0
    seconds: float = 0.0
    findings: Findings = field(default_factory=Findings)

    @property
    def total(self) -> int:
        """All kills."""
        return sum(self.kills.values())

    def note(self, step: str, process: str) -> None:
        """Count a kill."""
        self.kills[step or AT_RANDOM, process.partition("-")[0]] += 1

    def at(self, step: str) -> int:
        """Kills at a moment."""
        return sum(count for (moment, _), count in self.kills.items() if moment == step)

    def missed(self, per_step: int) -> list[str]:
        """Name the steps at which there were too few kills."""
        return [step for step in STEPS if self.at(step) < per_step]

    @property
    def failed(self) -> bool:
        """Whether a promise was broken."""
        return bool(self.findings or self.orphans)

    def as_json(self) -> dict[str, object]:
        """Everything, for programs."""
        return {
            "kills": self.total,
            "by_step": {
                moment: {who: self.kills[moment, who] for who in self._who() if self.kills[moment, who]}
                for moment in self._moments()
            },
            "unreached": dict(self.unreached),
            "statuses": {f"{status:04X}": count for status, count in sorted(self.statuses.items())},
            "answered": self.answered,
            "delivered": self.delivered,
            "refused": self.refused,
            "arrivals": self.arrivals,
            "broken_associations": self.breaks,
            "starts": self.starts,
            "seconds": round(self.seconds, 1),
            "lost": len(self.findings.lost),
            "leaked": len(self.findings.leaked),
            "orphans": self.orphans,
            "wrong": self.findings.wrong,
        }

    def table(self) -> str:
        """Everything, for people."""
        who = self._who()
        width = max(map(len, (*self._moments(), "killed")))
        lines = [f"{'killed':<{width}}" + "".join(f"{name:>{len(name) + 2}}" for name in (*who, "all"))]
        for moment in self._moments():
            counts = [*(self.kills[moment, name] for name in who), self.at(moment)]
            cells = zip(counts, (*who, "all"), strict=True)
            lines.append(
                f"{moment:<{width}}" + "".join(f"{count or '':>{len(name) + 2}}" for count, name in cells)
            )
        totals = [*(sum(self.kills[moment, name] for moment in self._moments()) for name in who), self.total]
        cells = zip(totals, (*who, "all"), strict=True)
        lines.append(f"{'in all':<{width}}" + "".join(f"{count:>{len(name) + 2}}" for count, name in cells))
        return "\n".join([*lines, "", *self._sums(), *self._faults()])

    def _sums(self) -> list[str]:
        again = self.arrivals - self.delivered
        return [
            f"{self.total} kills in {self.seconds:.0f} s, {self.starts} starts",
            f"broken    {self.breaks:>8}   (associations of senders)",
            f"answered  {self.answered:>8}",
            f"delivered {self.delivered:>8}   ({again} of them twice, with the same bytes)",
            f"refused   {self.refused:>8}   (processes had died over them twice)",
            f"lost      {len(self.findings.lost):>8}",
            f"leaked    {len(self.findings.leaked):>8}",
            f"orphans   {self.orphans:>8}",
            f"wrong     {len(self.findings.wrong):>8}",
        ]

    def _faults(self) -> list[str]:
        counted = Counter([*self.findings.leaked, *self.findings.wrong])
        return [f"WRONG  {phrase}, {count} times" for phrase, count in counted.items()]

    def _moments(self) -> list[str]:
        return [*STEPS, AT_RANDOM, STARTING]

    def _who(self) -> list[str]:
        found = {who for _, who in self.kills} - {_EVERYTHING}
        return [*sorted(found), _EVERYTHING]
