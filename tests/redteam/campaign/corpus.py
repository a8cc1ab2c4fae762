"""The corpus: patients with studies, studies with instances, each with its answer key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Final

from .answer import Class, Key, Planted
from .attributes import plant_rows, rows
from .carriers import CARRIERS
from .draft import Draft, Study, uid
from .encoding import BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, DataSet, Element, Encoder
from .kinds import KINDS, STUDIES
from .modules import remember
from .people import Patient, hospital, patient, stranger
from .scripts import SCRIPTS

_SYNTAXES: Final = (
    EXPLICIT,
    IMPLICIT,
    EXPLICIT,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    EXPLICIT,
    BIG_ENDIAN,
    EXPLICIT,
)
_FIRST_PATIENT_OF_TWO: Final = 2
"""Studies of a patient."""
_CARRIERS: Final = 4
"""Carriers in each instance."""
_PIXELS: Final = 0x7FE00010


def corpus(seed: int, count: int) -> Iterator[Planted]:
    """Yield instances; the same for the same seed and count.

    Parameters
    ----------
    seed
        Of everything that is invented.
    count
        Instances, at least one.
    """
    turns: Counter[str] = Counter()
    in_each = max(8, -(-2 * len(rows()) // count))
    made = 0
    for number in range(count):
        rng = Random(f"{seed} {number}")
        who = patient(
            number // _FIRST_PATIENT_OF_TWO, Random(f"{seed} patient {number // _FIRST_PATIENT_OF_TWO}")
        )
        study, script = _study(rng, number, who), SCRIPTS[number % len(SCRIPTS)]
        series: dict[str, str] = {}
        for kind in STUDIES[number % len(STUDIES)]:
            if made == count:
                return
            draft = Draft(made, kind, who, hospital(number), study, script, rng, turns)
            draft.series_uid = series.get(kind, "")
            yield _instance(draft, in_each)
            series[kind] = draft.series_uid
            made += 1


def _study(rng: Random, number: int, who: Patient) -> Study:
    date = f"{2012 + rng.randrange(10)}{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}"
    time = f"{rng.randrange(0, 24):02}{rng.randrange(60):02}{rng.randrange(60):02}"
    return Study(
        number=number,
        uid=uid(rng, "study", who, date, time),
        date=date,
        time=time,
        accession=f"ACC{rng.randrange(10**7, 10**8)}",
        study_id=f"ST{rng.randrange(10**6, 10**7)}",
        referring=stranger(rng),
        frame_uid=uid(rng, "frame", who, date, time),
    )


def _instance(draft: Draft, in_each: int) -> Planted:
    draft.syntax = _SYNTAXES[draft.turn("syntaxes", len(_SYNTAXES))]
    KINDS[draft.kind](draft)
    remember(draft)
    _plant_carriers(draft)
    plant_rows(draft, in_each)
    draft.undefined = draft.turn("undefined lengths", 3) == 1
    draft.group_lengths = draft.turn("group lengths", 5) == 2
    _note(draft)
    key = Key(draft.number, draft.kind, draft.owner, draft.script.label, draft.syntax, tuple(draft.checks))
    return Planted(_file(draft), key)


def _plant_carriers(draft: Draft) -> None:
    names = list(CARRIERS)
    for _ in range(_CARRIERS):
        CARRIERS[names[draft.turn("carriers", len(names))]](draft)


def _note(draft: Draft) -> None:
    """Add the checks that follow from the finished instance."""
    element = draft.data.get(_PIXELS)
    noted = any(check.check is Class.PIXELS_RETAINED for check in draft.checks)
    if element is not None and isinstance(element.value, bytes) and not noted:
        raw = Encoder(draft.syntax, draft.script.encode).value(element)
        draft.check(Class.PIXELS_RETAINED, "", raw.hex(), "native")
    for value, why in draft.secrets.items():
        draft.check(Class.NO_LEAK, "", value, why)
    for value, why in draft.uids.items():
        draft.check(Class.UID_CHANGED, "", value, why)
    needed = (
        f"{tag:08X}:{kind}" for tag, kind in sorted(draft.types.items()) if kind < 3 and tag in draft.data
    )
    draft.check(Class.VALID, "", " ".join(needed))
    for marker in ("00120062", "00120063", "00280303"):
        draft.check(Class.MARKER, marker)


def _file(draft: Draft) -> bytes:
    encoder = Encoder(draft.syntax, draft.script.encode, draft.undefined, draft.group_lengths)
    meta = DataSet(draft.meta)
    meta.put(0x00020001, b"\0\1", "OB")
    meta.put(0x00020002, draft.sop_class, "UI")
    meta.put(0x00020003, draft.uid, "UI")
    meta.put(0x00020010, draft.syntax, "UI")
    meta.put(0x00020012, "1.2.826.0.1.3680043.10.1999.1", "UI")
    explicit = Encoder(EXPLICIT, draft.script.encode)
    content = explicit.data_set(meta)
    length = explicit.element(0x00020000, Element("UL", len(content)))
    return draft.preamble + b"DICM" + length + content + encoder.file(draft.data)
