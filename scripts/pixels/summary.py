"""The figures of a run, and which of them miss their target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scripts.pixels.case import Role
from scripts.pixels.cost import Cost
from scripts.pixels.interval import wilson
from scripts.pixels.scoring import MEDIUM, STRONG, WEAK
from scripts.pixels.trial import Result

CROSS_SECTIONS: Final = frozenset({"CT", "MR"})


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share; 1 where there is nothing."""
        return self.hits / self.of if self.of else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval."""
        return wilson(self.hits, self.of)


@dataclass(frozen=True, slots=True)
class Summary:
    """One contestant's figures.

    Parameters
    ----------
    hidden
        Identifying strings fully hidden in every frame, by class; "8 px, 12 %" without the larger ones.
    hidden_medium
        All those of 8 px and 12 % and more.
    leaks
        Text-bearing instances in which three characters in a row of an identifying string are visible.
    leaks_standard
        The same, of strings of 10 px and 25 % and more.
    labels, lead
        Clinical labels kept; lead markers among them.
    over
        Mean share of the picture blacked outside any text, of text-bearing instances.
    over_bright
        The same, of pixels that were not black before.
    same_sections, same_others
        Instances without text whose coded pixels are byte for byte what they were.
    exact
        Instances that changed in which nothing but black areas differs.
    """

    name: str
    hidden: dict[str, Share]
    hidden_medium: Share
    leaks: Share
    leaks_standard: Share
    labels: Share
    labels_clear: Share
    lead: Share
    over: float
    over_bright: float
    same_sections: Share
    same_others: Share
    exact: Share
    refused: int
    failed: int
    read_before: int
    read_after: int
    seconds: dict[str, float]

    @classmethod
    def of(cls, name: str, results: Sequence[Result]) -> Summary:
        """Sum up one contestant's results."""
        texts = [one for one in results if not one.is_clean]
        strings = [string for one in texts for string in one.score.strings]
        phi = [one for one in strings if one.role == Role.PHI]
        labels = [one for one in strings if one.role == Role.LABEL]
        clear = [one for one in labels if one.stratum == STRONG]
        by_stratum = {name: [one for one in phi if one.stratum == name] for name in (STRONG, MEDIUM, WEAK)}
        asked = [one.readable for one in results if one.readable is not None]
        clean = [one for one in results if one.is_clean]
        return cls(
            name=name,
            hidden={key: _share(those, lambda one: one.is_hidden) for key, those in by_stratum.items()},
            hidden_medium=_share([*by_stratum[STRONG], *by_stratum[MEDIUM]], lambda one: one.is_hidden),
            leaks=_share(texts, lambda one: any(string.is_leak for string in one.score.strings)),
            leaks_standard=_share(
                texts, lambda one: any(s.is_leak and s.stratum == STRONG for s in one.score.strings)
            ),
            labels=_share(labels, lambda one: one.is_kept),
            labels_clear=_share(clear, lambda one: one.is_kept),
            lead=_share([one for one in labels if "lead" in one.marks], lambda one: one.is_kept),
            over=sum(one.score.over for one in texts) / max(1, len(texts)),
            over_bright=sum(one.score.over_bright for one in texts) / max(1, len(texts)),
            same_sections=_share(
                [one for one in clean if one.modality in CROSS_SECTIONS and one.kind in CROSS_SECTIONS], _same
            ),
            same_others=_share([one for one in clean if one.kind not in CROSS_SECTIONS], _same),
            exact=_share(
                [one for one in results if not one.is_same and not one.refused],
                lambda one: not one.score.altered,
            ),
            refused=sum(bool(one.refused) for one in results),
            failed=sum(bool(one.failed) for one in results),
            read_before=sum(before for before, _ in asked),
            read_after=sum(after for _, after in asked),
            seconds=_seconds(results),
        )


def _same(one: Result) -> bool:
    return one.is_same


def _share(items: Iterable[Any], is_hit: Callable[[Any], bool]) -> Share:
    those = list(items)
    return Share(sum(bool(is_hit(one)) for one in those), len(those))


def _seconds(results: Sequence[Result]) -> dict[str, float]:
    """Return the median processor seconds of an instance, by kind."""
    by_kind: dict[str, list[float]] = {}
    for one in results:
        by_kind.setdefault(one.kind, []).append(one.seconds)
    return {kind: sorted(times)[len(times) // 2] for kind, times in sorted(by_kind.items())}


def misses(ours: Summary, timed: Sequence[Cost], *, is_full: bool) -> list[str]:
    """Return every target of the issue that a run missed.

    Parameters
    ----------
    ours, timed
        The gateway's figures, and what single instances cost.
    is_full
        There are a thousand text-bearing instances: fewer are too few to hold the shares against.
    """
    wanted = (
        ("identifying strings of 10 px and 25 % hidden", ours.hidden[STRONG].value, 0.998),
        ("identifying strings of 8 px and 12 % hidden", ours.hidden_medium.value, 0.97),
        ("clinical labels kept", ours.labels.value, 0.90),
        ("clean CT and MR byte-identical", ours.same_sections.value, 0.995),
        ("other clean instances byte-identical", ours.same_others.value, 0.97),
        ("colours exact outside boxes", ours.exact.value, 1.0),
    )
    found = [f"{what}: {value:.2%}, not {least:.1%}" for what, value, least in wanted if value < least]
    if ours.over >= 0.005:
        found.append(f"blacked outside any text: {ours.over:.2%}, not below 0.5 %")
    if ours.failed:
        found.append(f"{ours.failed} instances crashed")
    if not is_full:
        found = [f"{one} (fewer than 1,000 instances with text)" for one in found]
    slow = [one for one in timed if not one.milliseconds <= one.most]
    return [*found, *(f"{one.what}: {one.milliseconds:.0f} ms, not {one.most:.0f}" for one in slow)]
