import threading

import pytest
from pydicom import DataElement, Dataset
from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR, tag_for_keyword

PATIENT_MOVE, STUDY_MOVE = "1.2.840.10008.5.1.4.1.2.1.2", "1.2.840.10008.5.1.4.1.2.2.2"
CT, MR, PET = (f"1.2.840.10008.5.1.4.1.1.{last}" for last in ("2", "4", "128"))
JPEG, JPEG_LS = "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80"


def wanted(level, **attributes):
    made = Dataset()
    made.QueryRetrieveLevel = level
    for keyword, value in attributes.items():
        tag = tag_for_keyword(keyword)
        # not to be validated: a key may be a pattern
        made[tag] = DataElement(tag, dictionary_VR(tag), value, validation_mode=IGNORE)
    return made


def move(client, asked, to="STORE", model=STUDY_MOVE, msg_id=1, **kwargs):
    association = client.associate(model, **kwargs)
    return list(association.send_c_move(asked, to, model, msg_id=msg_id))


def numbers(status):
    names = ("Completed", "Failed", "Warning")
    return tuple(status[f"NumberOf{name}Suboperations"].value for name in names)


def test_the_bytes_of_the_files_arrive_with_the_requestor_as_originator(node, client, destination):
    sent = node.add_study("1.1", 3)
    *_, (status, _) = move(client, wanted("STUDY", StudyInstanceUID="1.1"), msg_id=77)
    assert status.Status == 0x0000
    assert numbers(status) == (3, 0, 0)
    assert "NumberOfRemainingSuboperations" not in status
    assert destination.received == [
        (f"1.1.1.{number}", encoded, "LAB", 77) for number, encoded in enumerate(sent, start=1)
    ]
    assert destination.associations == 1


def test_each_sub_operation_is_reported(node, client):
    node.add_study("1.1", 3)
    *reports, _ = move(client, wanted("STUDY", StudyInstanceUID="1.1"))
    assert [
        (status.Status, status.NumberOfRemainingSuboperations, *numbers(status)) for status, _ in reports
    ] == [
        (0xFF00, 2, 1, 0, 0),
        (0xFF00, 1, 2, 0, 0),
    ]


@pytest.mark.parametrize(
    ("model", "asked", "count"),
    [
        (PATIENT_MOVE, wanted("PATIENT", PatientID="P1"), 5),
        (PATIENT_MOVE, wanted("STUDY", PatientID="P1", StudyInstanceUID=["1.1", "1.2"]), 5),
        (PATIENT_MOVE, wanted("STUDY", PatientID="P2", StudyInstanceUID="1.1"), 0),
        (STUDY_MOVE, wanted("STUDY", StudyInstanceUID=["1.1", "1.2", "1.9"]), 5),
        (STUDY_MOVE, wanted("SERIES", StudyInstanceUID="1.1", SeriesInstanceUID="1.1.1"), 2),
        (
            STUDY_MOVE,
            wanted(
                "IMAGE",
                StudyInstanceUID="1.2",
                SeriesInstanceUID="1.2.1",
                SOPInstanceUID=["1.2.1.1", "1.2.1.3"],
            ),
            2,
        ),
        (STUDY_MOVE, wanted("STUDY", StudyInstanceUID="1.9"), 0),
    ],
)
def test_every_level_can_be_moved(node, client, destination, model, asked, count):
    node.add_study("1.1", 2)
    node.add_study("1.2", 3)
    *_, (status, _) = move(client, asked, model=model)
    assert (status.Status, *numbers(status)) == (0x0000, count, 0, 0)
    assert len(destination.received) == count


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        (STUDY_MOVE, wanted("STUDY")),
        (STUDY_MOVE, wanted("STUDY", StudyInstanceUID="")),
        (STUDY_MOVE, wanted("STUDY", StudyInstanceUID="*")),
        (STUDY_MOVE, wanted("STUDY", StudyInstanceUID=["1.1", "*"])),
        (STUDY_MOVE, wanted("STUDY", StudyInstanceUID=["1.1", "1.2", "*"])),
        (STUDY_MOVE, wanted("SERIES", SeriesInstanceUID="1.1.1")),
        (STUDY_MOVE, wanted("PATIENT", PatientID="P1")),
        (PATIENT_MOVE, wanted("PATIENT", PatientID="P*")),
        (PATIENT_MOVE, wanted("PATIENT", PatientID=["P1", "P2"])),
        (PATIENT_MOVE, wanted("STUDY", StudyInstanceUID="1.1")),
    ],
)
def test_a_request_that_names_no_entity_moves_nothing(node, client, destination, model, asked):
    node.add_study("1.1", 1)
    ((status, _),) = move(client, asked, model=model)
    assert status.Status == 0xA900
    assert destination.received == []


