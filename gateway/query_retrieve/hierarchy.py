"""The hierarchical rules of requests (PS3.4 C.4.1.2.1, C.4.2.2.1, C.4.3.2.1).

Relational queries need extended negotiation (C.5.1.1), which is not offered: the unique keys
above the level are due, each with a single value.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.index.matching import MatchingType, matching_type
from gateway.index.query import Query
from gateway.query_retrieve.declined import Declined
from gateway.query_retrieve.identifier import QUERY_RETRIEVE_LEVEL, Key
from gateway.query_retrieve.information_model import Root
from gateway.standard.dictionary import tag_of
from gateway.standard.query_retrieve import UNIQUE_KEY, Level
from gateway.standard.status import Status


def level_of(keys: Mapping[int, Key], root: Root) -> Level:
    """Return the level of a request after checking that the unique keys above it are there.

    Raises
    ------
    Declined
        `Status.IDENTIFIER_MISMATCH` in all other cases.
    """
    level = _level(keys, root)
    for above in root.levels[: root.levels.index(level)]:
        tag = tag_of(UNIQUE_KEY[above])
        values = keys[tag].values if tag in keys else ()
        if not values:
            raise Declined(Status.IDENTIFIER_MISMATCH, "A unique key above the level is missing", tag)
        if len(values) > 1 or not _names_entities(keys[tag]):
            raise Declined(
                Status.IDENTIFIER_MISMATCH, "A unique key above the level is not a single value", tag
            )
    return level


def retrieval(keys: Mapping[int, Key], root: Root, projects: frozenset[str]) -> Query:
    """Return the query for the entities that a C-MOVE or C-GET request names.

    Only unique keys count. Lists are allowed of UIDs at the level of the request.

    Raises
    ------
    Declined
        `Status.IDENTIFIER_MISMATCH` when the level or a unique key is missing or does not fit.
    """
    level = level_of(keys, root)
    tag = tag_of(UNIQUE_KEY[level])
    if tag not in keys or not keys[tag].values:
        raise Declined(Status.IDENTIFIER_MISMATCH, "The unique key of the level is missing", tag)
    if not _names_entities(keys[tag]):
        raise Declined(Status.IDENTIFIER_MISMATCH, "The unique key of the level must name entities", tag)
    named = root.levels[: root.levels.index(level) + 1]
    return Query(level, projects, {UNIQUE_KEY[at]: keys[tag_of(UNIQUE_KEY[at])].values for at in named})


def _level(keys: Mapping[int, Key], root: Root) -> Level:
    if QUERY_RETRIEVE_LEVEL not in keys or not keys[QUERY_RETRIEVE_LEVEL].values:
        raise Declined(Status.IDENTIFIER_MISMATCH, "Query/Retrieve Level is missing", QUERY_RETRIEVE_LEVEL)
    text = "\\".join(keys[QUERY_RETRIEVE_LEVEL].values)
    if text not in root.levels:
        raise Declined(
            Status.IDENTIFIER_MISMATCH, "Query/Retrieve Level is not of the model", QUERY_RETRIEVE_LEVEL
        )
    return Level(text)


def _names_entities(key: Key) -> bool:
    """Tell whether a key holds nothing but values to compare exactly."""
    if any(not value.strip("*") for value in key.values):
        return False
    kind = matching_type(key.vr, key.values)
    return kind is MatchingType.LIST_OF_UID or (kind is MatchingType.SINGLE_VALUE and len(key.values) == 1)
