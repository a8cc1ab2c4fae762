import threading

import pytest

from gateway.errors import OutOfResources
from gateway.receive.in_flight import InFlight


def test_the_second_copy_waits_for_the_first():
    in_flight, order, inside = InFlight(10), [], threading.Event()

    def second():
        inside.wait()
        with in_flight.alone(b"x"):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with in_flight.alone(b"x"):
        inside.set()
        thread.join(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_other_instances_do_not_wait():
    in_flight = InFlight(0)
    with in_flight.alone(b"x"), in_flight.alone(b"y"):
        pass


def test_waiting_has_an_end():
    in_flight = InFlight(0.05)
    with in_flight.alone(b"x"), pytest.raises(OutOfResources), in_flight.alone(b"x"):
        pass


def test_a_failed_first_copy_lets_the_second_try():
    in_flight = InFlight(0)
    with pytest.raises(KeyError), in_flight.alone(b"x"):
        raise KeyError
    with in_flight.alone(b"x"):
        pass
