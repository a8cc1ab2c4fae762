"""What must hold for any input: an output without the patient, or a refusal, and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from gateway.deidentify.data_set import DataSet, Element, Encoding
from gateway.deidentify.deflate import inflated
from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.instance import Deidentified, Instance
from gateway.deidentify.parse import parse
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.errors import Reason, Refused
from gateway.standard.defined_terms import DEFINED_TERMS
from gateway.standard.dictionary import tag_of, vr_of
from gateway.standard.method import Option
from gateway.standard.transfer_syntax import TRANSFER_SYNTAXES
from scripts.fuzzing.seeds import FAMILY, HEADER, INSTANCE_UID, PATIENT_ID, SOP_CLASSES, SYNTAXES
from scripts.nodes.untouched import Untouched

PROFILES: Final = Path(__file__).resolve().parents[2] / "config" / "profiles"
LARGEST: Final = 1 << 14
"""Bytes of an input: time goes with size, and what only large inputs reach has tests of its own."""
FURTHER_OPTIONS: Final = (
    (),
    tuple(option for option in Option if option.startswith("retain_") and option != "retain_modified_dates"),
    ("clean_descriptors", "clean_graphics", "clean_structured_content"),
    ("retain_device_identity", "retain_modified_dates", "retain_safe_private", "clean_structured_content"),
)
"""Options beside those of the shipped profiles."""
SECRETS: Final = (FAMILY.lower().encode(), PATIENT_ID.lower().encode(), INSTANCE_UID.encode())
_BETWEEN_WORDS: Final = re.compile(rb"[\^=\\\s,.;\0]+")
_PIXELS: Final = tag_of("PixelData")
_SCHEME: Final = tag_of("CodingSchemeDesignator")
_CODE_VALUES: Final = frozenset(map(tag_of, ("CodeValue", "LongCodeValue", "URNCodeValue")))


class Broken(AssertionError):
    """A promise was broken; the input is a finding."""


def deidentifiers() -> tuple[Deidentifier, ...]:
    """Return one for each shipped profile and each of `FURTHER_OPTIONS`."""
    key = PseudonymKey(bytes(range(32)))
    profiles = [Profile.load(file.read_text("utf-8"), file.name) for file in sorted(PROFILES.glob("*.toml"))]
    for number, options in enumerate(FURTHER_OPTIONS):
        quoted = ", ".join(f'"{option}"' for option in options)
        profiles.append(Profile.load(f'base = "basic"\noptions = [{quoted}]', f"options_{number}.toml"))
    pixels = Untouched()
    return tuple(Deidentifier(profile, key, unexamined_pixels="pass", pixels=pixels) for profile in profiles)


def _elements(root: DataSet) -> Iterator[tuple[DataSet, Element]]:
    pending = [root]
    while pending:
        data_set = pending.pop()
        for element in data_set.elements:
            pending += element.items or ()
            yield data_set, element


def _planted(root: DataSet, source: memoryview, profile: Profile) -> dict[str, bytes]:
    """Return what an input says of its patient in the attributes that are for it, and readable as ASCII."""
    found = {}
    for _, element in _elements(root):
        value = bytes(source[element.value : element.end])
        if element.items is not None or b"\x1b" in value or not value.isascii():
            continue
        name, patient_id, uid = SECRETS
        # As a word of its own: a part of a longer name is not the patient's.
        if vr_of(element.tag) == "PN" and name in _BETWEEN_WORDS.split(value.lower()):
            found["name"] = name
        elif element.tag == tag_of("PatientID") and value.strip(b" \0").lower() == patient_id:
            found["ID"] = patient_id
        elif element.tag == tag_of("SOPInstanceUID") and value.strip(b" \0") == uid:
            found |= {} if Option.RETAIN_UIDS in profile.options else {"UID": uid}
    return found


def _may_hold(data_set: DataSet, element: Element, output: memoryview) -> bool:
    """Tell whether an element may hold a name by chance, or is not searched.

    The value of a public code, a term of the Standard, and the bitstream of an image.
    """
    if element.fragments is not None or element.tag == _PIXELS or element.tag in DEFINED_TERMS:
        return True
    return element.tag in _CODE_VALUES and any(
        bytes(output[scheme.value : scheme.end]).strip(b" \0")
        for scheme in data_set.elements
        if scheme.tag == _SCHEME
    )


def _search(root: DataSet, output: memoryview, planted: Mapping[str, bytes], profile: Profile) -> None:
    for kind, value in planted.items():
        for data_set, element in _elements(root):
            held = element.items is None and value in bytes(output[element.value : element.end]).lower()
            if held and not _may_hold(data_set, element, output):
                raise Broken(f"{profile.name}: the {kind} of the patient is in {element!r}")


def check(data: bytes, cores: tuple[Deidentifier, ...], counts: Counter[str] | None = None) -> str:
    """Run one input through the profile that it names.

    Parameters
    ----------
    data
        Numbers of transfer syntax, SOP Class and profile, and an encoded data set.
    cores
        From `deidentifiers`.
    counts
        Of outcomes, for statistics.

    Returns
    -------
        ``passed``, or ``refused:`` and the reason.

    Raises
    ------
    Broken
        The patient is in the output, or the output is not what it should be.
    Exception
        Anything but a refusal, which is a finding too.
    """
    if len(data) < HEADER or len(data) > LARGEST:
        return "refused:size"
    core = cores[data[2] % len(cores)]
    syntax_uid, sop_class_uid = SYNTAXES[data[0] % len(SYNTAXES)].uid, SOP_CLASSES[data[1] % len(SOP_CLASSES)]
    instance = Instance(sop_class_uid, INSTANCE_UID, syntax_uid, data[HEADER:])
    try:
        result = core.deidentify(instance)
        outcome = "passed"
    except Refused as refused:
        outcome = f"refused:{refused.reason}"
    else:
        _check_output(data, syntax_uid, core, result)
        if sum(data[-8:]) % 16 == 0:
            _check_again(instance, core, result)
    if counts is not None:
        counts[outcome] += 1
    return outcome


def _check_output(data: bytes, syntax_uid: str, core: Deidentifier, result: Deidentified) -> None:
    syntax = TRANSFER_SYNTAXES[syntax_uid]
    source, output = memoryview(data)[HEADER:], memoryview(b"".join(result.buffers[1:]))
    if syntax.deflated:
        source, output = memoryview(inflated(source)), memoryview(inflated(output))
    encoding = Encoding(syntax.implicit, syntax.little_endian)
    # What leaves must be readable, and to ourselves first of all.
    try:
        root = parse(output, encoding)
    except Refused as refused:
        raise Broken(f"{core.profile.name}: the output does not parse: {refused}") from refused
    if len(output) % 2:
        raise Broken(f"{core.profile.name}: an output of odd length")
    everything = bytes(output).lower()
    if any(value in everything for value in SECRETS):
        _search(root, output, _planted(parse(source, encoding), source, core.profile), core.profile)
    if not core.profile.retains_private and any(element.tag & 0x10000 for _, element in _elements(root)):
        raise Broken(f"{core.profile.name}: a private element")


def _check_again(instance: Instance, core: Deidentifier, result: Deidentified) -> None:
    """Compare with a second run, and with the explanation, of which one must be for every element."""
    again = core.deidentify(instance)
    if [bytes(part) for part in again.buffers] != [bytes(part) for part in result.buffers]:
        raise Broken(f"{core.profile.name}: another output the second time")
    for decision in core.explain(instance):
        str(decision)


def share_parsed(counts: Mapping[str, int]) -> float:
    """Return the share of inputs that got behind the parser."""
    every = sum(counts.values())
    return 1 - counts.get(f"refused:{Reason.STRUCTURE}", 0) / every if every else 0.0
