from nodes.dcmtk import Address, echo, find, store
from nodes.gateway import RESEARCHER, SCANNER

STUDIES = {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": ""}


def test_a_known_scanner_may_verify_and_store(gateway, study):
    assert echo(gateway.address, SCANNER)
    assert store(gateway.address, SCANNER, study[:1]).returncode == 0


def test_an_unknown_calling_ae_title_is_rejected_as_such(gateway, study):
    done = store(gateway.address, "STRANGER", study[:1])
    assert done.returncode != 0
    assert "Calling AE Title Not Recognized" in done.stdout


def test_an_unknown_called_ae_title_is_rejected_as_such(gateway, study):
    done = store(Address(gateway.address.port, "ELSEWHERE"), SCANNER, study[:1])
    assert done.returncode != 0
    assert "Called AE Title Not Recognized" in done.stdout


def test_a_researcher_may_not_store(gateway, study):
    done = store(gateway.address, RESEARCHER, study[:1], "-d")
    assert done.returncode != 0
    assert not list((gateway.storage / "spool").rglob("*.dcm"))


def test_a_scanner_may_not_query(gateway, study):
    assert store(gateway.address, SCANNER, study[:1]).returncode == 0
    done = find(gateway.address, SCANNER, STUDIES, "-v")
    assert "StudyInstanceUID" not in done.stdout.partition("Sending Find Request")[2].partition("Response")[2]
