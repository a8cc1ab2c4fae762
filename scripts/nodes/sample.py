"""Public sample files: pydicom's wheel, pydicom-data, and a folder of others."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.data import get_charset_files, get_palette_files, get_testdata_file, get_testdata_files
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

PUBLIC_WORDS = frozenset(
    {
        *("achieva", "fo-dicom", "genesis_signa", "offis", "toshiba"),  # makers, models and programs
        *("code", "here", "name", "patient", "perfusion", "test", "text"),  # words of the Standard
    }
)
"""Where a sample names a person or place by a word that its output rightly holds, in lower case."""
LONG_LENGTH = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}


class UnsendableError(Exception):
    """Nothing in the file names a SOP Instance, so that no client can send it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A composite instance in a file.

    Parameters
    ----------
    offset
        Where the data set begins in the file.
    """

    path: Path
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    offset: int

    def data_set(self) -> bytes:
        """The data set as it is encoded in the file."""
        return self.path.read_bytes()[self.offset :]


def sample(name: str) -> Path:
    """A file of pydicom's wheel or of pydicom-data; never one from the network."""
    found = get_testdata_file(name, download=False)
    if found is None:
        raise FileNotFoundError(f"the sample {name} is in neither pydicom nor pydicom-data")
    return Path(str(found))


def public_files() -> list[Path]:
    """Every sample file that pydicom and pydicom-data bring along, DICOM or not."""
    names = {*get_testdata_files(), *get_charset_files(), *get_palette_files()}
    return sorted(path for path in map(Path, names) if path.is_file())


def _after_meta(content: bytes) -> int:
    """Where the File Meta Information (PS3.10 7.1) ends; 0 when there is none."""
    position = 132 if content[128:132] == b"DICM" else 0
    while content[position : position + 2] == b"\x02\x00" and len(content) >= position + 8:
        vr = content[position + 4 : position + 6]
        if vr in LONG_LENGTH:
            (length,) = struct.unpack_from("<L", content, position + 8)
            position += 12 + length
        else:
            (length,) = struct.unpack_from("<H", content, position + 6)
            position += 8 + length
    return position


def _assumed_transfer_syntax(content: bytes, offset: int) -> str:
    """Encoding of a data set without File Meta Information, from its first element."""
    if not content[offset + 4 : offset + 6].isalpha():
        return ImplicitVRLittleEndian
    little = content[offset + 1] == 0  # group 0008, the low byte first
    return ExplicitVRLittleEndian if little else ExplicitVRBigEndian


def read(path: Path) -> Sample:
    """Find out what a file holds.

    Raises
    ------
    UnsendableError
        It is no DICOM file, or it names no SOP Class or Instance.
    """
    content = path.read_bytes()
    try:
        header = pydicom.dcmread(path, force=True, stop_before_pixels=True)
        meta = header.file_meta
        sop_class = str(header.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID") or "")
        sop_instance = str(header.get("SOPInstanceUID") or meta.get("MediaStorageSOPInstanceUID") or "")
        transfer_syntax = str(meta.get("TransferSyntaxUID") or "")
    except Exception as error:  # noqa: BLE001 - samples are broken on purpose, and any reader may fail
        raise UnsendableError(f"unreadable ({type(error).__name__})") from None
    offset = _after_meta(content)
    if not sop_class or not sop_instance:
        raise UnsendableError("names no SOP Class and Instance UID")
    return Sample(
        path, sop_class, sop_instance, transfer_syntax or _assumed_transfer_syntax(content, offset), offset
    )
