from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger import frame


@given(st.lists(st.lists(st.integers(0, 9), max_size=50), max_size=8), st.integers(1, 40))
def test_frames_come_out_whole_however_the_bytes_arrive(contents, piece):
    stream = frame.BELL + b"".join(frame.encode(content) for content in contents)
    buffer = frame.FrameBuffer()
    bodies = [
        body for start in range(0, len(stream), piece) for body in buffer.feed(stream[start : start + piece])
    ]
    assert bodies[0] == b""
    assert [msgspec.msgpack.decode(body) for body in bodies[1:]] == contents


def test_a_frame_that_announces_too_much_is_an_error():
    with pytest.raises(frame.FrameError):
        list(frame.FrameBuffer().feed((frame.MAX_FRAME + 1).to_bytes(4, "big")))


def test_content_that_is_too_large_is_an_error():
    with pytest.raises(frame.FrameError):
        frame.encode(bytes(frame.MAX_FRAME))


@pytest.mark.parametrize("content", ["\udc80", 1 << 70, object()])
def test_content_that_cannot_be_encoded_is_an_error_without_its_value(content):
    with pytest.raises(frame.FrameError, match=r"^content cannot be encoded$"):
        frame.encode(content)


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x91\x01", b"\x92\xa1x\x01"])
def test_what_is_no_request_or_reply_is_an_error(body):
    with pytest.raises(frame.FrameError):
        frame.decode_request(body)
    with pytest.raises(frame.FrameError):
        frame.decode_reply(body)
