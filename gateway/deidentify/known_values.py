"""What the header of an instance says about people and places, at any depth, before anything goes.

Clean Descriptors looks for these in text. The residual check has its own list, which holds only
what went: it may be narrower, because it refuses where this one removes a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.deidentify.account import CODE_VALUE, INSTITUTION_CODE, PERSON_CODE, Account
from gateway.deidentify.action import Action
from gateway.deidentify.character_set import CharacterSet
from gateway.deidentify.data_set import DataSet, Element
from gateway.deidentify.descriptor.known import Known
from gateway.deidentify.residual import ADDRESSES, CODES, IDENTIFIERS, LONG_IDENTIFIERS
from gateway.deidentify.ruling import CODE_MEANING, Rulebook
from gateway.deidentify.touched import Path
from gateway.standard.dictionary import tag_of, tags_of_vr

_MAX_VALUE: Final = 1 << 16
"""Bytes of a value that are looked at, as in the residual check."""
_PLACES: Final = ADDRESSES | frozenset(
    tag_of(keyword)
    for keyword in (
        "InstitutionName",
        "InstitutionAddress",
        "InstitutionalDepartmentName",
        "StationName",
        "ReferringPhysicianAddress",
        "CurrentPatientLocation",
        "PatientInstitutionResidence",
        "ScheduledPatientInstitutionResidence",
        "ResponsibleOrganization",
        "VerifyingOrganization",
        "ClinicalTrialSiteName",
        "ClinicalTrialCoordinatingCenterName",
        "ScheduledProcedureStepLocation",
        "PerformedLocation",
    )
)
_FURTHER_IDENTIFIERS: Final = frozenset({tag_of("IssuerOfPatientID")})


_KIND: Final[Mapping[int, str]] = MappingProxyType(
    {
        **dict.fromkeys(IDENTIFIERS | LONG_IDENTIFIERS | _FURTHER_IDENTIFIERS, "identifier"),
        **dict.fromkeys(_PLACES, "place"),
        **dict.fromkeys(tags_of_vr("PN"), "name"),
    }
)
"""What an attribute holds: a name, an identifier or a place."""
_KIND_OF_CODE: Final[Mapping[tuple[Path, int], str]] = MappingProxyType(
    {
        (PERSON_CODE, CODE_MEANING): "name",
        (PERSON_CODE, CODE_VALUE): "identifier",
        (INSTITUTION_CODE, CODE_MEANING): "place",
    }
)
"""The same for the attributes of a code, by the sequence that it stands in."""


def known_values(account: Account, root: DataSet, rulebook: Rulebook) -> Known:
    """Return what the header knows, except what the profile keeps."""
    known = Known()
    pending: list[tuple[DataSet, Path, CharacterSet]] = [(root, (), account.character_set(root, ()))]
    while pending:
        data_set, path, charset = pending.pop()
        for element in data_set.elements:
            if element.items is not None:
                inside = (*path, element.tag)
                pending += [
                    (item, inside, account.character_set(item, charset.terms)) for item in element.items
                ]
                continue
            place, kind = kind_of(element, path)
            if kind and rulebook.ruling(place[:-1], place[-1]).action is not Action.KEEP:
                _take(known, kind, bytes(account.value(element)[:_MAX_VALUE]), charset)
    return known


def kind_of(element: Element, path: Path) -> tuple[Path, str]:
    """Return whose rule says what becomes of a value, and what the value is: name, identifier or place."""
    if path and element.tag in CODES:
        # A code goes with the sequence that it stands in.
        return path, _KIND_OF_CODE.get((path[-1:], element.tag), "")
    return (*path, element.tag), _KIND.get(element.tag) or ("name" if element.vr == "PN" else "")


def _take(known: Known, kind: str, raw: bytes, charset: CharacterSet) -> None:
    add = {"name": known.add_name, "identifier": known.add_identifier, "place": known.add_place}[kind]
    for value in charset.decode(raw).strip(" \0").split("\\"):
        if value.strip():
            add(value)
