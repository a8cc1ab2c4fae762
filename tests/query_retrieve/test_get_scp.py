import pytest
from pydicom import DataElement, Dataset
from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pynetdicom import evt
from pynetdicom.dimse_primitives import C_CANCEL

PATIENT_GET, STUDY_GET = "1.2.840.10008.5.1.4.1.2.1.3", "1.2.840.10008.5.1.4.1.2.2.3"
CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
EXPLICIT, IMPLICIT, JPEG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.4.70"


def wanted(level, **attributes):
    made = Dataset()
    made.QueryRetrieveLevel = level
    for keyword, value in attributes.items():
        tag = tag_for_keyword(keyword)
        # not to be validated: a key may be a pattern
        made[tag] = DataElement(tag, dictionary_VR(tag), value, validation_mode=IGNORE)
    return made


def get(client, asked, storage=((CT, EXPLICIT),), model=STUDY_GET, **kwargs):
    association = client.associate(model, storage=list(storage), **kwargs)
    return list(association.send_c_get(asked, model))


def numbers(status):
    return tuple(status[f"NumberOf{name}Suboperations"].value for name in ("Completed", "Failed", "Warning"))


def test_the_bytes_of_the_files_come_back_over_the_same_association(node, client):
    sent = node.add_study("1.1", 3)
    *reports, (status, _) = get(client, wanted("STUDY", StudyInstanceUID="1.1"))
    assert (status.Status, *numbers(status)) == (0x0000, 3, 0, 0)
    assert client.stored == [(f"1.1.1.{number}", encoded) for number, encoded in enumerate(sent, start=1)]
    assert [status.NumberOfRemainingSuboperations for status, _ in reports] == [2, 1]


def test_a_large_instance_comes_back_whole(node, client):
    node.add_study("1.1", 1)
    (path,) = node.spool.rglob("*.dcm")
    with path.open("ab") as file:
        file.write(b"\xe0\x7f\x10\x00OB\x00\x00" + (3_000_000).to_bytes(4, "little") + bytes(3_000_000))
    *_, (status, _) = get(client, wanted("STUDY", StudyInstanceUID="1.1"))
    assert status.Status == 0x0000
    ((_, received),) = client.stored
    assert path.read_bytes().endswith(received)
    assert len(received) > 3_000_000


def test_what_the_requestor_takes_in_no_such_syntax_fails(node, client):
    node.add("1.1", "1.1.1", "1.1.1.1")
    node.add("1.1", "1.1.1", "1.1.1.2", transfer_syntax=JPEG)
    node.add("1.1", "1.1.1", "1.1.1.3", SOPClassUID=MR)
    *_, (status, identifier) = get(client, wanted("STUDY", StudyInstanceUID="1.1"))
    assert (status.Status, *numbers(status)) == (0xB000, 1, 2, 0)
    assert list(identifier.FailedSOPInstanceUIDList) == ["1.1.1.2", "1.1.1.3"]


def test_a_requestor_without_storage_roles_gets_nothing(node, client):
    node.add_study("1.1", 2)
    *_, (status, _) = get(client, wanted("STUDY", StudyInstanceUID="1.1"), storage=())
    assert (status.Status, *numbers(status)) == (0xA702, 0, 2, 0)


def test_a_failure_of_the_requestor_is_counted(node, client):
    node.add_study("1.1", 2)
    client.store_status = 0xA700
    *_, (status, _) = get(client, wanted("STUDY", StudyInstanceUID="1.1"))
    assert (status.Status, *numbers(status)) == (0xA702, 0, 2, 0)


@pytest.mark.parametrize(
    ("model", "asked", "status"),
    [
        (STUDY_GET, wanted("STUDY"), 0xA900),
        (STUDY_GET, wanted("SERIES", SeriesInstanceUID="1.1.1"), 0xA900),
        (PATIENT_GET, wanted("IMAGE", SOPInstanceUID="1.1.1.1"), 0xA900),
        (PATIENT_GET, wanted("PATIENT", PatientID="P1"), 0x0000),
    ],
)
def test_the_hierarchy_holds_for_c_get_too(node, client, model, asked, status):
    node.add_study("1.1", 1)
    assert get(client, asked, model=model)[-1][0].Status == status


def test_a_cancelled_get_stops_between_two_instances(node, client):
    node.add_study("1.1", 5)
    association = client.associate(STUDY_GET, storage=[(CT, EXPLICIT)])
    store = client._store

    def cancel(event):
        # sent before the response to this sub-operation, so that it arrives before it
        request = C_CANCEL()
        request.MessageIDBeingRespondedTo = 1
        event.assoc.dimse.send_msg(request, association.accepted_contexts[0].context_id)
        return store(event)

    association.unbind(evt.EVT_C_STORE, client._store)
    association.bind(evt.EVT_C_STORE, cancel)
    *_, (status, _) = association.send_c_get(wanted("STUDY", StudyInstanceUID="1.1"), STUDY_GET, msg_id=1)
    assert (status.Status, status.NumberOfRemainingSuboperations, *numbers(status)) == (0xFE00, 4, 1, 0, 0)
    assert len(client.stored) == 1


def test_the_association_serves_the_next_request(node, client):
    node.add_study("1.1", 2)
    association = client.associate(STUDY_GET, storage=[(CT, EXPLICIT)])
    for _ in range(3):
        *_, (status, _) = association.send_c_get(wanted("STUDY", StudyInstanceUID="1.1"), STUDY_GET)
        assert (status.Status, *numbers(status)) == (0x0000, 2, 0, 0)


def test_a_get_leaves_an_audit_entry(node, client):
    node.add_study("1.1", 2)
    get(client, wanted("STUDY", StudyInstanceUID="1.1"))
    ((kind, project, peer, detail),) = node.audited
    assert (kind, project, peer) == ("retrieve", "default", "lab")
    assert (detail["operation"], detail["count"], detail["status"]) == ("GET", "2", "0000")
