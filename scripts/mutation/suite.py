"""Which tests have to notice a change of which module of ``gateway/deidentify``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_OUTPUT: Final = ("option_rows", "deidentifier", "override")
"""Tests of a whole output, for modules that are a step on the way to it."""
_TABLE: Final = (*_OUTPUT, "table_rows")
_REPORT: Final = ("structured_content",)
_CODED: Final = ("pixel_data",)
SUITES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "account": ("mutants_object", "deidentifier", "character_set", "residual", "option_rows"),
        "action": ("mutants_rule", *_TABLE),
        "birth_date": ("mutants_value", "residual"),
        "bitstream.jpeg": ("mutants_encoding", *_CODED),
        "bitstream.jpeg2000": ("mutants_encoding", *_CODED),
        "bitstream.rle": ("mutants_encoding", *_CODED),
        "character_set": ("mutants_object", "character_set", "deidentifier"),
        "content_item": ("mutants_object", *_REPORT),
        "deflate": (
            "mutants_encoding",
            "parse",
        ),
        "deidentifier": ("mutants_object", "deidentifier", "patient", "residual", "option_rows"),
        "document": ("document",),
        "dummy": ("mutants_value", "option_rows", "deidentifier", "table_rows"),
        "element_header": ("mutants_encoding", "parse", "deidentifier", "transcode"),
        "encapsulation": ("mutants_encoding", *_CODED),
        "encode": ("parse", "transcode", "deidentifier"),
        "file_meta": ("mutants_value", "deidentifier", "transcode"),
        "free_text": ("mutants_value", "option_rows", "deidentifier", "character_set"),
        "graphics": (
            "mutants_object",
            "graphics",
        ),
        "known_values": ("mutants_object", "option_rows", "residual"),
        "lexical": ("mutants_value", "deidentifier", "residual", "uid", "private"),
        "local": (
            "mutants_object",
            "mutants_private",
            "graphics",
            "document",
            "private_sequence",
            "structured_content",
        ),
        "method": ("deidentifier", "option_rows", "profile"),
        "override": ("mutants_rule", "override", "profile"),
        "parse": ("mutants_encoding", "mutants_private", "parse", "deidentifier"),
        "patient": ("mutants_value", "patient", "deidentifier"),
        "private": ("mutants_private", "private_declaration", "private_sequence", "private"),
        "private_attribute": ("mutants_private", "private_attribute", "private"),
        "private_declaration": ("mutants_private", "private_declaration", "private_sequence"),
        "pseudonym": ("pseudonym", "patient", "uid"),
        "received": ("deidentifier", "patient", "uid"),
        "replacement": ("mutants_value", "patient", "temporal", "uid", *_OUTPUT),
        "rewrite": (
            "mutants_rule",
            "deidentifier",
            "parse",
            "graphics",
            "document",
            "private_sequence",
            "option_rows",
        ),
        "rule": ("mutants_rule", "profile", *_OUTPUT),
        "ruling": ("mutants_rule", *_TABLE),
        "structured_content": ("mutants_object", *_REPORT),
        "temporal": (
            "mutants_value",
            "temporal",
        ),
        "transcode": ("transcode",),
        "uid": ("uid", "pseudonym"),
    }
)
"""Names of test modules (``test_*.py``) by module; the quick ones first."""


def tests_of(module: str) -> list[str]:
    """Return the test files of a module, relative to the repository."""
    return [f"tests/deidentify/test_{name}.py" for name in SUITES[module]]


def file_of(module: str) -> str:
    """Return the file of a module, relative to the repository."""
    return f"gateway/deidentify/{module.replace('.', '/')}.py"