@pytest.mark.parametrize("title", ["NOBODY", "CT1", "BOTH", "ARCHIVE", "FOREIGN"])
def test_a_destination_unknown_or_without_rights_or_address_is_unknown(node, client, destination, title):
    node.add_study("1.1", 1)
    ((status, _),) = move(client, wanted("STUDY", StudyInstanceUID="1.1"), to=title)
    assert status.Status == 0xA801
    assert destination.received == []
    assert node.audited[-1][3]["status"] == "A801"


def test_a_destination_must_have_rights_to_every_project_that_is_moved(node, client, destination):
    node.add("1.1", "1.1.1", "1.1.1.1")
    node.add("1.1", "1.1.1", "1.1.1.1", project="other")
    asked = wanted("STUDY", StudyInstanceUID="1.1")
    assert move(client, asked, to="STORE", calling="BOTH")[-1][0].Status == 0xA801
    assert move(client, asked, to="FOREIGN", calling="BOTH")[-1][0].Status == 0xA801
    assert destination.received == []


def test_instances_of_other_projects_are_not_moved(node, client, destination):
    node.add_study("2.1", 1, project="other")
    *_, (status, _) = move(client, wanted("STUDY", StudyInstanceUID="2.1"))
    assert numbers(status) == (0, 0, 0)
    assert destination.received == []


def test_a_destination_is_called_by_the_title_that_was_named(node, client, destination):
    node.add_study("1.1", 1)
    called = []
    destination.answer = lambda event: called.append(event.assoc.requestor.primitive.called_ae_title) or 0
    move(client, wanted("STUDY", StudyInstanceUID="1.1"), to="STORE2")
    assert called == ["STORE2"]


def test_what_retention_removed_fails_and_is_listed(node, client, destination):
    node.add_study("1.1", 3)
    node.remove("1.1.1.2")
    *_, (status, identifier) = move(client, wanted("STUDY", StudyInstanceUID="1.1"))
    assert (status.Status, *numbers(status)) == (0xB000, 2, 1, 0)
    assert identifier.FailedSOPInstanceUIDList == "1.1.1.2"


def test_a_file_that_is_gone_or_spoilt_fails_alone(node, client, destination):
    node.add_study("1.1", 4)
    first, second, *_ = sorted(node.spool.rglob("*.dcm"))
    first.unlink()
    second.write_bytes(b"spoilt")
    *_, (status, identifier) = move(client, wanted("STUDY", StudyInstanceUID="1.1"))
    assert (status.Status, *numbers(status)) == (0xB000, 2, 2, 0)
    assert list(identifier.FailedSOPInstanceUIDList) == ["1.1.1.1", "1.1.1.2"]


def test_when_nothing_could_be_stored_the_operation_failed(node, client, destination):
    node.add_study("1.1", 2)
    destination.answer = lambda event: 0xA700
    *_, (status, identifier) = move(client, wanted("STUDY", StudyInstanceUID="1.1"))
    assert (status.Status, *numbers(status)) == (0xA702, 0, 2, 0)
    assert list(identifier.FailedSOPInstanceUIDList) == ["1.1.1.1", "1.1.1.2"]


@pytest.mark.parametrize("warning", [0xB000, 0xB006, 0xB007, 0x0107, 0x0116])
def test_a_warning_of_the_destination_is_counted_as_such(node, client, destination, warning):
    node.add_study("1.1", 2)
    answers = iter([warning, 0x0000])
    destination.answer = lambda event: next(answers)
    *_, (status, identifier) = move(client, wanted("STUDY", StudyInstanceUID="1.1"))
    assert (status.Status, *numbers(status)) == (0xB000, 1, 0, 1)
    assert identifier["FailedSOPInstanceUIDList"].is_empty


def test_a_destination_that_does_not_answer_fails_everything(node, client):
    node.add_study("1.1", 2)
    *_, (status, identifier) = move(client, wanted("STUDY", StudyInstanceUID="1.1"), to="LAB")
    assert (status.Status, *numbers(status)) == (0xA702, 0, 2, 0)
    assert list(identifier.FailedSOPInstanceUIDList) == ["1.1.1.1", "1.1.1.2"]


def test_an_instance_on_which_the_destination_hangs_up_does_not_cost_the_others(node, client, destination):
    node.add_study("1.1", 4)

    def answer(event):
        if event.request.AffectedSOPInstanceUID == "1.1.1.2":
            event.assoc.abort()
        return 0x0000

    destination.answer = answer
    *_, (status, identifier) = move(client, wanted("STUDY", StudyInstanceUID="1.1"))
    assert (status.Status, *numbers(status)) == (0xB000, 3, 1, 0)
    assert identifier.FailedSOPInstanceUIDList == "1.1.1.2"
    assert destination.associations == 2


