import threading

import pytest

from gateway.errors import OutOfResources
from gateway.receive.in_flight import InFlight


def test_the_second_copy_waits_for_the_first():
    in_flight, order, inside = InFlight(), [], threading.Event()

    def second():
        inside.wait()
        with in_flight.alone(b"x", 10):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with in_flight.alone(b"x", 10):
        inside.set()
        thread.join(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_other_instances_do_not_wait():
    in_flight = InFlight()
    with in_flight.alone(b"x", 0), in_flight.alone(b"y", 0):
        pass


def test_waiting_has_an_end():
    in_flight = InFlight()
    with in_flight.alone(b"x", 0), pytest.raises(OutOfResources), in_flight.alone(b"x", 0.05):
        pass


def test_a_failed_first_copy_lets_the_second_try():
    in_flight = InFlight()
    with pytest.raises(KeyError), in_flight.alone(b"x", 0):
        raise KeyError
    with in_flight.alone(b"x", 0):
        pass
