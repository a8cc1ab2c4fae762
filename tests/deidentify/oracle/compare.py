"""Two trees, the oracle's and pydicom's reading of an output: where they differ."""

from __future__ import annotations

from pydicom.dataset import Dataset

from gateway.standard.dictionary import keyword_of

from .document import Dummy, Length
from .instance import DUMMY_ITEMS, PIXELS, Text
from .reading import CHARACTER_SET, element_of, strict_text, tags_of
from .value import plain

DOCUMENT = 0x00420011


def output_tree(data_set: Dataset) -> dict:
    """Return an output in the oracle's form."""
    found = {}
    for tag in tags_of(data_set):
        raw = element_of(data_set, tag, looks_into_private=True)
        found[tag] = raw.value if raw.items is None else [output_tree(item) for item in raw.items]
    return found


def differences(
    expected: dict, found: dict, ignored: set[int], path: str = "", terms: tuple[str, ...] = ()
) -> list[str]:
    """Describe every difference between two trees; `ignored` tags may differ anywhere."""
    lines = []
    if isinstance(found.get(CHARACTER_SET), bytes):
        terms = tuple(
            term.strip(" \0") for term in found[CHARACTER_SET].decode("ascii", "replace").split("\\")
        )
    for tag in sorted((expected.keys() | found.keys()) - ignored):
        here = f"{path}/{tag:08X} {keyword_of(tag)}"
        one, other = expected.get(tag), found.get(tag)
        if tag in PIXELS and not path:
            lines += [] if (one is None) == (other is None) else [f"{here}: pixels on one side only"]
        elif one is DUMMY_ITEMS:
            lines += [] if isinstance(other, list) and len(other) == 1 else [f"{here}: no dummy item"]
        elif isinstance(one, list) and isinstance(other, list):
            lines += [] if len(one) == len(other) else [f"{here}: {len(one)} items, {len(other)} found"]
            for number, pair in enumerate(zip(one, other, strict=False)):
                lines += differences(*pair, ignored, f"{here}[{number}]", terms)
        elif not isinstance(other, bytes) or not _is_same(one, other, found, terms):
            lines.append(f"{here}: {_shown(one)}, {_shown(other)} found")
    return lines


def _is_same(one: object, other: bytes, found: dict, terms: tuple[str, ...]) -> bool:
    if isinstance(one, Text):
        return strict_text(plain(other), terms) == one.text.rstrip(" \0")
    if isinstance(one, Dummy):
        return one.is_like(other)
    if isinstance(one, Length):
        return len(found[DOCUMENT]) in (int.from_bytes(other, "little"), int.from_bytes(other, "big"))
    return isinstance(one, bytes) and plain(one) == plain(other)


def _shown(value: object) -> str:
    return repr(value)[:80]
