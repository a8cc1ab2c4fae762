import collections
import itertools
import threading
import time
from io import BytesIO

import pytest
from pydicom import DataElement, Dataset
from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.sequence import Sequence
from pynetdicom.dimse_primitives import C_FIND

from gateway.index.query import Query
from gateway.standard.query_retrieve import Level

PATIENT_FIND, STUDY_FIND = "1.2.840.10008.5.1.4.1.2.1.1", "1.2.840.10008.5.1.4.1.2.2.1"
EXPLICIT, IMPLICIT, BIG_ENDIAN = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"


def wanted(level=None, **attributes):
    made = Dataset()
    if level is not None:
        made.QueryRetrieveLevel = level
    for keyword, value in attributes.items():
        tag = tag_for_keyword(keyword)
        # not to be validated: a key may be a pattern
        made[tag] = DataElement(tag, dictionary_VR(tag), value, validation_mode=IGNORE)
    return made


def pending(responses):
    *matches, (last, nothing) = responses
    assert nothing is None
    assert last.Status == 0x0000
    return matches


@pytest.fixture
def archive(node):
    node.add_study(
        "1.1", 2, PatientName="Subject^One", StudyDate="20200131", StudyDescription="chest", Rows="512"
    )
    node.add_study("1.2", 1, PatientID="P2", PatientName="Subject^Two", StudyDate="20210131", Modality="MR")
    return node


def test_a_response_holds_the_requested_keys_and_what_identifies_the_match(archive, client):
    ((status, match),) = pending(
        client.find(wanted("STUDY", StudyInstanceUID="1.1", StudyDate="", PatientName=""))
    )
    assert status.Status == 0xFF00
    assert {element.keyword: str(element.value) for element in match} == {
        "StudyDate": "20200131",
        "QueryRetrieveLevel": "STUDY",
        "RetrieveAETitle": "GATEWAY",
        "InstanceAvailability": "ONLINE",
        "PatientName": "Subject^One",
        "StudyInstanceUID": "1.1",
    }


def test_the_retrieve_ae_title_is_the_one_that_was_called(archive, client):
    ((_, match),) = pending(
        client.find(wanted("STUDY", StudyInstanceUID="1.1"), calling="BOTH", called="OTHER")
    )
    assert match.RetrieveAETitle == "OTHER"


def test_unsupported_keys_come_back_empty_and_with_a_warning(archive, client):
    asked = wanted(
        "STUDY", StudyInstanceUID="1.1", InstitutionAddress="x*", ReferencedStudySequence=Sequence()
    )
    asked.add_new(0x00091001, "LO", "private")
    ((status, match),) = pending(client.find(asked))
    assert status.Status == 0xFF01
    assert match["InstitutionAddress"].is_empty
    assert match["ReferencedStudySequence"].VR == "SQ"
    assert 0x00091001 not in match


def test_a_sequence_key_with_an_item_restricts_nothing(archive, client):
    item = wanted(ReferencedSOPInstanceUID="1.9")
    responses = client.find(wanted("STUDY", ReferencedStudySequence=Sequence([item])))
    assert len(pending(responses)) == 2


def test_numbers_in_binary_are_matched_and_returned(archive, client):
    asked = wanted("IMAGE", StudyInstanceUID="1.1", SeriesInstanceUID="1.1.1", Rows=512, Columns=None)
    matches = pending(client.find(asked))
    assert [match.Rows for _, match in matches] == [512, 512]
    assert all(match["Columns"].is_empty for _, match in matches)
    asked.Rows = 513
    assert pending(client.find(asked)) == []


@pytest.mark.parametrize("transfer_syntax", [EXPLICIT, IMPLICIT, BIG_ENDIAN])
def test_identifiers_come_in_every_transfer_syntax_of_messages(archive, client, transfer_syntax):
    asked = wanted("IMAGE", StudyInstanceUID="1.1", SeriesInstanceUID="1.1.1", Rows=512, InstanceNumber="")
    matches = pending(client.find(asked, transfer_syntaxes=(transfer_syntax,)))
    assert [(match.SOPInstanceUID, match.Rows) for _, match in matches] == [
        ("1.1.1.1", 512),
        ("1.1.1.2", 512),
    ]


def test_text_is_compared_in_the_character_set_of_the_request_and_answered_in_utf_8(archive, client):
    archive.add_study("1.3", 1, PatientID="P3", PatientName="Müller^Jürgen", StudyDescription="Schädel")
    asked = wanted(
        "STUDY", SpecificCharacterSet="ISO_IR 100", StudyDescription="Sch?del", PatientName="MÜLLER*"
    )
    ((_, match),) = pending(client.find(asked))
    assert match.SpecificCharacterSet == "ISO_IR 192"
    assert (match.StudyDescription, str(match.PatientName)) == ("Schädel", "Müller^Jürgen")


