"""An instance after the structural check: parsed, with the values that say who and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.deidentify.account import SPECIFIC_CHARACTER_SET
from gateway.deidentify.character_set import CharacterSet, character_set, terms_of
from gateway.deidentify.data_set import DataSet, Encoding
from gateway.deidentify.deflate import inflated
from gateway.deidentify.instance import Instance, Origin
from gateway.deidentify.parse import parse
from gateway.deidentify.uid import VALID
from gateway.errors import Reason, Refused
from gateway.standard.dictionary import tag_of
from gateway.standard.transfer_syntax import TRANSFER_SYNTAXES, TransferSyntax

_ORIGINALS: Final = tuple(
    (keyword, tag_of(keyword))
    for keyword in (
        "PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber",
        "StudyID", "StudyDate", "StudyTime", "StudyDescription", "ReferringPhysicianName", "StudyInstanceUID",
        "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Received:
    """An instance as it came.

    Parameters
    ----------
    source
        The encoded data set, inflated.
    root
        The elements in it.
    syntax
        Transfer syntax of the instance.
    originals
        Values by keyword, decoded, for the linkage and for the pseudonyms.
    """

    source: memoryview
    root: DataSet
    syntax: TransferSyntax
    originals: Mapping[str, str]

    def character_set(self, fallback: str) -> CharacterSet:
        """Return the character set of the top level."""
        element = self.root.find(SPECIFIC_CHARACTER_SET)
        terms = () if element is None else terms_of(self.source[element.value : element.end])
        return character_set(terms, fallback)

    def code_string(self, keyword: str) -> str:
        """Return a top-level value in upper case, empty where there is none."""
        element = self.root.find(tag_of(keyword))
        if element is None:
            return ""
        return bytes(self.source[element.value : element.end]).decode("ascii", "replace").strip(" \0").upper()


def received(instance: Instance, origin: Origin, *, private_sequences: bool) -> Received:
    """Parse an instance and check what it says it is.

    Parameters
    ----------
    instance, origin
        As they came.
    private_sequences
        Whether to look into private values that may be sequences.

    Raises
    ------
    Refused
        `Reason.STRUCTURE`, `Reason.LIMIT`, or `Reason.IDENTIFIER_MISMATCH`.
    """
    syntax = TRANSFER_SYNTAXES.get(instance.transfer_syntax_uid)
    if syntax is None:
        raise Refused(Reason.STRUCTURE, "a transfer syntax that cannot be read")
    source = memoryview(instance.data_set)
    if syntax.deflated:
        source = inflated(source)
    root = parse(source, Encoding(syntax.implicit, syntax.little_endian), private_sequences=private_sequences)
    found = Received(source, root, syntax, {})
    charset = found.character_set(origin.character_set)
    originals = {
        keyword: charset.decode(bytes(source[element.value : element.end])).strip(" \0")
        for keyword, tag in _ORIGINALS
        if (element := root.find(tag)) is not None and element.items is None
    }
    _check_identifiers(instance, originals)
    return Received(source, root, syntax, originals)


def _check_identifiers(instance: Instance, originals: Mapping[str, str]) -> None:
    """Compare the command with the data set (PS3.4 B.2.3) and ask for the UIDs that place an instance."""
    if originals.get("SOPInstanceUID", instance.sop_instance_uid) != instance.sop_instance_uid:
        raise Refused(Reason.IDENTIFIER_MISMATCH, "SOP Instance UID", tag_of("SOPInstanceUID"))
    if originals.get("SOPClassUID") not in (None, instance.sop_class_uid):
        raise Refused(Reason.IDENTIFIER_MISMATCH, "SOP Class UID", tag_of("SOPClassUID"))
    for keyword in ("SOPInstanceUID", "SOPClassUID", "SeriesInstanceUID", "StudyInstanceUID"):
        if not VALID.fullmatch(originals.get(keyword, "")):
            raise Refused(Reason.STRUCTURE, "no valid UID", tag_of(keyword))
