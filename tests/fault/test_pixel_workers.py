"""What peers notice when a pixel worker dies, hangs or takes too much: at most one instance, refused."""

import os
import signal
import threading
from pathlib import Path

import pytest
from nodes.gateway import ROOT
from nodes.process import wait_until

STAND_IN = Path(__file__).with_name("stand_in")
REFUSED, LATER = 0xC00B, 0xA700


@pytest.fixture
def cleaning(tmp_path, monkeypatch, start):
    """Give a function that starts a gateway whose pixel workers do what the pixels say."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(STAND_IN), str(ROOT)]))
    profile = tmp_path / "cleaning.toml"
    profile.write_text('base = "basic"\noptions = ["clean_pixel_data"]\n')

    def begin(**options):
        pixels = {"workers": 1, "timeout_s": 1.0, "memory_mib": 256, **options.pop("pixels", {})}
        server = {"processes": 1, "shutdown_grace_s": 1.0, **options.pop("server", {})}
        return start({}, project={"profile": str(profile)}, pixels=pixels, server=server, **options)

    return begin


@pytest.fixture
def ordering(make):
    """Give a function that makes an instance whose examination does something."""

    def made(number, order):
        data_set = make(number)
        data_set.PixelData = order.encode().ljust(len(data_set.PixelData), b"\0")
        return data_set

    return made


def workers(gateway):
    processes = gateway.status()["state"]["processes"]
    return {name: pid for name, pid in processes.items() if name.startswith("pixels-")}


def events(gateway, name, **values):
    return [event for event in gateway.events() if event["event"] == name and values.items() <= event.items()]


def wait_for_event(gateway, name, count=1, seconds=60, **values):
    wait_until(lambda: len(events(gateway, name, **values)) >= count, seconds, f"{count} {name} {values}")


def test_whatever_a_pixel_worker_dies_over_is_refused_and_all_others_are_examined(
    cleaning, scanner, ordering
):
    gateway = cleaning()
    peer = scanner(gateway)
    assert peer.send(ordering(1, "clean")) == 0
    os.kill(workers(gateway)["pixels-0"], signal.SIGKILL)
    assert peer.send(ordering(2, "clean")) == 0
    sent = {3: "crash", 4: "memory", 5: "garble", 6: "file"}
    assert {sent[n]: peer.send(ordering(n, sent[n])) for n in sent} == dict.fromkeys(sent.values(), REFUSED)
    assert peer.send(ordering(9, "short")) == LATER
    assert peer.send(ordering(10, "clean")) == 0
    assert gateway.numbers_kept() == [1, 2, 10]
    codes = {event["exit_code"] for event in events(gateway, "process_died", child="pixels-0")}
    assert codes == {-signal.SIGKILL, -signal.SIGSEGV}
    assert {event["child"] for event in events(gateway, "process_died")} == {"pixels-0"}
    assert gateway.stop() == 0


@pytest.mark.slow
def test_what_takes_too_long_or_is_killed_with_every_worker_is_refused(cleaning, scanner, ordering):
    gateway = cleaning()
    peer = scanner(gateway)
    assert peer.send(ordering(1, "spin")) == REFUSED
    (overrun,) = events(gateway, "process_died")
    assert overrun["exit_code"] in (-signal.SIGXCPU, -signal.SIGALRM)
    assert peer.send(ordering(2, "sleep")) == REFUSED
    assert peer.send(ordering(3, "killed")) == REFUSED
    codes = [event["exit_code"] for event in events(gateway, "process_died")[1:]]
    assert codes == [-signal.SIGALRM, -signal.SIGKILL, -signal.SIGKILL]
    assert peer.send(ordering(4, "clean")) == 0


@pytest.mark.slow
def test_the_worker_of_an_instance_is_killed_and_another_examines_it(cleaning, scanner, ordering):
    gateway = cleaning(pixels={"workers": 2, "timeout_s": 30.0})
    peer = scanner(gateway)
    for number in range(1, 4):
        answers = []
        sending = threading.Thread(target=lambda: answers.append(peer.send(ordering(number, "doze"))))  # noqa: B023
        sending.start()
        while sending.is_alive():  # "doze" takes a second: some are killed while they have it
            for pid in [*workers(gateway).values()][: number % 2 + 1]:
                if sending.is_alive():
                    os.kill(pid, signal.SIGKILL)
                break
            sending.join(3)
        assert answers in ([0], [REFUSED])
    assert scanner(gateway).send(ordering(10, "clean")) == 0


@pytest.mark.slow
def test_a_worker_that_is_stopped_is_replaced_and_its_instance_is_examined(cleaning, scanner, ordering):
    gateway = cleaning(server={"heartbeat_timeout_s": 3.0})
    peer = scanner(gateway)
    stopped = workers(gateway)["pixels-0"]
    os.kill(stopped, signal.SIGSTOP)
    assert peer.send(ordering(1, "clean")) == 0
    wait_for_event(gateway, "process_silent", child="pixels-0")
    assert workers(gateway)["pixels-0"] != stopped


@pytest.mark.slow
def test_without_any_worker_a_sender_is_told_to_come_again(cleaning, scanner, ordering):
    gateway = cleaning(server={"answer_timeout_s": 2.0})
    peer = scanner(gateway)
    os.kill(workers(gateway)["pixels-0"], signal.SIGSTOP)
    assert peer.send(ordering(1, "clean")) == LATER
    os.kill(workers(gateway)["pixels-0"], signal.SIGCONT)
    assert peer.send(ordering(1, "clean")) == 0


@pytest.mark.slow
def test_a_receiver_that_is_killed_during_an_examination_does_no_harm(cleaning, scanner, ordering):
    gateway = cleaning(pixels={"timeout_s": 30.0})
    peer = scanner(gateway, patience=10)
    before = workers(gateway)
    sending = threading.Thread(target=peer.send, args=(ordering(1, "doze"),))
    sending.start()
    sending.join(0.5)
    os.kill(gateway.status()["state"]["processes"]["receiver-0"], signal.SIGKILL)
    sending.join()
    wait_for_event(gateway, "process_ready", 2, child="receiver-0")
    assert scanner(gateway).send(ordering(1, "clean")) == 0
    assert workers(gateway) == before


@pytest.mark.slow
def test_a_gateway_whose_engines_are_missing_does_not_start(cleaning, tmp_path, monkeypatch):
    monkeypatch.setenv("STAND_IN", "missing")
    with pytest.raises(RuntimeError, match="did not start") as caught:
        cleaning()
    assert '"event": "pixel_engine_missing"' in str(caught.value)
