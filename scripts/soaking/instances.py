"""Instances of many modalities without end: invented studies under numbers that are counted up."""

from __future__ import annotations

import itertools
import random
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import pydicom
from benchmark import cases
from nodes import invented

from gateway.deidentify.part10 import instance_of

_STUDY: Final = b"9000000002"
_INSTANCE: Final = b"9000000001"
_FAMILY: Final = b"Zzyzxqvbkw"
"""What stands in each template for the number of the study, of the instance, and for the patient's name."""
_ROOT: Final = "1.2.826.0.1.3680043.10.998"
_IN_STUDY: Final = 24
"""Instances of a study, which are of a few templates only."""
_SERIES: Final = 3


@dataclass(frozen=True, slots=True)
class Numbered:
    """An instance that nobody has sent before.

    Parameters
    ----------
    data_set
        As it is encoded, without File Meta Information.
    """

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    data_set: bytes


@dataclass(frozen=True, slots=True)
class Template:
    """The encoded data set of an instance, with marks where numbers go."""

    sop_class_uid: str
    transfer_syntax_uid: str
    data_set: bytes

    def numbered(self, study: int, instance: int) -> Numbered:
        """Return the instance `instance` of the study `study`."""
        number = b"9%09d" % instance
        data_set = self.data_set.replace(_STUDY, b"9%09d" % study).replace(_INSTANCE, number)
        data_set = data_set.replace(_FAMILY, _family(study))
        uid = f"{_ROOT}.4.{number.decode()}"
        return Numbered(self.sop_class_uid, uid, self.transfer_syntax_uid, data_set)


def _family(study: int) -> bytes:
    """Return a family name that nobody has, of as many letters as the mark."""
    chooser = random.Random(study)
    return "".join(["Q", *chooser.choices("bdfgklmnprstvz", k=len(_FAMILY) - 1)]).encode()


def templates() -> list[Template]:
    """Return the templates: CT, MR, CR, US, SR, enhanced multi-frame, RT, ECG; native and compressed."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        files = [path.read_bytes() for path in invented.write(Path(folder))]
    files += [cases.ct(), cases.enhanced(60, rows=64), cases.report(60)]
    return [_template(number, file) for number, file in enumerate(files)]


def _template(number: int, file: bytes) -> Template:
    data_set = pydicom.dcmread(BytesIO(file))
    study, instance, family = _STUDY.decode(), _INSTANCE.decode(), _FAMILY.decode()
    data_set.StudyInstanceUID = f"{_ROOT}.1.{study}"
    data_set.SeriesInstanceUID = f"{_ROOT}.2.{study}.{number}"
    data_set.SOPInstanceUID = data_set.file_meta.MediaStorageSOPInstanceUID = f"{_ROOT}.4.{instance}"
    data_set.PatientID, data_set.PatientName = study, f"{family}^Ottilie"
    data_set.AccessionNumber = f"A{study}"
    data_set.SeriesDescription = f"Follow-up of Mrs {family}, series {number} of order {study}"
    out = BytesIO()
    data_set.save_as(out, enforce_file_format=True)
    encoded = instance_of(out.getvalue())
    return Template(encoded.sop_class_uid, encoded.transfer_syntax_uid, bytes(encoded.data_set))


class Supply:
    """Gives each sender its next instance; numbers are never given twice.

    Parameters
    ----------
    made
        What to number.
    """

    def __init__(self, made: list[Template]) -> None:
        self.templates = made
        self._numbers = itertools.count(1)
        self._studies = itertools.count(1)
        self._lock = threading.Lock()

    @property
    def contexts(self) -> list[tuple[str, str]]:
        """SOP Class and Transfer Syntax UID of everything there is."""
        return sorted({(one.sop_class_uid, one.transfer_syntax_uid) for one in self.templates})

    def stream(self) -> Iterator[Numbered]:
        """Yield instances study by study, for ever."""
        while True:
            with self._lock:
                study = next(self._studies)
            chosen = [self.templates[(study * _SERIES + n) % len(self.templates)] for n in range(_SERIES)]
            for place in range(_IN_STUDY):
                with self._lock:
                    number = next(self._numbers)
                yield chosen[place * _SERIES // _IN_STUDY].numbered(study, number)
