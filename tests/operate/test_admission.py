from gateway.operate.supervision.admission import Admission


def test_connections_are_admitted_up_to_the_limit():
    admission = Admission(2, 2)
    assert admission.admit("10.0.0.1") is not None
    assert admission.admit("10.0.0.2") is not None
    assert admission.admit("10.0.0.3") is None


def test_one_address_cannot_take_every_place():
    admission = Admission(10, 2)
    assert admission.admit("10.0.0.1")
    assert admission.admit("10.0.0.1")
    assert admission.admit("10.0.0.1") is None
    assert admission.admit("10.0.0.2")


def test_a_place_is_free_again_when_its_connection_ended():
    admission = Admission(1, 1)
    first = admission.admit("10.0.0.1")
    assert first is not None
    admission.release(first)
    second = admission.admit("10.0.0.1")
    assert second not in (None, first)
    assert admission.active == 1
