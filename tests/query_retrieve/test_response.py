import pytest
from pynetdicom.dimse_messages import DIMSEMessage
from pynetdicom.dimse_primitives import C_FIND, C_GET, C_MOVE
from pynetdicom.pdu_primitives import P_DATA

from gateway.query_retrieve.information_model import SOP_CLASSES, Operation, Root
from gateway.query_retrieve.response import Progress, Response, command_set
from gateway.standard.query_retrieve import Level
from gateway.standard.status import Status

UID = {operation: uid for uid, (_, operation) in SOP_CLASSES.items()}


def decoded(response, operation, **kwargs):
    encoded = command_set(response, operation, UID[operation], 7, **{"has_identifier": False, **kwargs})
    message = DIMSEMessage()
    fragment = P_DATA()
    fragment.presentation_data_value_list.append((1, b"\x03" + encoded))
    assert message.decode_msg(fragment) != kwargs.get("has_identifier", False)
    return message.message_to_primitive() if not kwargs else message


@pytest.mark.parametrize(
    ("operation", "primitive"), [(Operation.FIND, C_FIND), (Operation.MOVE, C_MOVE), (Operation.GET, C_GET)]
)
def test_a_response_is_read_by_pynetdicom_as_it_was_meant(operation, primitive):
    read = decoded(
        Response(Status.IDENTIFIER_MISMATCH, comment="x" * 80, tags=(0x00080052, 0x0020000D)), operation
    )
    assert type(read) is primitive
    assert (read.MessageIDBeingRespondedTo, read.AffectedSOPClassUID) == (7, UID[operation])
    assert read.Status == 0xA900
    assert read.ErrorComment == "x" * 64
    assert list(read.OffendingElement) == [0x00080052, 0x0020000D]


def test_a_response_announces_its_identifier():
    message = decoded(Response(Status.PENDING), Operation.FIND, has_identifier=True)
    assert message.command_set.CommandDataSetType != 0x0101


@pytest.mark.parametrize(
    ("status", "remaining"),
    [(Status.PENDING, 9), (Status.CANCEL, 9), (Status.SUCCESS, None), (Status.SUBOPERATIONS, None)],
)
def test_what_remains_is_told_only_while_something_can_remain(status, remaining):
    read = decoded(Response(status, Progress(9, 8, 7, 6)), Operation.MOVE)
    assert read.NumberOfRemainingSuboperations == remaining
    assert read.NumberOfCompletedSuboperations == 8
    assert read.NumberOfFailedSuboperations == 7
    assert read.NumberOfWarningSuboperations == 6


def test_counts_end_at_what_their_vr_holds():
    read = decoded(Response(Status.PENDING, Progress(70000, 65536, 65535, 0)), Operation.GET)
    assert read.NumberOfRemainingSuboperations == 65535
    assert read.NumberOfCompletedSuboperations == 65535
    assert read.NumberOfFailedSuboperations == 65535


def test_the_models_are_those_of_the_standard():
    from pynetdicom import sop_class

    for root in Root:
        for operation in Operation:
            name = f"{root.name.title()}RootQueryRetrieveInformationModel{operation.name.title()}"
            assert SOP_CLASSES[getattr(sop_class, name)] == (root, operation)
    assert Root.PATIENT.levels == tuple(Level)
    assert Root.STUDY.levels == (Level.STUDY, Level.SERIES, Level.IMAGE)
