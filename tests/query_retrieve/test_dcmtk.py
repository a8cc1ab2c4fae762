"""The services as DCMTK's clients see them."""

import os
import shutil
import subprocess

import pytest
from pydicom import dcmread

CT, JPEG = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.4.70"

pytestmark = [
    pytest.mark.flow,
    pytest.mark.skipif(
        not all(map(shutil.which, ("findscu", "movescu", "getscu", "storescp"))),
        reason="DCMTK is not installed",
    ),
]


def run(node, tool, *arguments, calling="LAB"):
    done = subprocess.run(
        [tool, "-v", "-aet", calling, "-aec", "GATEWAY", *arguments, "127.0.0.1", str(node.port)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "TCP_NODELAY": "1"},
        check=False,
    )
    # DCMTK prints values with their padding
    return done.returncode, (done.stdout + done.stderr).replace("\0]", "]").replace(" ]", "]")


@pytest.fixture
def archive(node):
    node.add_study("1.1", 3, PatientName="Subject^One", StudyDate="20200131")
    node.add_study("1.2", 2, PatientID="P2", PatientName="Subject^Two", StudyDate="20210131")
    node.add("1.2", "1.2.2", "1.2.2.1", PatientID="P2", transfer_syntax=JPEG)
    return node


def instances(folder):
    return sorted(dcmread(path).SOPInstanceUID for path in folder.iterdir())


def test_findscu_lists_studies_of_the_study_root(archive):
    code, output = run(
        archive,
        "findscu",
        "-S",
        *("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyDate=20200101-20201231", "-k", "StudyInstanceUID"),
        *("-k", "PatientName=subject*", "-k", "NumberOfStudyRelatedInstances", "-k", "ModalitiesInStudy"),
    )
    assert code == 0
    assert output.count("Find Response: 1 (Pending)") == 1
    assert "Find Response: 2" not in output
    assert "[1.1]" in output
    assert "[Subject^One]" in output
    assert "Received Final Find Response (Success)" in output


def test_findscu_walks_down_the_patient_root(archive, tmp_path):
    keys = ["-k", "PatientID=P2", "-k", "StudyInstanceUID=1.2", "-k", "SeriesInstanceUID"]
    code, output = run(archive, "findscu", "-P", "-k", "QueryRetrieveLevel=SERIES", *keys)
    assert code == 0
    assert ("[1.2.1]" in output, "[1.2.2]" in output) == (True, True)


def test_findscu_is_told_what_is_wrong_with_its_request(archive):
    _, output = run(archive, "findscu", "-S", "-k", "QueryRetrieveLevel=SERIES", "-k", "SeriesInstanceUID")
    assert "Received Final Find Response (Error: DataSetDoesNotMatchSOPClass)" in output


def test_findscu_cancels(archive):
    _, output = run(archive, "findscu", "-S", "--cancel", "1", "-k", "QueryRetrieveLevel=PATIENT")
    assert "Received Final Find Response (Error" in output
    code, output = run(archive, "findscu", "-S", "--cancel", "1", "-k", "QueryRetrieveLevel=STUDY")
    assert code == 0
    assert "Received Final Find Response" in output


def test_a_modality_is_offered_no_query(archive):
    code, output = run(archive, "findscu", "-S", "-k", "QueryRetrieveLevel=STUDY", calling="CT1")
    assert code != 0
    assert "No Acceptable Presentation Contexts" in output


def test_movescu_receives_on_its_own_port(archive, tmp_path, unused_port):
    folder = tmp_path / "moved"
    folder.mkdir()
    code, output = run(
        archive,
        "movescu",
        "-S",
        *("+P", str(unused_port), "-od", str(folder), "+xa"),
        *("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.1\\1.2"),
    )
    assert code == 0, output
    assert "Received Final Move Response (Success)" in output
    assert instances(folder) == ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.2.1.1", "1.2.1.2", "1.2.2.1"]


def test_movescu_sends_to_a_third_node(archive, destination):
    keys = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=P1")
    code, output = run(archive, "movescu", "-P", "-aem", "STORE", *keys)
    assert code == 0, output
    assert [(uid, originator) for uid, _, originator, _ in destination.received] == [
        ("1.1.1.1", "LAB"),
        ("1.1.1.2", "LAB"),
        ("1.1.1.3", "LAB"),
    ]


def test_movescu_is_refused_an_unknown_destination(archive):
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.1")
    code, output = run(archive, "movescu", "-S", "-aem", "NOBODY", *keys)
    assert code != 0
    assert "MoveDestinationUnknown" in output


def test_getscu_receives_what_it_has_contexts_for(archive, tmp_path):
    folder = tmp_path / "got"
    folder.mkdir()
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.1")
    code, output = run(archive, "getscu", "-S", "-od", str(folder), *keys)
    assert code == 0, output
    assert instances(folder) == ["1.1.1.1", "1.1.1.2", "1.1.1.3"]
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2")
    _, output = run(archive, "getscu", "-S", "-od", str(folder), *keys)
    assert "Number of Failed Suboperations" in output
    assert "1.2.2.1" not in instances(folder)
