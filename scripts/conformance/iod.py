"""Every place that PS3.3 has for an attribute, as the gateway's own table of Types knows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple


class Place(NamedTuple):
    """A place of an attribute.

    Parameters
    ----------
    sop_class_uid
        Of the instance.
    path
        Tags of the enclosing sequences.
    """

    sop_class_uid: str
    path: tuple[int, ...]


def places(tag: int) -> Mapping[str, Place]:
    """Return a place of an attribute for each Type that it has anywhere."""
    return _places().get(tag, {})


@cache
def _table() -> dict[str, Any]:
    text = files("gateway.standard").joinpath("attribute_types.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


@cache
def _places() -> dict[int, dict[str, Place]]:
    found: dict[int, dict[str, Place]] = {}
    seen = set()
    for uid, iod in _table()["sop_classes"].items():
        root = _table()["iods"][iod]
        if root not in seen:
            seen.add(root)
            for place, tag, kind in _attributes(root, Place(uid, ())):
                found.setdefault(tag, {}).setdefault(kind, place)
    return found


def _attributes(level: int, place: Place) -> Iterator[tuple[Place, int, str]]:
    """Yield place, tag and Type of the attributes of one level and of all below it."""
    for attribute in _table()["levels"][level].split():
        number, _, rest = attribute.partition(":")
        kind, _, child = rest.partition(">")
        yield place, int(number, 16), kind
        if child:
            yield from _attributes(int(child), Place(place.sop_class_uid, (*place.path, int(number, 16))))
