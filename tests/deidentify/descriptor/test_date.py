from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deidentify.descriptor.cleaner import Cleaner
from gateway.deidentify.descriptor.known import Known

Clean = Callable[..., str]
CLEANER = Cleaner()


def ten_days_before(text: str) -> str:
    return f"{date(int(text[:4]), int(text[4:6]), int(text[6:])) - timedelta(10):%Y%m%d}"


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("p4_20190619", "p4_20190609"),
        ("CHEST 2019-06-19", "CHEST 2019-06-09"),
        ("CHEST 2019/06/19", "CHEST 2019/06/09"),
        ("CHEST 2019.06.19", "CHEST 2019.06.09"),
        ("CHEST 19.06.2019", "CHEST 09.06.2019"),
        ("CHEST 19.6.2019", "CHEST 09.6.2019"),
        ("CHEST 05.06.2019", "CHEST 26.05.2019"),
        ("CHEST 06/19/2019", "CHEST 06/09/2019"),
        ("CHEST 19/06/2019", "CHEST 09/06/2019"),
        ("CHEST 19JUN2019", "CHEST 09JUN2019"),
        ("CHEST 5-JUN-2019", "CHEST 26-MAY-2019"),
        ("CHEST June 19, 2019", "CHEST June 09, 2019"),
        ("CHEST june 5, 2019", "CHEST may 26, 2019"),
        ("CHEST Monday, June 17, 2019", "CHEST Friday, June 07, 2019"),
        ("Thorax 5. April 1961", "Thorax 26. März 1961"),
        ("Thorax 5 avril 1961", "Thorax 26 mars 1961"),
        ("Thorax 5 de abril de 1961", "Thorax 26 de marzo de 1961"),
        ("Thorax 2019年6月19日", "Thorax 2019年6月09日"),
        ("Thorax 令和2年6月19日", "Thorax 令和2年6月09日"),
        ("Thorax ١٩/٠٦/٢٠١٩", "Thorax ٠٩/٠٦/٢٠١٩"),
    ],
)
def test_full_date_moves_in_its_own_format(text: str, moved: str, clean: Clean) -> None:
    assert clean(text, date=ten_days_before) == moved


@pytest.mark.parametrize(
    "text",
    [
        "CHEST 05/06/2019",
        "CHEST 19.06.19",
        "CHEST June 2019",
        "CHEST June 19th, 2019",
        "CHEST 12.-14.06.2019",
        "CHEST 令和元年6月19日",
        "CHEST 20190231",
        "CHEST 31.02.2019",
        "CHEST DOB: 17.04.1961",
        "CHEST geb. 17.04.1961",
    ],
)
def test_date_that_is_not_certain_or_of_birth_goes(text: str, clean: Clean) -> None:
    assert clean(text, date=ten_days_before) == "CHEST"


def test_date_that_cannot_be_moved_goes(clean: Clean) -> None:
    assert clean("CHEST 19.06.2019", date=lambda _: None) == "CHEST"


@pytest.mark.parametrize(
    "text",
    [
        "TE 12 TR 2000",
        "5/10 mm",
        "1.5 x 1.5",
        "L4/5",
        "T1 2D 3",
        "iMAR 2",
        "300/100",
        "C3 2nd",
        "MRT 2",
        "0.5-1.5",
    ],
)
def test_numbers_are_no_dates(text: str, clean: Clean) -> None:
    assert clean(text, strict=False) == text


@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["%Y%m%d", "%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%d%b%Y", "%B %d, %Y", "%Y/%m/%d"]),
    st.booleans(),
)
def test_no_date_is_left_and_each_moves_to_the_right_day(day: date, form: str, strict: bool) -> None:
    written = day.strftime(form)
    removed = CLEANER.clean(f"CHEST {written}", Known(), strict=strict, date=None, uid=str)
    assert removed.text == "CHEST"
    other = CLEANER.clean(f"CHEST {written}", Known(), strict=strict, date=lambda _: "20010203", uid=str)
    assert other.text == f"CHEST {date(2001, 2, 3).strftime(form)}"
