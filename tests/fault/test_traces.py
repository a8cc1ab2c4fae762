"""Which files a gateway writes that cleans pixels, as the kernel sees it."""

import pytest
import trace_writes
from nodes.process import missing

ABSENT = missing("strace", "storescu", "storescp")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.flow,
    pytest.mark.skipif(bool(ABSENT), reason=f"not installed: {', '.join(ABSENT)} (scripts/set-up)"),
]


def test_no_pixel_and_no_value_of_a_patient_is_written_to_a_disk_before_it_is_clean(tmp_path):
    assert trace_writes.run(tmp_path) == []