def test_patients_are_found_with_counts(archive, client):
    asked = wanted("PATIENT", PatientID="*", NumberOfPatientRelatedInstances="")
    matches = pending(client.find(asked, PATIENT_FIND))
    assert [(match.PatientID, match.NumberOfPatientRelatedInstances) for _, match in matches] == [
        ("P1", 2),
        ("P2", 1),
    ]


def test_modalities_in_study_are_matched_and_returned(archive, client):
    ((_, match),) = pending(client.find(wanted("STUDY", ModalitiesInStudy="MR", StudyInstanceUID="")))
    assert (match.StudyInstanceUID, match.ModalitiesInStudy) == ("1.2", "MR")


def test_what_retention_removed_is_unavailable(archive, client):
    archive.remove("1.1.1.2")
    ((_, match),) = pending(client.find(wanted("STUDY", StudyInstanceUID="1.1")))
    assert match.InstanceAvailability == "UNAVAILABLE"


@pytest.mark.parametrize(
    ("model", "asked", "tag"),
    [
        (STUDY_FIND, wanted(), 0x00080052),
        (STUDY_FIND, wanted("STUDIES"), 0x00080052),
        (STUDY_FIND, wanted("PATIENT", PatientID="P1"), 0x00080052),
        (STUDY_FIND, wanted("SERIES"), 0x0020000D),
        (STUDY_FIND, wanted("SERIES", StudyInstanceUID=""), 0x0020000D),
        (STUDY_FIND, wanted("SERIES", StudyInstanceUID=["1.1", "1.2"]), 0x0020000D),
        (STUDY_FIND, wanted("IMAGE", StudyInstanceUID="1.1"), 0x0020000E),
        (PATIENT_FIND, wanted("STUDY", StudyInstanceUID="1.1"), 0x00100020),
        (PATIENT_FIND, wanted("STUDY", PatientID="P*"), 0x00100020),
        (PATIENT_FIND, wanted("STUDY", PatientID="*"), 0x00100020),
    ],
)
def test_a_request_against_the_hierarchy_is_answered_with_the_attribute_at_fault(
    archive, client, model, asked, tag
):
    if not asked:
        asked.PatientName = ""
    ((status, nothing),) = client.find(asked, model)
    assert nothing is None
    assert status.Status == 0xA900
    assert status.OffendingElement == tag
    assert 0 < len(status.ErrorComment) <= 64


def test_an_identifier_that_does_not_parse_is_answered(archive, client):
    association = client.associate(STUDY_FIND)
    request = C_FIND()
    request.MessageID, request.AffectedSOPClassUID, request.Priority = 7, STUDY_FIND, 2
    request.Identifier = BytesIO(b"\x08\x00\x52\x00CS\xff\x7fSTUDY ")
    association._reactor_checkpoint.clear()
    association.dimse.send_msg(request, 1)
    _, response = association.dimse.get_msg(block=True)
    association._reactor_checkpoint.set()
    assert (response.Status, response.MessageIDBeingRespondedTo) == (0xC000, 7)


def test_a_researcher_sees_the_projects_of_its_entry_and_no_other(archive, client):
    archive.add_study("2.1", 1, project="other", PatientID="Q1")
    uids = [match.StudyInstanceUID for _, match in pending(client.find(wanted("STUDY", StudyInstanceUID="")))]
    assert uids == ["1.1", "1.2"]
    both = pending(client.find(wanted("STUDY", StudyInstanceUID=""), calling="BOTH"))
    assert [match.StudyInstanceUID for _, match in both] == ["1.1", "1.2", "2.1"]
    foreign = pending(client.find(wanted("STUDY", StudyInstanceUID=""), calling="FOREIGN", called="OTHER"))
    assert [match.StudyInstanceUID for _, match in foreign] == ["2.1"]


def test_a_researcher_of_no_project_is_not_authorized(archive, client):
    ((status, _),) = client.find(wanted("STUDY", StudyInstanceUID=""), calling="HOMELESS")
    assert status.Status == 0x0124
    assert archive.audited[-1][3]["status"] == "0124"


def test_a_query_leaves_an_audit_entry_without_values(archive, client):
    asked = wanted("STUDY", PatientName="Subject*", PatientID="P1", InstitutionAddress="Elm")
    assert len(pending(client.find(asked))) == 1
    ((kind, project, peer, detail),) = archive.audited
    assert (kind, project, peer) == ("query", "default", "lab")
    assert detail == {
        "root": "STUDY",
        "message_id": "1",
        "keys": "QueryRetrieveLevel InstitutionAddress PatientName PatientID",
        "level": "STUDY",
        "status": "0000",
        "count": "1",
    }


