"""The file around the data set, and graphics beside the pixels."""

from __future__ import annotations

from typing import Final

from ..draft import Draft  # noqa: TID252
from ..encoding import items  # noqa: TID252


def preamble(draft: Draft) -> None:
    """A name in the 128 bytes before the prefix."""
    name = draft.secret_name(draft.stranger(), "preamble")
    draft.preamble = f"exported for {name.given} {name.family}".encode().ljust(128, b"\0")


def application_entities(draft: Draft) -> None:
    """AE titles and presentation addresses in the File Meta Information."""
    title = draft.secret(draft.hospital.ae_title, "AE title in the file meta")
    for tag in (0x00020016, 0x00020017, 0x00020018):
        draft.meta.put(tag, title, "AE")
    host = draft.secret(draft.hospital.host, "presentation address in the file meta")
    for tag in (0x00020026, 0x00020027, 0x00020028):
        draft.meta.put(tag, f"dicom://{host}:104", "UR")


def private_information(draft: Draft) -> None:
    """Private information in the File Meta Information."""
    name = draft.secret_name(draft.patient.name, "private information in the file meta")
    uid = draft.new_uid("creator")
    draft.meta.put(0x00020100, uid, "UI")
    draft.uids[uid] = "private information creator"
    draft.meta.put(0x00020102, f"{name.family}, {name.given}".encode(), "OB")


def trailing_padding(draft: Draft) -> None:
    """A name in Data Set Trailing Padding."""
    name = draft.secret_name(draft.stranger(), "trailing padding")
    draft.data.put(0xFFFCFFFC, f"{name.given} {name.family}".encode() + bytes(40), "OB")


def overlay(draft: Draft) -> None:
    """Overlays that name the patient in their label, comment and bits."""
    for group in (0x6000, 0x6002):
        name = draft.secret_name(draft.stranger(), "overlay")
        base = group << 16
        draft.data.put(base | 0x0010, 8, "US")
        draft.data.put(base | 0x0011, 64, "US")
        draft.data.put(base | 0x0022, f"overlay of {name.given} {name.family}", "LO")
        draft.data.put(base | 0x0040, "G", "CS")
        draft.data.put(base | 0x0050, (1, 1), "SS")
        draft.data.put(base | 0x0100, 1, "US")
        draft.data.put(base | 0x0102, 0, "US")
        draft.data.put(base | 0x1500, f"{name.family}", "LO")
        draft.data.put(base | 0x3000, f"{name.given} {name.family}".encode().ljust(64, b"\0"), "OW")
        draft.data.put(base | 0x4000, f"see {name.given} {name.family}", "LT")


def curve(draft: Draft) -> None:
    """A curve with a name in its label, its description and its data."""
    name = draft.secret_name(draft.stranger(), "curve")
    draft.data.put(0x50000005, 1, "US")
    draft.data.put(0x50000010, 4, "US")
    draft.data.put(0x50000020, "ECG", "CS")
    draft.data.put(0x50000022, f"curve of {name.given} {name.family}", "LO")
    draft.data.put(0x50002500, name.family, "LO")
    draft.data.put(0x50003000, f"{name.given} {name.family}!".encode(), "OW")
    draft.data.put(0x501E3000, f"{name.given} {name.family}!".encode(), "OW")


def icon(draft: Draft) -> None:
    """An icon that carries a name, and whose pixels nobody looked at."""
    name = draft.secret_name(draft.stranger(), "icon")
    picture = items(
        SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2", Rows=8, Columns=8, BitsAllocated=8,
        BitsStored=8, HighBit=7, PixelRepresentation=0, ImageComments=f"{name.given} {name.family}",
    )  # fmt: skip
    picture.put("PixelData", f"{name.given} {name.family}".encode().ljust(64, b"\0"), "OB")
    draft.data.put("IconImageSequence", [picture])


def graphics_of_no_group(draft: Draft) -> None:
    """Overlays of groups where there are none, and variable pixel data."""
    name = draft.secret_name(draft.stranger(), "graphics beyond the last group")
    for tag, vr in ((0x60203000, "OW"), (0x60FE4000, "LT"), (0x50203000, "OW"), (0x7F000010, "OW")):
        draft.data.put(tag, f"{name.given} {name.family}".encode() + b"!" * 11, vr)


CARRIERS: Final = {
    "preamble": preamble,
    "application entities": application_entities,
    "private information": private_information,
    "trailing padding": trailing_padding,
    "overlay": overlay,
    "curve": curve,
    "icon": icon,
    "graphics of no group": graphics_of_no_group,
}
