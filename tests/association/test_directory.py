import ipaddress

import pytest

from gateway.association.directory import Directory, Rejected
from gateway.association.peer import Peer, Role
from gateway.association.project import Project

PROJECTS = (Project(name="a", ae_title="A"), Project(name="b", ae_title="B"))


def peer(**fields):
    return Peer(**{"name": "ct", "roles": (Role.MODALITY,), "ae_title": "CT", **fields})


def identified(peers, calling="CT", called="A", address="10.0.0.1", **options):
    found, project = Directory(peers, PROJECTS, **options).identify(calling, called, address)
    return found.name, project.name


def rejection(peers, *request, **options):
    with pytest.raises(Rejected) as raised:
        Directory(peers, PROJECTS, **options).identify(*request)
    return raised.value.result, raised.value.source, raised.value.reason


def test_a_peer_is_known_by_each_of_its_titles():
    peers = [peer(ae_titles=("CT2", "CT3"))]
    assert [identified(peers, calling=title)[0] for title in ("CT", "CT2", "CT3")] == ["ct"] * 3


def test_outer_spaces_of_titles_do_not_count():
    assert identified([peer(ae_title=" CT")], calling="CT  ", called=" B") == ("ct", "b")


def test_the_case_of_titles_counts():
    assert rejection([peer()], "ct", "A", "10.0.0.1") == (1, 1, 3)


def test_an_unknown_calling_title_is_rejected_as_such():
    assert rejection([peer()], "MR", "A", "10.0.0.1") == (1, 1, 3)


def test_a_blank_calling_title_is_rejected_as_unknown():
    assert rejection([peer(ae_title="", ae_titles=("CT",))], "", "A", "10.0.0.1") == (1, 1, 3)


def test_a_known_title_from_another_address_is_rejected_like_an_unknown_one():
    assert rejection([peer(addresses=("192.0.2.0/24",))], "CT", "A", "10.0.0.1") == (1, 1, 3)


def test_an_unknown_called_title_is_rejected_as_such():
    assert rejection([peer()], "CT", "C", "10.0.0.1") == (1, 1, 7)


def test_a_project_that_the_peer_does_not_name_is_as_good_as_unknown():
    assert rejection([peer(projects=("b",))], "CT", "A", "10.0.0.1") == (1, 1, 7)
    assert identified([peer(projects=("b",))], called="B") == ("ct", "b")


@pytest.mark.parametrize(
    ("addresses", "address"),
    [
        (("10.0.0.0/8",), "10.255.0.1"),
        (("10.0.0.1",), "10.0.0.1"),
        (("10.0.0.7/24",), "10.0.0.1"),
        (("192.0.2.0/24", "10.0.0.1/32"), "10.0.0.1"),
        (("10.0.0.0/8",), "::ffff:10.0.0.1"),
        (("fe80::/10",), "fe80::1%eth0"),
        (("2001:db8::/32",), "2001:db8::5"),
    ],
)
def test_an_address_inside_a_network_of_the_peer_is_admitted(addresses, address):
    assert identified([peer(addresses=addresses)], address=address) == ("ct", "a")


def test_host_names_are_resolved():
    def resolve(name):
        return {"ct.hospital": frozenset({ipaddress.ip_address("10.0.0.1")})}[name]

    peers = [peer(addresses=("ct.hospital",))]
    assert identified(peers, resolve=resolve) == ("ct", "a")
    assert rejection(peers, "CT", "A", "10.0.0.2", resolve=resolve) == (1, 1, 3)


def test_a_host_name_without_address_admits_nobody():
    def resolve(name):
        raise OSError(name)

    assert rejection([peer(addresses=("gone",))], "CT", "A", "10.0.0.1", resolve=resolve) == (1, 1, 3)


def test_a_host_name_is_not_resolved_for_every_association():
    asked = []
    directory = Directory(
        [peer(addresses=("ct",))],
        PROJECTS,
        resolve=lambda name: asked.append(name) or frozenset({ipaddress.ip_address("10.0.0.1")}),
    )
    for _ in range(3):
        directory.identify("CT", "A", "10.0.0.1")
    assert asked == ["ct"]


def test_localhost_resolves_without_a_resolver_of_ours():
    assert identified([peer(addresses=("localhost",))], address="127.0.0.1") == ("ct", "a")


def test_peers_with_one_title_are_told_apart_by_address():
    peers = [
        peer(name="one", addresses=("10.0.0.1",)),
        peer(name="two", addresses=("10.0.0.2",)),
    ]
    assert identified(peers, address="10.0.0.2") == ("two", "a")


def test_something_that_is_no_address_is_only_admitted_where_any_is():
    assert identified([peer()], address="") == ("ct", "a")
    assert rejection([peer(addresses=("0.0.0.0/0",))], "CT", "A", "") == (1, 1, 3)
