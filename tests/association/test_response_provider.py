from io import BytesIO

import pytest
from pynetdicom import AE, build_context
from pynetdicom.dimse_messages import C_ECHO_RSP, N_EVENT_REPORT_RQ
from pynetdicom.dimse_primitives import C_ECHO, N_EVENT_REPORT
from pynetdicom.pdu_primitives import P_DATA

from gateway.association.requestor import hang_up
from gateway.association.requestor_internals import RequestorEntity, pause_reactor
from gateway.association.response_provider import LONGEST_COMMAND, LONGEST_MESSAGE, ResponseProvider

VERIFICATION = "1.2.840.10008.1.1"


@pytest.fixture
def provider():
    entity = AE(ae_title="ARCHIVE")
    entity.add_supported_context(VERIFICATION)
    server = entity.start_server(("127.0.0.1", 0), block=False)
    association = RequestorEntity("GATEWAY", 5.0).associate(
        "127.0.0.1", server.server_address[1], [build_context(VERIFICATION)]
    )
    pause_reactor(association)
    yield association.dimse
    hang_up(association)
    server.shutdown()


def fragments(primitive, kind):
    message = kind()
    message.primitive_to_message(primitive)
    return list(message.encode_msg(1, 16384))


def report():
    primitive = N_EVENT_REPORT()
    primitive.MessageID, primitive.EventTypeID = 7, 1
    primitive.AffectedSOPClassUID, primitive.AffectedSOPInstanceUID = "1.2.840.10008.1.20.1", "1.2"
    return fragments(primitive, N_EVENT_REPORT_RQ)


def report_with_data_set():
    """Return the command set of a report whose data set is still to come."""
    primitive = N_EVENT_REPORT()
    primitive.MessageID, primitive.EventTypeID = 7, 1
    primitive.AffectedSOPClassUID, primitive.AffectedSOPInstanceUID = "1.2.840.10008.1.20.1", "1.2"
    primitive.EventInformation = BytesIO(bytes(8))
    return fragments(primitive, N_EVENT_REPORT_RQ)[:1]


def response():
    primitive = C_ECHO()
    primitive.MessageIDBeingRespondedTo, primitive.Status = 3, 0
    primitive.AffectedSOPClassUID = VERIFICATION
    return fragments(primitive, C_ECHO_RSP)


def test_every_message_waits_in_the_queue_reports_too(provider):
    assert isinstance(provider, ResponseProvider)
    for fragment in (*report(), *response()):
        provider.receive_primitive(fragment)
    (_, first), (_, second) = provider.msg_queue.get(), provider.msg_queue.get()
    assert (first.MessageID, first.MessageIDBeingRespondedTo) == (7, None)
    assert (second.MessageIDBeingRespondedTo, second.Status) == (3, 0)


def test_a_message_without_end_is_not_kept(provider):
    endless = P_DATA()
    endless.presentation_data_value_list = [[1, b"\0" + bytes(1 << 20)]]
    for _ in range((LONGEST_MESSAGE >> 20) - 1):
        provider.receive_primitive(endless)
    with pytest.raises(OSError, match="too long"):
        provider.receive_primitive(endless)


def test_a_long_command_set_is_refused_before_it_is_decoded(provider):
    part = P_DATA()
    part.presentation_data_value_list = [[1, b"\1" + bytes(LONGEST_COMMAND // 2)]]
    provider.receive_primitive(part)
    part.presentation_data_value_list = [[1, b"\3" + bytes(LONGEST_COMMAND // 2)]]
    with pytest.raises(OSError, match="too long"):
        provider.receive_primitive(part)


def test_each_message_may_have_a_command_set_of_that_length(provider):
    (fragment,) = response()
    ((context_id, data),) = fragment.presentation_data_value_list
    padded = (
        data + b"\x08\0\0\0" + (LONGEST_COMMAND - 1000).to_bytes(4, "little") + bytes(LONGEST_COMMAND - 1000)
    )
    fragment.presentation_data_value_list = [[context_id, padded]]
    for _ in range(3):
        provider.receive_primitive(fragment)
    assert provider.msg_queue.qsize() == 3


def test_a_command_set_is_decoded_once(provider):
    (fragment,) = report_with_data_set()
    provider.receive_primitive(fragment)
    again = P_DATA()
    again.presentation_data_value_list = [[1, b"\3"]]
    with pytest.raises(OSError, match="second"):
        provider.receive_primitive(again)


def test_messages_that_nobody_asked_for_are_bounded(provider):
    (fragment,) = report()
    for _ in range(64):
        provider.receive_primitive(fragment)
    with pytest.raises(OSError, match="too many"):
        provider.receive_primitive(fragment)
