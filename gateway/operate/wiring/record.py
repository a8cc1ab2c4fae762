"""What was done to an instance and why, for programs and auditors: no value of the original in it."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final, TypeVar

import msgspec

from gateway import __version__
from gateway.deidentify.deidentifier import Deidentifier
from gateway.deidentify.instance import Deidentified
from gateway.deidentify.touched import Touched
from gateway.operate.wiring.pixel_record import PixelRecord, pixel_record
from gateway.standard.confidentiality_profile import EDITION
from gateway.standard.dictionary import keyword_of
from gateway.standard.method import Option

_REMEMBERED: Final = 64
"""Lists of elements whose encoding is remembered; the instances of a series mostly share one."""
_LONGEST_REMEMBERED: Final = 4096
"""Elements of the longest list that is remembered."""


_MAX_ENTRIES: Final = 20_000
"""Entries of the longest record; instances of practice have hundreds, a hostile one may have millions."""
T = TypeVar("T")
_Making = Callable[[tuple[Touched, ...], tuple[int, ...], PixelRecord | None], T]


class ElementRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """An element that did not stay as it was; a sequence that was removed stands for what it held.

    Parameters
    ----------
    tag
        As ``(0010,0010)``.
    keyword
        Of PS3.6; left out for private and unknown attributes.
    action
        A single action of PS3.15 Table E.1-1a.
    why
        The option of the profile that asked for it, or a `gateway.deidentify.rule.Ground`.
    path
        Tags of the enclosing sequences, outermost first; left out at the top level.
    count
        How many elements at this path share this action and reason; left out for one.
    """

    tag: str
    action: str
    why: str
    keyword: str = ""
    path: tuple[str, ...] = ()
    count: int = 1


class InstanceRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The record of one instance; without the fields of the output it is that of all treated alike.

    Parameters
    ----------
    sop_instance_uid, series_instance_uid, study_instance_uid, sop_class_uid, pseudonym
        Which output it is about: the new UIDs and the pseudonym, never the old ones.
    profile, profile_fingerprint
        Name and fingerprint of the profile.
    key_id
        Names the pseudonym key; tells nothing about it.
    ps3_15_edition
        Edition of the table of attributes.
    program_version
        Of the gateway.
    options
        Of the profile, in the order of CID 7050.
    weaker
        Attributes that an override keeps although the profile would not.
    named_entities
        Name and version of the plug-in that looked for names; left out for none.
    residual
        Tags of elements that the residual check had cleaned or removed.
    pixels
        What was done to the pixels; left out where nothing looked at any.
    elements
        What did not stay as it was, in the order of the data set.
    left_out
        How many entries of a hostile length `elements` does not show.
    """

    sop_instance_uid: str = ""
    series_instance_uid: str = ""
    study_instance_uid: str = ""
    sop_class_uid: str = ""
    pseudonym: str = ""
    profile: str
    profile_fingerprint: str
    key_id: str
    ps3_15_edition: str
    program_version: str
    options: tuple[str, ...]
    weaker: tuple[str, ...] = ()
    named_entities: str = ""
    residual: tuple[str, ...] = ()
    pixels: PixelRecord | None = None
    elements: tuple[ElementRecord, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Treatment:
    """What was done to instances that were treated alike, as it is kept once for all of them.

    Parameters
    ----------
    digest
        SHA-256 of the JSON of a record without the fields of the output.
    content
        That JSON, compressed by zlib: the way to the ledger is short, but taken by every instance.
    """

    digest: bytes
    content: bytes


class Recorder:
    """Makes the records of what one de-identifier did.

    Parameters
    ----------
    deidentifier
        Whose outputs are recorded.
    named_entities
        Name and version of its plug-in, empty for none.
    """

    def __init__(self, deidentifier: Deidentifier, named_entities: str = "") -> None:
        self._profile, self._key_id = deidentifier.profile, deidentifier.key.identifier
        self._named_entities = named_entities
        self._alike = _remembering(self._record_of)
        self._treatment = _remembering(self._treatment_of)

    def record(self, result: Deidentified) -> InstanceRecord:
        """Return the record of an output."""
        return msgspec.structs.replace(
            self._alike(result.touched, result.removed_by_residual, pixel_record(result.pixels)),
            sop_instance_uid=result.sop_instance_uid,
            series_instance_uid=result.series_instance_uid,
            study_instance_uid=result.study_instance_uid,
            sop_class_uid=result.sop_class_uid,
            pseudonym=result.pseudonym,
        )

    def treatment(self, result: Deidentified) -> Treatment:
        """Return what was done to an output, in the form that is kept once for all treated alike."""
        return self._treatment(result.touched, result.removed_by_residual, pixel_record(result.pixels))

    def _record_of(
        self, touched: tuple[Touched, ...], residual: tuple[int, ...], pixels: PixelRecord | None
    ) -> InstanceRecord:
        profile, entries = self._profile, Counter(touched)
        return InstanceRecord(
            profile=profile.name,
            profile_fingerprint=profile.fingerprint,
            key_id=self._key_id,
            ps3_15_edition=EDITION,
            program_version=__version__,
            options=tuple(option.value for option in Option if option in profile.options),
            weaker=profile.weakened,
            named_entities=self._named_entities,
            residual=tuple(map(tag_text, residual[:_MAX_ENTRIES])),
            pixels=pixels,
            elements=_elements(entries),
            left_out=max(0, len(entries) - _MAX_ENTRIES),
        )

    def _treatment_of(
        self, touched: tuple[Touched, ...], residual: tuple[int, ...], pixels: PixelRecord | None
    ) -> Treatment:
        encoded = msgspec.json.encode(self._alike(touched, residual, pixels))
        return Treatment(hashlib.sha256(encoded).digest(), zlib.compress(encoded))


def tag_text(tag: int) -> str:
    """Return a tag as ``(0010,0010)``."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _remembering(function: _Making[T]) -> _Making[T]:
    """Return `function` with a bounded memory."""
    cached = lru_cache(maxsize=_REMEMBERED)(function)

    def remembering(touched: tuple[Touched, ...], residual: tuple[int, ...], pixels: PixelRecord | None) -> T:
        is_short = len(touched) <= _LONGEST_REMEMBERED
        return (cached if is_short else function)(touched, residual, pixels)

    return remembering


def _elements(entries: Mapping[Touched, int]) -> tuple[ElementRecord, ...]:
    """Return one entry for all elements of the items of a sequence that were treated alike."""
    return tuple(
        ElementRecord(
            tag=tag_text(tag),
            action=action.value,
            why=str(why),
            keyword=keyword_of(tag),
            path=tuple(map(tag_text, path)),
            count=count,
        )
        for (path, tag, action, why), count in islice(entries.items(), _MAX_ENTRIES)
    )
