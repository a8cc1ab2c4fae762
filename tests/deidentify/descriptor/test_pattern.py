from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deidentify.descriptor.address import addresses
from gateway.deidentify.descriptor.folding import fold
from gateway.deidentify.descriptor.pattern import contacts, numbers, times
from gateway.deidentify.descriptor.span import Span
from gateway.deidentify.descriptor.token import Why


def never(_: str) -> bool:
    return False


def found(text: str, *, strict: bool = True) -> list[Span]:
    folded = fold(text).fold
    return list(
        chain(
            contacts(folded, strict=strict),
            times(folded, strict=strict),
            numbers(folded, never, strict=strict),
            addresses(folded, never, never, strict=strict),
        )
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ada@example.org", Why.EMAIL),
        ("mailto:ada.q+x@mail.example.org", Why.EMAIL),
        ("http://x.example/a", Why.URL),
        ("ws-03.klinik.local", Why.URL),
        ("192.168.1.20", Why.URL),
        (r"d:\export\ada", Why.URL),
        ("/data/ada/scan", Why.URL),
        ("1.2.840.113619.2.55.3", Why.UID),
        ("2.25.329800735698586629295641978511506172918", Why.UID),
        ("+44 20 7946 0958", Why.PHONE),
        ("089/4140-0", Why.PHONE),
        ("212.555.0147", Why.PHONE),
        ("123-45-6789", Why.IDENTIFIER),
        ("aa:bb:cc:dd:ee:ff", Why.IDENTIFIER),
        ("x1y2z3q4w5", Why.IDENTIFIER),
        ("14:32", Why.TIME),
        ("2.30 p.m.", Why.TIME),
        ("14h32", Why.TIME),
        ("12 Quill Avenue", Why.ADDRESS),
        ("Quillallee 3", Why.ADDRESS),
        ("Postfach 1234", Why.ADDRESS),
    ],
)
def test_form_is_recognised_whole(text: str, why: Why) -> None:
    assert any(span.why is why and (span.start, span.end) == (0, len(text)) for span in found(text))


@pytest.mark.parametrize(
    "text",
    [
        "1.2.3.4",
        "0.0.0",
        "1.2.3.4 build 7",
        "51.80.108.010",
        "300/100",
        "76:1",
        "1:2",
        "b 500-1000",
        "100-1000-2000",
        "5 10 15",
        "4.9.3.1331",
        "512x512",
        "T1 2mm",
    ],
)
def test_measures_and_versions_are_not(text: str) -> None:
    assert not found(text, strict=False)


@settings(deadline=None)
@given(st.text(alphabet="a1.-/:@\\ ()+_\n", max_size=300), st.booleans())
def test_spans_lie_in_the_text(text: str, strict: bool) -> None:
    for span in found(text, strict=strict):
        assert 0 <= span.start < span.end <= len(text)
