"""A deflated data set is inflated piece by piece, whatever the pieces are."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.deidentify import deflate
from gateway.deidentify.deflate import GZIP_TRAILER, inflated, inflated_size
from gateway.errors import Reason, Refused

CONTENT = st.binary(max_size=300) | st.integers(0, 2000).map(bytes)


def stream(content, level=6):
    deflater = zlib.compressobj(level, wbits=-zlib.MAX_WBITS)
    return deflater.compress(content) + deflater.flush()


@given(CONTENT, st.integers(0, 9), st.integers(0, GZIP_TRAILER), st.integers(1, 64), st.integers(1, 300))
@settings(max_examples=200, deadline=None)
def test_pieces_of_any_size_give_the_same(content, level, trailer, read, write):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deflate, "_READ", read)
        patch.setattr(deflate, "_WRITE", write)
        source = memoryview(stream(content, level) + bytes(trailer))
        assert inflated(source) == content
        assert inflated_size(source) == len(content)
        for wrong in (source[: -1 - trailer], memoryview(bytes(source) + bytes(GZIP_TRAILER + 1))):
            with pytest.raises(Refused) as refused:
                inflated(wrong)
            assert refused.value.reason is Reason.STRUCTURE


def test_what_inflates_beyond_its_bound_is_not_inflated_any_further(monkeypatch):
    monkeypatch.setattr(deflate, "FREE_INFLATION", 10_000)
    monkeypatch.setattr(deflate, "_WRITE", 1000)
    kept = stream(bytes(10_000))
    assert inflated_size(memoryview(kept)) == 10_000
    pieces = []
    with pytest.raises(Refused) as refused:
        pieces.extend(deflate._pieces(memoryview(stream(bytes(9_000_000), 9)[:50] + b"nonsense")))
    assert refused.value.reason is Reason.LIMIT
    assert 9_000 <= sum(map(len, pieces)) <= 10_000


def test_the_size_of_what_is_not_deflated_is_a_refusal():
    with pytest.raises(Refused) as refused:
        inflated_size(memoryview(b"\xff\xff\xff\xff"))
    assert refused.value.reason is Reason.STRUCTURE
