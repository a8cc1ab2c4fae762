import socket

from nodes.dcmtk import Address
from nodes.process import wait_until
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian


def test_a_destination_that_is_dead_or_silent_slows_no_other(start, scanner, make, archive):
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.create_server(("127.0.0.1", 0)) as dead:
        addresses = {
            "silent": Address(silent.getsockname()[1], "SILENT"),
            "dead": Address(dead.getsockname()[1], "DEAD"),
        }
        dead.close()
        gateway = start({**addresses, "archive": archive.address})
        sender = scanner(gateway, patience=5.0)
        for number in range(30):
            status = sender.send(make(number))
            if status is None:
                # pynetdicom's requestor now and then loses a response; a scanner sends again.
                sender = scanner(gateway, patience=5.0)
                status = sender.send(make(number))
            assert status == 0
        archive.wait_for(range(30), seconds=10)
        wait_until(lambda: sums(gateway)["archive"]["waiting"] == 0, 10, "outcomes are recorded")
        assert {name: total["waiting"] for name, total in sums(gateway).items()} == {
            "archive": 0,
            "dead": 30,
            "silent": 30,
        }
        gateway.kill()


def sums(gateway):
    return {total["destination"]: total for total in gateway.status()["sums"]}


def test_an_instance_in_another_transfer_syntax_is_held_and_the_first_copy_delivered(
    start, scanner, make, archive
):
    gateway = start({"archive": archive.address})
    for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian):
        assert scanner(gateway, syntax).send(make(7)) == 0
    archive.wait_for([7])
    wait_until(lambda: sums(gateway)["archive"]["forwarded"] == 1, 10, "the first copy is delivered")
    status = gateway.status()
    (total,), (held,), (conflict,) = status["sums"], status["held"], status["conflicts"]
    assert (total["stored"], total["waiting"], total["held"]) == (2, 0, 1)
    assert (held["error"], held["path"]) == ("conflict", conflict["path"])
    assert archive.received == [7]
    assert gateway.numbers_kept() == [7, 7]
    shown = gateway.run("status", "--settings", str(gateway.settings)).stdout
    assert f"{held['sop_instance_uid']} conflict" in shown


def test_a_conflict_in_a_gateway_without_destinations_is_shown(start, scanner, make):
    gateway = start({})
    for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian):
        assert scanner(gateway, syntax).send(make(7)) == 0
    (conflict,) = gateway.status()["conflicts"]
    shown = gateway.run("status", "--settings", str(gateway.settings)).stdout
    assert "another came first under the same SOP Instance UID" in shown
    assert f"gateway: {conflict['sop_instance_uid']}" in shown


def test_a_peer_that_sends_nonsense_or_nothing_stops_no_other(start, scanner, make):
    gateway = start({}, server={"max_associations_per_address": 20, "association_timeout_s": 30.0})
    address = (gateway.address.host, gateway.address.port)
    silent = [socket.create_connection(address) for _ in range(8)]
    for number in range(8):
        with socket.create_connection(address) as other:
            other.sendall(bytes([number % 8]) * 100)
    sender = scanner(gateway)
    assert [sender.send(make(number)) for number in range(5)] == [0] * 5
    for connection in silent:
        connection.close()
