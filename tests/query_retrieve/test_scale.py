import resource
import shutil
import subprocess

import pytest

STUDIES = 100_000
MOST_GROWTH_KIB = 32 * 1024

pytestmark = [
    pytest.mark.flow,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("findscu") is None, reason="DCMTK is not installed"),
]


def test_a_hundred_thousand_matches_leave_in_flat_memory(node):
    node.add_rows(
        {
            "PatientID": f"P{number}",
            "StudyInstanceUID": f"1.{number}",
            "SeriesInstanceUID": f"1.{number}.1",
            "SOPInstanceUID": f"1.{number}.1.1",
        }
        for number in range(STUDIES)
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID", "-k", "PatientID")
    subprocess.run(
        ["findscu", "-S", "-aet", "LAB", "-aec", "GATEWAY", *keys, "127.0.0.1", str(node.port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=300,
        check=True,
    )
    assert node.audited[-1][3]["count"] == str(STUDIES)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_GROWTH_KIB
