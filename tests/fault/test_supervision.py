"""What peers notice when a process of the gateway dies or hangs: nothing but their own association."""

import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from nodes.gateway import ROOT
from nodes.process import wait_until

PLUG_IN = """
import ctypes, os, signal, time

def finder(model):
    def find(text):
        if "qcrash" in text.lower():
            ctypes.string_at(0)
        if "qfreeze" in text.lower():
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(600)
        if "qbusy" in text.lower():
            end = time.monotonic() + 5
            while time.monotonic() < end:
                pass
        return []
    return find
"""
"""Finds no name, but takes its process along with some texts, as a library that crashes would."""


@pytest.fixture
def fragile(tmp_path, monkeypatch):
    """Give keys of a project whose de-identification crashes, freezes or takes long with some texts."""
    folder = tmp_path / "plug-in"
    information = folder / "fragile-1.0.dist-info"
    information.mkdir(parents=True)
    (folder / "fragile.py").write_text(PLUG_IN)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: fragile\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(
        "[deidentification_gateway.named_entities]\nfragile = fragile:finder\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(ROOT)]))
    profile = tmp_path / "fragile.toml"
    profile.write_text('base = "basic"\noptions = ["clean_descriptors"]\nnamed_entities = "fragile"\n')
    return {"profile": str(profile)}


def named(make, number, description):
    data_set = make(number)
    data_set.SeriesDescription = description
    return data_set


def processes(gateway):
    return gateway.status()["state"]["processes"]


def events(gateway, name):
    return [event for event in gateway.events() if event["event"] == name]


def wait_for_event(gateway, name, count=1, seconds=60, **values):
    def found():
        return sum(values.items() <= event.items() for event in events(gateway, name)) >= count

    wait_until(found, seconds, f"{count} {name} {values}")


def of_session(session):
    """Every process of a session, by its number; the gateway and what it starts are one."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, _, of = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            except OSError:
                continue
            if int(of) == session and state != "Z":
                found.add(int(entry.name))
    return found


@contextmanager
def stopped(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_an_input_over_which_receivers_die_is_refused_and_all_others_are_served(
    start, scanner, make, fragile
):
    gateway = start({}, project=fragile, server={"processes": 1})
    crashing = named(make, 1, "QCRASH")
    for deaths in (1, 2):
        assert scanner(gateway, patience=10).send(crashing) is None
        wait_for_event(gateway, "process_died", deaths, exit_code=-signal.SIGSEGV)
        wait_for_event(gateway, "process_ready", 1 + deaths, child="receiver-0")
    survivor = scanner(gateway)
    assert survivor.send(crashing) == 0xC00A
    assert survivor.send(named(make, 2, "HEAD")) == 0
    (line,) = events(gateway, "input_refused_after_deaths")
    assert line["count"] == 2
    (refused,) = gateway.status()["refusals"]
    assert (refused["reason"], refused["count"]) == ("suspect", 1)
    assert gateway.numbers_kept() == [2]


@pytest.mark.slow
def test_an_input_that_freezes_its_receiver_is_refused_as_well(start, scanner, make, fragile):
    server = {"processes": 1, "heartbeat_timeout_s": 3.0, "answer_timeout_s": 2.0}
    gateway = start({}, project=fragile, server=server)
    freezing = named(make, 1, "QFREEZE")
    for deaths in (1, 2):
        assert scanner(gateway, patience=20).send(freezing) is None
        wait_for_event(gateway, "process_silent", deaths, child="receiver-0")
        wait_for_event(gateway, "process_ready", 1 + deaths, child="receiver-0")
    assert scanner(gateway).send(freezing) == 0xC00A


@pytest.mark.slow
def test_a_process_that_is_busy_is_not_taken_for_hung(start, scanner, make, fragile):
    server = {"processes": 1, "heartbeat_timeout_s": 3.0}
    gateway = start({}, project=fragile, server=server)
    assert scanner(gateway).send(named(make, 1, "QBUSY")) == 0
    assert events(gateway, "process_silent") == events(gateway, "process_died") == []


@pytest.mark.slow
def test_each_process_that_hangs_is_replaced_and_nobody_else_notices(start, scanner, make, archive):
    gateway = start({"archive": archive.address}, server={"processes": 2, "heartbeat_timeout_s": 3.0})
    before = processes(gateway)
    sent = 0
    for child in ("receiver-1", "steward", "forwarder", "ledger"):
        os.kill(before[child], signal.SIGSTOP)
        wait_for_event(gateway, "process_silent", child=child)
        wait_for_event(gateway, "process_ready", 2, child=child)
        sent += 1
        wait_until(lambda: scanner(gateway).send(make(sent)) == 0, 30, f"stored after {child} hung")  # noqa: B023
    archive.wait_for(range(1, sent + 1))
    after = processes(gateway)
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] == after[name]} == {"receiver-0"}
    assert gateway.stop() == 0


@pytest.mark.slow
def test_a_ledger_that_hangs_does_not_keep_a_sender_waiting_and_nothing_is_kept(start, scanner, make):
    gateway = start({}, server={"answer_timeout_s": 2.0})
    sender = scanner(gateway)
    assert sender.send(make(1)) == 0
    with stopped(processes(gateway)["ledger"]):
        began = time.monotonic()
        assert sender.send(make(2)) == 0xA700
        assert time.monotonic() - began < 15
        assert sender.send(make(3)) == 0xA700
    wait_for_event(gateway, "late_work_ended", 2)
    assert gateway.unfinished() == []
    assert gateway.numbers_kept() == [1]
    (total,) = gateway.status()["sums"]
    assert total["stored"] == 1
    assert [sender.send(make(number)) for number in (1, 2, 3)] == [0, 0, 0]
    assert gateway.numbers_kept() == [1, 2, 3]
    (total,) = gateway.status()["sums"]
    assert (total["stored"], total["duplicates"]) == (3, 1)


@pytest.mark.slow
def test_nothing_is_left_of_a_gateway_whose_supervisor_is_killed_not_even_what_is_stopped(start):
    gateway = start({})
    session = gateway.process.pid
    everyone = of_session(session)
    assert everyone > {session, *processes(gateway).values()}
    for pid in everyone - {session}:
        if "resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_text():  # Python's own
            os.kill(pid, signal.SIGSTOP)
    gateway.process.kill()
    gateway.process.wait()
    wait_until(lambda: not of_session(session), 30, "every process is gone")