def test_a_query_over_two_projects_is_audited_in_each(archive, client):
    archive.add_study("2.1", 1, project="other", PatientID="Q1")
    pending(client.find(wanted("STUDY", StudyInstanceUID=""), calling="BOTH"))
    assert [(project, detail["count"]) for _, project, _, detail in archive.audited] == [
        ("default", "2"),
        ("other", "1"),
    ]


def test_a_query_that_cannot_be_audited_does_not_succeed(archive, client):
    archive.audit_fails = True
    *_, (status, _) = client.find(wanted("STUDY", StudyInstanceUID=""))
    assert status.Status == 0xA700


def test_nothing_of_a_query_is_logged(archive, client, capfd, caplog):
    asked = wanted("STUDY", PatientName="Original^Name", PatientID="4711", InstitutionAddress="Elm")
    pending(client.find(asked))
    client.find(wanted("SERIES", PatientName="Original^Name", StudyInstanceUID=["4711", "0815"]))
    written = "".join((*capfd.readouterr(), caplog.text))
    assert not [value for value in ("Original", "4711", "0815", "Elm") if value in written]


def test_a_cancelled_query_ends_within_a_second(node, client, monkeypatch):
    node.add_study("1.1", 1)
    (page,) = node.search.pages(Query(Level.STUDY, frozenset({"default"}), {"StudyInstanceUID": ()}))
    # a page without an end: only the look between two matches can stop it
    monkeypatch.setattr(node.search, "pages", lambda query: iter([itertools.repeat(page[0])]))
    association = client.associate(STUDY_FIND)
    responses = association.send_c_find(wanted("STUDY", StudyInstanceUID=""), STUDY_FIND, msg_id=5)
    next(responses)
    last = []
    reading = threading.Thread(
        target=lambda: last.extend(collections.deque(responses, maxlen=1)), daemon=True
    )
    started = time.monotonic()
    association.send_c_cancel(5, query_model=STUDY_FIND)
    reading.start()
    assert node.audit_written.wait(5)
    assert time.monotonic() - started < 1
    assert node.audited[-1][3]["status"] == "FE00"
    reading.join(60)
    ((status, nothing),) = last
    assert (status.Status, nothing) == (0xFE00, None)


def test_a_cancelled_search_stops_although_nothing_matches(node, client, monkeypatch):
    searching, go_on = threading.Event(), threading.Event()

    def endless(query):
        while True:
            searching.set()
            go_on.wait(5)
            yield []

    monkeypatch.setattr(node.search, "pages", endless)
    association = client.associate(STUDY_FIND)
    found = []
    asking = threading.Thread(
        target=lambda: found.extend(association.send_c_find(wanted("STUDY"), STUDY_FIND, msg_id=5))
    )
    asking.start()
    assert searching.wait(5)
    association.send_c_cancel(5, query_model=STUDY_FIND)
    go_on.set()
    asking.join(5)
    assert [status.Status for status, _ in found] == [0xFE00]
    assert node.audited[-1][3]["status"] == "FE00"


@pytest.mark.parametrize(("leave", "left"), [("abort", "is_aborted"), ("release", "is_released")])
def test_a_requestor_that_leaves_ends_the_search_and_is_let_go(node, client, monkeypatch, leave, left):
    go_on, ended = threading.Event(), threading.Event()
    node.add_study("1.1", 1)
    (page,) = node.search.pages(Query(Level.STUDY, frozenset({"default"}), {"StudyInstanceUID": ()}))

    def endless(query):
        try:
            while True:
                yield page
                go_on.wait(5)
        finally:
            ended.set()

    monkeypatch.setattr(node.search, "pages", endless)
    association = client.associate(STUDY_FIND)
    responses = association.send_c_find(wanted("STUDY", StudyInstanceUID=""), STUDY_FIND)
    next(responses)
    leaving = threading.Thread(target=getattr(association, leave))
    leaving.start()
    go_on.set()
    assert ended.wait(5)
    leaving.join(10)
    assert getattr(association, left)


def test_several_queries_are_served_on_one_association(archive, client):
    association = client.associate(STUDY_FIND, PATIENT_FIND)
    for _ in range(3):
        assert len(list(association.send_c_find(wanted("STUDY", StudyInstanceUID=""), STUDY_FIND))) == 3
        assert len(list(association.send_c_find(wanted("PATIENT", PatientID=""), PATIENT_FIND))) == 3
