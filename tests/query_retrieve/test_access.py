import pytest

from gateway.association.peer import Peer, Role
from gateway.query_retrieve.access import destination, visible_projects
from gateway.query_retrieve.declined import Declined

WHERE = {"host": "127.0.0.1", "port": 104}


def peer(**changes):
    entry = {
        "name": "lab",
        "ae_title": "LAB",
        "roles": (Role.RESEARCHER,),
        "projects": ("a", "b"),
        **WHERE,
        **changes,
    }
    return Peer(**entry)


def test_a_researcher_sees_the_projects_of_its_entry():
    assert visible_projects(peer()) == {"a", "b"}


@pytest.mark.parametrize(
    "changes", [{"roles": (Role.MODALITY,)}, {"roles": (Role.ARCHIVE,)}, {"projects": ()}]
)
def test_anyone_else_is_not_authorized(changes):
    with pytest.raises(Declined) as raised:
        visible_projects(peer(**changes))
    assert raised.value.status == 0x0124


@pytest.mark.parametrize(
    ("changes", "projects"),
    [
        ({"roles": (Role.MODALITY,)}, ["a"]),
        ({}, ["a", "c"]),
        ({"projects": ()}, ["a"]),
        ({"host": ""}, ["a"]),
        ({"port": 0}, ["a"]),
        ({"ae_title": "OTHER"}, ["a"]),
        ({"ae_title": "lab"}, ["a"]),
    ],
)
def test_a_destination_needs_title_address_role_and_every_project(changes, projects):
    with pytest.raises(Declined) as raised:
        destination([peer(**changes)], "LAB", projects)
    assert raised.value.status == 0xA801


def test_the_first_entitled_peer_of_a_title_is_taken():
    peers = [peer(name="first", projects=("b",)), peer(name="second"), peer(name="third")]
    assert destination(peers, "LAB", ["a"]).name == "second"


def test_a_destination_answers_to_the_title_that_was_named():
    found = destination([peer(ae_titles=("LAB2",))], "LAB2", ["a", "b"])
    assert found.titles == ("LAB2",)


def test_a_requestor_that_moves_nothing_still_needs_a_known_destination():
    assert destination([peer()], "LAB", []).name == "lab"
    with pytest.raises(Declined):
        destination([peer()], "NOBODY", [])
