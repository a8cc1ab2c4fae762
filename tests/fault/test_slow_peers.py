import pytest
from hostility import wire
from hostility.horde import Horde, kinds, stored_study, work
from hostility.peer import CLOSED, Peer
from nodes.gateway import Gateway
from nodes.process import missing, wait_until

pytestmark = [
    pytest.mark.flow,
    pytest.mark.skipif(bool(missing("echoscu")), reason="not installed: echoscu (scripts/set-up as root)"),
]

SOURCES = tuple(f"127.0.1.{number}" for number in range(1, 11))
FULL = "A-ASSOCIATE-RJ 2/3/2"
ACCEPTED = "A-ASSOCIATE-AC 1 of result 0"
VERIFICATION = (wire.VERIFICATION, [wire.IMPLICIT])


@pytest.fixture(scope="module")
def roomy(tmp_path_factory):
    """A gateway with a place for everyone, but little patience."""
    limits = {"association_timeout_s": 2.0, "pdu_timeout_s": 2.0, "idle_timeout_s": 5.0}
    server = {**limits, "max_associations": 1000, "max_associations_per_address": 500}
    with Gateway(tmp_path_factory.mktemp("roomy"), {}, server=server) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def tight(tmp_path_factory):
    """A gateway of three places, two of them for one address."""
    server = {"max_associations": 3, "max_associations_per_address": 2}
    with Gateway(tmp_path_factory.mktemp("tight"), {}, server=server) as gateway:
        yield gateway


@pytest.fixture
def call(request):
    def connect(gateway, source="127.0.0.1"):
        peer = Peer(gateway.address, bytearray(), source)
        request.addfinalizer(peer.close)
        return peer

    return connect


@pytest.fixture
def associate(call):
    """Give a function that requests associations until there is a place; places come back in a moment."""

    def once(gateway, source, made):
        made.append(call(gateway, source))
        return made[-1].associate(VERIFICATION) == ACCEPTED

    def until_accepted(gateway, source="127.0.0.1"):
        made = []
        wait_until(lambda: once(gateway, source, made), 30, "a place is free")
        return made[-1]

    return until_accepted


def works_among(gateway, count, instances):
    """Store instances while so many are slow, until one of these was thrown out."""
    before = gateway.status()
    ways = kinds(stored_study(gateway, 20))
    with Horde(gateway.address, count, ways, sources=SOURCES, interval=0.25) as horde:
        work(gateway.address, instances)
        wait_until(lambda: horde.thrown_out > 0, 120, "a slow peer is thrown out")
        work(gateway.address, 1)
    after = gateway.status()
    assert after["state"]["processes"] == before["state"]["processes"]
    stored = [sum(total["stored"] for total in status["sums"]) for status in (before, after)]
    assert stored[1] - stored[0] == 20 + instances + 1


def test_a_scanner_stores_while_many_are_slow(roomy):
    works_among(roomy, 80, 40)


@pytest.mark.slow
def test_a_scanner_stores_while_five_hundred_are_slow(roomy):
    works_among(roomy, 500, 400)


def test_a_burst_of_connections_is_answered_to_the_last(roomy, call):
    peers = [call(roomy) for _ in range(200)]
    for peer in peers:
        peer.send(wire.proposing(VERIFICATION))
    assert {peer.answer() for peer in peers} == {ACCEPTED}
    for peer in peers:
        peer.send(wire.pdu(wire.RELEASE_RQ, bytes(4)))
    assert {peer.answer() for peer in peers} == {"A-RELEASE-RP"}


def test_who_says_nothing_or_not_all_takes_nobodys_place(tight, call, associate):
    silent = [call(tight) for _ in range(100)]
    for number, peer in enumerate(silent):
        peer.send(wire.proposing(VERIFICATION)[: number % 60])
    assert associate(tight)
    silent[0].send(wire.proposing(VERIFICATION))  # after all
    assert silent[0].answer() in (ACCEPTED, FULL)


def test_who_comes_when_all_places_are_taken_is_told_so_and_gets_one_later(tight, call, associate):
    first, _ = associate(tight), associate(tight)
    assert call(tight).associate(VERIFICATION) == FULL  # its address has as many as one may have
    associate(tight, "127.0.0.2")
    assert call(tight, "127.0.0.3").associate(VERIFICATION) == FULL
    first.close()
    assert associate(tight, "127.0.0.3")


def test_who_closes_within_a_request_is_forgotten(tight, call, associate):
    for said in (b"", b"\1", wire.proposing(VERIFICATION)[:-1]):
        peer = call(tight)
        peer.send(said)
        peer.end_of_speech()
        assert peer.answer() == CLOSED
    assert associate(tight)
