"""Archives that fail in every way, all at once: each gets everything in the end, or it is held and shown."""

from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from hostility import wire
from hostility.horde import image, work
from hostility.peer import Peer
from nodes.dcmtk import Address
from nodes.fault import ABORTS, CUTS, HANGS, NO_CONTEXT, REJECTIONS, RUBBISH
from nodes.faulty_archive import FaultyArchive, Moment
from nodes.gateway import Gateway
from nodes.process import missing, wait_until

pytestmark = [
    pytest.mark.flow,
    pytest.mark.skipif(bool(missing("echoscu")), reason="not installed: echoscu (scripts/set-up as root)"),
]

INSTANCES = 3
NO_ITEMS = "an acceptance without items"
QUICK_HANGS = [fault for fault in HANGS if fault.moment is not Moment.CONNECTED]
"""Those that the timeout of a response ends."""
ONCE = (*CUTS, *ABORTS, *REJECTIONS, *RUBBISH, *QUICK_HANGS)
REFUSALS = (0xA900, 0xA901, 0xC000, 0xC123, 0xCFFF, 0x0122, 0x0124, 0x0117, 0xFF00, 0xFE00, 0x1234)
WARNINGS = (0xB000, 0xB006, 0xB007, 0x0001, 0x0107)
DOWN, REPEATED = "hangs for ever", 0x0110


@dataclass
class Scene:
    """What there is once every archive that will take anything has it."""

    gateway: Gateway
    archives: dict[str, FaultyArchive]
    sums: dict[str, dict[str, int]]
    held: dict[str, list[dict[str, object]]]


def archives_by_name():
    made = {fault.name: FaultyArchive([fault]) for fault in ONCE}
    made["no context"] = FaultyArchive([NO_CONTEXT] * 20, always=True)
    made["A700H twice"] = FaultyArchive(statuses=[0xA700, 0xA7FF])
    made["0110H once"] = FaultyArchive(statuses=[REPEATED])
    for status in (*REFUSALS, *WARNINGS):
        made[f"{status:04X}H"] = FaultyArchive(statuses=[status], always=True)
    made[DOWN] = FaultyArchive([HANGS[2]], always=True)
    made["dead"] = FaultyArchive()  # entered never: it does not listen
    made["well"] = FaultyArchive()
    return made


def named(text):
    return "".join(character if character.isalnum() else "-" for character in text)


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    archives = archives_by_name()
    addresses = {
        named(name): Address(archive.address.port, f"ARCHIVE{number}")
        for number, (name, archive) in enumerate(archives.items())
    }
    assert len(addresses) == len(archives)
    forward = {"associations": 1, "connect_timeout_s": 2.0, "response_timeout_s": 2.0}
    with ExitStack() as stack:
        for name, archive in archives.items():
            if name != "dead":
                stack.enter_context(archive)
            else:
                archive.close()
        gateway = Gateway(tmp_path_factory.mktemp("scene"), addresses, forward=forward)
        stack.enter_context(gateway)
        work(gateway.address, INSTANCES)
        unsettled = {named(DOWN), "dead"}

        def is_settled():
            sums = gateway.status()["sums"]
            return not any(one["waiting"] for one in sums if one["destination"] not in unsettled)

        wait_until(is_settled, 120, "every archive has everything, or it is held")
        yield scene_of(gateway, archives)


def scene_of(gateway, archives):
    status = gateway.status()
    assert status["balanced"]
    sums = {one["destination"]: one for one in status["sums"]}
    held = {}
    for one in status["held"]:
        held.setdefault(one["destination"], []).append(one)
    return Scene(gateway, archives, {name: sums[named(name)] for name in archives}, held)


def forwarded_and_held(scene, name):
    return scene.sums[name]["forwarded"], scene.sums[name]["held"]


@pytest.mark.parametrize(
    "name", [fault.name for fault in ONCE if fault.name != NO_ITEMS] + ["A700H twice", "0110H once", "well"]
)
def test_an_archive_that_failed_once_gets_everything(scene, name):
    archive = scene.archives[name]
    assert forwarded_and_held(scene, name) == (INSTANCES, 0)
    assert len(archive.received) == INSTANCES
    assert archive.is_consistent
    if name in {fault.name for fault in ONCE}:
        # an association that nobody uses any more is released some seconds later
        wait_until(lambda: archive.faults_happened == [name], 15, "the fault has happened")


@pytest.mark.parametrize("status", REFUSALS)
def test_what_an_archive_refuses_is_held_and_shown_with_its_status(scene, status):
    name = f"{status:04X}H"
    assert forwarded_and_held(scene, name) == (0, INSTANCES)
    assert {one["status"] for one in scene.held[name]} == {status}
    assert {one["error"] for one in scene.held[name]} == {"rejected by the destination"}


def test_what_an_archive_accepts_no_context_for_is_held_and_shown(scene):
    forwarded, held = forwarded_and_held(scene, NO_ITEMS)  # it accepts none either, once
    assert (forwarded + held, held > 0) == (INSTANCES, True)
    assert forwarded_and_held(scene, "no context") == (0, INSTANCES)
    assert {one["error"] for one in scene.held[named("no context")]} == {"no presentation context accepted"}


@pytest.mark.parametrize("status", WARNINGS)
def test_a_warning_is_a_delivery(scene, status):
    assert forwarded_and_held(scene, f"{status:04X}H") == (INSTANCES, 0)


def test_an_archive_that_hangs_or_is_dead_keeps_its_own_waiting_and_nobody_elses(scene):
    for name in (DOWN, "dead"):
        assert scene.sums[name]["waiting"] == INSTANCES
        assert scene.archives[name].received == {}
    work(scene.gateway.address, 1)
    wait_until(
        lambda: len(scene.archives["well"].received) == INSTANCES + 1, 30, "the one that is well has it"
    )


def test_nothing_died_meanwhile_and_the_log_names_no_value(scene):
    events = {event["event"] for event in scene.gateway.events()}
    assert not events & {"process_died", "uncaught_exception", "sender_failed", "withheld"}


@pytest.mark.slow
def test_an_archive_that_stops_reading_or_never_accepts_is_given_up_and_gets_everything_later(tmp_path):
    faults = {fault.moment: fault for fault in HANGS}
    deaf, silent = FaultyArchive([faults[Moment.RECEIVING]]), FaultyArchive([faults[Moment.CONNECTED]])
    tired = FaultyArchive(statuses=[REPEATED], always=True)
    addresses = {
        name: Address(archive.address.port, name.upper())
        for name, archive in (("deaf", deaf), ("silent", silent), ("tired", tired))
    }
    with deaf, silent, tired, Gateway(tmp_path / "gateway", addresses) as gateway:
        peer = Peer(gateway.address, bytearray())
        assert peer.associate((wire.MR, [wire.EXPLICIT])).startswith("A-ASSOCIATE-AC")
        for number in range(2):
            uid = b"1.2.3.4.5.6.%d" % number
            peer.send(wire.message(1, wire.store_command(uid), image(uid, 2048)))
            assert peer.answer() == "0000H"
        peer.close()

        def is_settled():
            return not any(one["waiting"] for one in gateway.status()["sums"])

        wait_until(is_settled, 180, "both have everything, and what always fails is held")
        sums = {one["destination"]: (one["forwarded"], one["held"]) for one in gateway.status()["sums"]}
    assert sums == {"deaf": (2, 0), "silent": (2, 0), "tired": (0, 2)}
    assert [len(archive.received) for archive in (deaf, silent, tired)] == [2, 2, 0]
    assert all(archive.is_consistent for archive in (deaf, silent))