def test_a_destination_that_always_hangs_up_is_given_up(node, client, destination):
    node.add_study("1.1", 5)
    destination.answer = lambda event: event.assoc.abort()
    *_, (status, _) = move(client, wanted("STUDY", StudyInstanceUID="1.1"))
    assert (status.Status, *numbers(status)) == (0xA702, 0, 5, 0)
    assert destination.associations == 1


def test_each_stored_syntax_is_negotiated_on_its_own(node, client, destination):
    node.add("1.1", "1.1.1", "1.1.1.1")
    node.add("1.1", "1.1.1", "1.1.1.2", transfer_syntax=JPEG)
    node.add("1.1", "1.1.1", "1.1.1.3", SOPClassUID=MR)
    node.add("1.1", "1.1.1", "1.1.1.4", transfer_syntax=JPEG_LS)
    node.add("1.1", "1.1.1", "1.1.1.5", SOPClassUID=PET)
    *_, (status, identifier) = move(client, wanted("STUDY", StudyInstanceUID="1.1"))
    assert (status.Status, *numbers(status)) == (0xB000, 3, 2, 0)
    assert list(identifier.FailedSOPInstanceUIDList) == ["1.1.1.4", "1.1.1.5"]


def test_more_than_128_presentation_contexts_take_another_association(node, client, destination):
    for number in range(130):
        node.add("1.1", "1.1.1", f"1.1.1.{number}", SOPClassUID=f"{CT}.99.{number}")
    node.add("1.1", "1.1.1", "1.1.1.999")
    *_, (status, _) = move(client, wanted("STUDY", StudyInstanceUID="1.1"))
    assert (status.Status, *numbers(status)) == (0xB000, 1, 130, 0)
    assert destination.associations == 2


def test_a_cancelled_move_stops_between_two_instances(node, client, destination):
    node.add_study("1.1", 5)
    destination.go_on.clear()
    association = client.associate(STUDY_MOVE)
    responses = association.send_c_move(
        wanted("STUDY", StudyInstanceUID="1.1"), "STORE", STUDY_MOVE, msg_id=9
    )
    found = []
    asking = threading.Thread(target=lambda: found.extend(responses))
    asking.start()
    assert destination.arrived.wait(5)
    association.send_c_cancel(9, query_model=STUDY_MOVE)
    _until_cancelled(node, 9)
    destination.go_on.set()
    asking.join(5)
    status, _ = found[-1]
    assert (status.Status, status.NumberOfRemainingSuboperations, *numbers(status)) == (0xFE00, 4, 1, 0, 0)
    assert len(destination.received) == 1


def test_a_requestor_that_hangs_up_ends_the_move(node, client, destination):
    node.add_study("1.1", 5)
    destination.go_on.clear()
    association = client.associate(STUDY_MOVE)
    association.send_c_move(wanted("STUDY", StudyInstanceUID="1.1"), "STORE", STUDY_MOVE)
    assert destination.arrived.wait(5)
    association.abort()
    destination.go_on.set()
    node.acceptor.stop(5)
    assert len(destination.received) < 5
    assert node.audited[-1][3]["status"] == "none"


def test_several_moves_go_on_at_the_same_time(node, client, destination):
    for number in range(4):
        node.add_study(f"1.{number}", 3)
    together = threading.Barrier(4)
    destination.answer = lambda event: together.wait(10) and 0x0000
    results = {}

    def run(number):
        results[number] = move(client, wanted("STUDY", StudyInstanceUID=f"1.{number}"))[-1][0]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [(status.Status, *numbers(status)) for status in results.values()] == [(0x0000, 3, 0, 0)] * 4


def test_a_move_leaves_an_audit_entry_with_its_numbers(node, client, destination):
    node.add_study("1.1", 3)
    node.remove("1.1.1.2")
    move(client, wanted("STUDY", StudyInstanceUID="1.1"))
    assert node.audited == [
        (
            "retrieve",
            "default",
            "lab",
            {
                "root": "STUDY",
                "message_id": "1",
                "operation": "MOVE",
                "level": "STUDY",
                "completed": "2",
                "failed": "1",
                "warning": "0",
                "destination": "store",
                "status": "B000",
                "count": "2",
            },
        )
    ]


def _until_cancelled(node, message_id):
    (association,) = node.acceptor._live
    seen = threading.Event()

    def look():
        while message_id not in association.dimse.cancel_req:
            if seen.wait(0.01):
                return
        seen.set()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join(5)
    seen.set()
    assert message_id in association.dimse.cancel_req
