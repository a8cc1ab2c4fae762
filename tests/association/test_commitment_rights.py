import pytest

from gateway.association.directory import Directory, Rejected
from gateway.association.peer import Peer, Role
from gateway.association.presentation_context import (
    ABSTRACT_SYNTAX_NOT_SUPPORTED,
    ACCEPTANCE,
    answer,
    requestor_may_be_scp,
)
from gateway.association.project import Project
from gateway.standard.storage_commitment import SOP_CLASS

IMPLICIT = "1.2.840.10008.1.2"
PROJECTS = (
    Project(name="first", ae_title="FIRST"),
    Project(name="second", ae_title="SECOND", destinations=("pacs",)),
    Project(name="third", ae_title="THIRD", destinations=("pacs",)),
)


def peer(*roles, name="pacs", **further):
    return Peer(name=name, roles=roles, ae_title="PACS", **further)


@pytest.mark.parametrize(
    ("roles", "storage_commitment", "is_accepted", "may_be_scp"),
    [
        ((Role.ARCHIVE,), True, True, True),
        ((Role.ARCHIVE,), False, False, False),
        ((Role.MODALITY,), True, True, False),
        ((Role.MODALITY,), False, False, False),
        ((Role.RESEARCHER,), True, False, False),
        ((Role.MODALITY, Role.ARCHIVE), True, True, True),
    ],
)
def test_the_service_is_offered_to_who_has_it_in_its_entry(
    roles, storage_commitment, is_accepted, may_be_scp
):
    one = peer(*roles, storage_commitment=storage_commitment)
    result = answer(SOP_CLASS, [IMPLICIT], one, PROJECTS[0]).result
    assert result == (ACCEPTANCE if is_accepted else ABSTRACT_SYNTAX_NOT_SUPPORTED)
    assert requestor_may_be_scp(SOP_CLASS, one, PROJECTS[0]) is may_be_scp


def test_an_archive_that_reports_may_call_the_title_that_called_it():
    one = peer(Role.ARCHIVE, storage_commitment=True)
    directory = Directory([one], PROJECTS, own_title="GATEWAY ")
    assert directory.identify("PACS", " GATEWAY", "127.0.0.1") == (one, PROJECTS[1])
    limited = peer(Role.ARCHIVE, storage_commitment=True, projects=("third",))
    found = Directory([limited], PROJECTS, own_title="GATEWAY").identify("PACS", "GATEWAY", "127.0.0.1")
    assert found == (limited, PROJECTS[2])


@pytest.mark.parametrize(
    "one",
    [
        peer(Role.ARCHIVE),
        peer(Role.MODALITY, storage_commitment=True),
        peer(Role.ARCHIVE, name="other", storage_commitment=True),
        peer(Role.ARCHIVE, storage_commitment=True, projects=("first",)),
    ],
)
def test_nobody_else_may(one):
    with pytest.raises(Rejected):
        Directory([one], PROJECTS, own_title="GATEWAY").identify("PACS", "GATEWAY", "127.0.0.1")
