from __future__ import annotations

import pynetdicom  # noqa: F401  it registers the transfer syntaxes that are newer than pydicom
import pytest
from pydicom import uid as pydicom_uid
from pydicom.uid import UID, UID_dictionary

from gateway.standard.transfer_syntax import TRANSFER_SYNTAXES, Codec, TransferSyntax

LEFT_OUT = {
    "1.2.840.10008.1.2.4.94": "JPIP",
    "1.2.840.10008.1.2.4.95": "JPIP",
    "1.2.840.10008.1.2.4.204": "JPIP",
    "1.2.840.10008.1.2.4.205": "JPIP",
    "1.2.840.10008.1.2.6.1": "MIME",
    "1.2.840.10008.1.2.6.2": "XML",
    "1.2.840.10008.1.2.7.1": "SMPTE",
    "1.2.840.10008.1.2.7.2": "SMPTE",
    "1.2.840.10008.1.2.7.3": "SMPTE",
    "1.2.840.10008.1.20": "Papyrus",
}


def test_every_transfer_syntax_of_pydicom_is_taken_or_left_out_on_purpose() -> None:
    registered = {uid for uid, entry in UID_dictionary.items() if entry[1] == "Transfer Syntax"}
    assert registered - set(TRANSFER_SYNTAXES) == set(LEFT_OUT)
    assert set(TRANSFER_SYNTAXES) - registered == set()
    assert all(word in UID_dictionary[uid][0] for uid, word in LEFT_OUT.items())


@pytest.mark.parametrize("syntax", TRANSFER_SYNTAXES.values(), ids=lambda syntax: syntax.uid)
def test_the_encoding_is_the_one_that_pydicom_reads(syntax: TransferSyntax) -> None:
    uid = UID(syntax.uid)
    assert syntax.implicit == uid.is_implicit_VR
    assert syntax.little_endian == uid.is_little_endian
    assert syntax.deflated == uid.is_deflated
    assert syntax.encapsulated == uid.is_encapsulated


@pytest.mark.parametrize(
    ("codec", "uids"),
    [
        (Codec.RLE, pydicom_uid.RLETransferSyntaxes),
        (Codec.JPEG_LS, pydicom_uid.JPEGLSTransferSyntaxes),
        (Codec.JPEG_2000, [*pydicom_uid.JPEG2000TransferSyntaxes, "1.2.840.10008.1.2.4.201"]),
        (Codec.MPEG, [uid for uid in pydicom_uid.MPEGTransferSyntaxes if "HEVC" not in UID(uid).name]),
        (Codec.HEVC, ["1.2.840.10008.1.2.4.107", "1.2.840.10008.1.2.4.108"]),
        (Codec.JPEG, [*pydicom_uid.JPEGTransferSyntaxes, "1.2.840.10008.1.2.4.66"]),
        (Codec.JPEG_XL, ["1.2.840.10008.1.2.4.110"]),
        (Codec.DEFLATED_FRAME, ["1.2.840.10008.1.2.8.1"]),
        (Codec.ENCAPSULATED_UNCOMPRESSED, ["1.2.840.10008.1.2.1.98"]),
        (Codec.NATIVE, ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"]),
    ],
)
def test_the_codec_of_a_family_is_told(codec: Codec, uids: list[str]) -> None:
    assert {TRANSFER_SYNTAXES[uid].codec for uid in uids} == {codec}


@pytest.mark.parametrize("syntax", TRANSFER_SYNTAXES.values(), ids=lambda syntax: syntax.uid)
def test_pixels_are_encapsulated_unless_native(syntax: TransferSyntax) -> None:
    assert syntax.encapsulated == (syntax.codec is not Codec.NATIVE)


def test_a_syntax_stands_under_its_own_uid() -> None:
    assert [uid for uid, syntax in TRANSFER_SYNTAXES.items() if uid != syntax.uid] == []
