import pytest

from gateway.operate.child import delay


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0.0), (1, 0.1), (2, 0.2), (4, 0.8), (9, 25.6), (10, 30.0), (100, 30.0)]
)
def test_a_process_that_keeps_dying_is_started_ever_later(failures, seconds):
    assert delay(failures) == pytest.approx(seconds)
