import struct
from io import BytesIO

import pytest
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset

from gateway.association.store_request import command_set, open_data_set


def decoded(command: bytes) -> Dataset:
    return read_dataset(BytesIO(command), is_implicit_VR=True, is_little_endian=True)


def test_a_command_set_says_what_is_stored():
    command = decoded(command_set(65535, "1.2.840.10008.5.1.4.1.1.2", "2.25.12"))
    assert (command.CommandField, command.MessageID, command.Priority) == (1, 65535, 0)
    assert command.CommandDataSetType != 0x0101
    assert command.AffectedSOPClassUID == "1.2.840.10008.5.1.4.1.1.2"
    assert command.AffectedSOPInstanceUID == "2.25.12"
    assert "MoveOriginatorMessageID" not in command


def test_a_command_set_names_the_move_originator():
    command = decoded(command_set(1, "1.2", "1.3", ("LAB", 7)))
    assert command.MoveOriginatorApplicationEntityTitle == "LAB"
    assert command.MoveOriginatorMessageID == 7


@pytest.mark.parametrize("uid", ["1.2", "1.23"])
def test_a_command_set_has_even_values_in_order_and_its_group_length(uid):
    command = command_set(1, uid, uid, ("ODD", 7))
    position, tags = 0, []
    while position < len(command):
        group, element, length = struct.unpack_from("<HHI", command, position)
        assert group == 0
        assert length % 2 == 0
        tags.append(element)
        position += 8 + length
    assert tags == sorted(tags)
    assert struct.unpack_from("<I", command, 8) == (len(command) - 12,)


def test_a_data_set_begins_after_the_file_meta_information(tmp_path):
    meta = b"\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0"
    head = bytes(128) + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta)) + meta
    (tmp_path / "a").write_bytes(head + b"data set")
    file, size = open_data_set(tmp_path / "a")
    with file:
        assert (size, file.read()) == (8, b"data set")
