"""What a value that stays may consist of, and how long it takes to tell."""

from __future__ import annotations

import pytest

from gateway.deidentify.lexical import fits

STRING_VRS = ["AS", "DA", "TM", "DT", "DS", "IS", "UI"]


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        ("DS", b"1.5\\-2.5e3 "),
        ("DS", b" 12,0 \\ 3 "),
        ("DS", b"NaN "),
        ("DS", b""),
        ("IS", b"-12\\+3 "),
        ("DA", b"20190417\\2019.04.17"),
        ("TM", b"101112.25 "),
        ("TM", b"10:11:12"),
        ("DT", b"2019\\20190417101112.131415+0100"),
    ],
)
def test_a_value_of_its_vr_fits(vr, value):
    assert fits(value, vr, vr)
    assert fits(value, "UN", vr)


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        ("DS", b"1.2.826.0.1.99"),
        ("IS", b"1.2.826.0.1.99"),
        ("DT", b"1.2.826.0.1.99"),
        ("TM", b"1.2.826.0.1.99"),
        ("DA", b"1.2.826.0.1.99"),
        ("DS", b"Silberhorn"),
        ("DS", b"1 2"),
        ("DA", b"17 APR 2019"),
        ("IS", b"\xef\xbc\x91\xef\xbc\x92"),
    ],
)
def test_a_value_that_is_something_else_does_not_fit(vr, value):
    assert not fits(value, vr, vr)


@pytest.mark.parametrize("vr", STRING_VRS)
@pytest.mark.parametrize("part", [b" ", b"\\", b"\\ ", b"1", b"1\\", b"1 ", b"1.", b"\0", b"-"])
def test_no_value_takes_for_ever(vr, part):
    # Fifty thousand parts and an end that is wrong: anything worse than linear does not come back.
    assert not fits(part * 50_000 + b"x", vr, vr)
