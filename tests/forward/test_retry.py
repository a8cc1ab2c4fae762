import pytest

from gateway.forward.retry import Backoff


def test_the_delay_doubles_from_the_first_to_the_longest():
    backoff = Backoff(first=1.0, longest=300.0)
    assert [backoff.delay(n, 1.0) for n in range(1, 12)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@pytest.mark.parametrize("failures", [1, 5, 20, 10**9])
def test_jitter_takes_at_most_half(failures):
    backoff = Backoff()
    full = backoff.delay(failures, 1.0)
    assert backoff.delay(failures, 0.0) == full / 2
    assert full / 2 < backoff.delay(failures, 0.3) < full
    assert full <= 300
