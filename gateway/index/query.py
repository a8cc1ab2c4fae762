"""What is searched for and what is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.index.key import LEVELS, vr_of_key
from gateway.index.matching import MatchingType, Predicate, matching_type, predicate
from gateway.standard.query_retrieve import UNIQUE_KEY, Level


@dataclass(frozen=True, slots=True)
class Query:
    """What a requestor may see and asks for.

    Parameters
    ----------
    level
        Of the entities to find.
    projects
        Nothing of any other project is found.
    keys
        Values asked for by keyword, none for universal matching. Every keyword is one of
        `supported_keys`. Below the first level of a model the unique key above is among them.
    """

    level: Level
    projects: frozenset[str]
    keys: Mapping[str, tuple[str, ...]]

    def narrowed_to(self, level: Level) -> Query:
        """Return the query for the entities at `level`, by its unique key and those above."""
        unique = {UNIQUE_KEY[at] for at in LEVELS[: LEVELS.index(level) + 1]}
        keys = {keyword: wanted for keyword, wanted in self.keys.items() if keyword in unique}
        return Query(level, self.projects, keys)

    def exact(self, level: Level) -> tuple[str, ...]:
        """Return the values of the unique key of `level` where an index finds them, else none."""
        keyword = UNIQUE_KEY[level]
        wanted = self.keys.get(keyword, ())
        if matching_type(vr_of_key(keyword), wanted) not in (
            MatchingType.SINGLE_VALUE,
            MatchingType.LIST_OF_UID,
        ):
            return ()
        return tuple(value.strip(" \0") for value in wanted)

    def conditions(self) -> dict[str, Predicate]:
        """Return what decides about each key that restricts the answer, by keyword."""
        return {
            keyword: predicate(vr_of_key(keyword), wanted)
            for keyword, wanted in self.keys.items()
            if matching_type(vr_of_key(keyword), wanted) is not MatchingType.UNIVERSAL
        }


@dataclass(frozen=True, slots=True)
class Match:
    """An entity found: text of the requested keys, and whether all its files are there."""

    project: str
    attributes: Mapping[str, str]
    available: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """Entities to retrieve, as they were when they were looked up."""

    level: Level
    entities: tuple[int, ...]
    newest: int
    """Later instances are not part of it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many instances of a selection share project, SOP Class and transfer syntax."""

    project: str
    sop_class_uid: str
    transfer_syntax_uid: str
    count: int


@dataclass(frozen=True, slots=True)
class StoredInstance:
    """An instance of a selection; `path` is relative to the spool."""

    project: str
    path: str
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    available: bool
