"""Days and times in the forms in which screens of different countries show them."""

from __future__ import annotations

from typing import Final

from numpy.random import Generator

_MONTHS: Final = {
    "en": "January February March April May June July August September October November December".split(),
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
    "it": (
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"
    ).split(),
}
FORMS: Final = (
    "{y}{m}{d}", "{y}-{m}-{d}", "{y}/{m}/{d}", "{y}.{m}.{d}", "{d}.{m}.{y}", "{d}/{m}/{y}", "{d}-{m}-{y}",
    "{m}/{d}/{y}", "{m}-{d}-{y}", "{d}.{m}.{s}", "{m}/{d}/{s}", "{d}/{m}/{s}", "{s}-{m}-{d}", "{e}.{n}.{y}",
    "{n}/{e}/{y}", "{n}/{e}/{s}", "{d}-{A}-{y}", "{d} {A} {y}", "{d}{A}{y}", "{A} {e}, {y}", "{B} {e}, {y}",
    "{e}. {B} {y}", "{e} {B} {y}", "{A} {d} {y}", "{d}-{A}-{s}",
)  # fmt: skip
"""Day, month, year: y of four digits, s of two; e and n without a leading zero; A short, B whole names."""
TIMES: Final = (
    "{h}:{i}:{s}", "{h}:{i}", "{h}.{i}", "{h}{i}{s}", "{g}:{i}:{s} {p}", "{g}:{i} {p}", "{h}h{i}",
    "{h}:{i}:{s}.000",
)  # fmt: skip


def shown_date(rng: Generator, value: str) -> str:
    """Write a DA for people."""
    year, month, day = value[:4], value[4:6], value[6:8]
    language = list(_MONTHS)[int(rng.choice(5, p=(0.6, 0.15, 0.1, 0.08, 0.07)))]
    name = _MONTHS[language][int(month) - 1]
    short = name[:3]
    text = FORMS[int(rng.integers(len(FORMS)))].format(
        y=year, m=month, d=day, s=year[2:], e=int(day), n=int(month), A=short, B=name
    )
    return text.upper() if rng.random() < 0.3 else text


def shown_time(rng: Generator, value: str) -> str:
    """Write a TM for people."""
    hour = int(value[:2])
    form = TIMES[int(rng.choice(len(TIMES), p=(0.4, 0.25, 0.05, 0.05, 0.1, 0.05, 0.05, 0.05)))]
    half = "AM" if hour < 12 else "PM"
    return form.format(h=value[:2], i=value[2:4], s=value[4:6], g=hour % 12 or 12, p=half)
