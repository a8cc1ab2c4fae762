import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import KeyGuardError
from gateway.linkage.seal import Sealer, key_id_of
from gateway.operate.offline import sealed_text
from gateway.operate.offline.sealed_text import SealedText, opened

KEY = bytes(range(32))
SEALER = Sealer(key_id_of(KEY), KEY)
HEADER = sealed_text._HEADER_BYTES


def sealed(*parts, sealer=SEALER):
    file = io.BytesIO()
    with SealedText(file, sealer) as text:
        for part in parts:
            text.write(part)
    return file.getvalue()


@pytest.fixture
def read(tmp_path):
    def read(content, sealer=SEALER):
        path = tmp_path / "map.csv.sealed"
        path.write_bytes(content)
        return "".join(opened(path, sealer))

    return read


def frames(content):
    place, found = HEADER, []
    while place < len(content):
        _, length = sealed_text._FRAME.unpack(content[place : place + 5])
        found.append(content[place : place + 5 + length])
        place += 5 + length
    return found


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=50)))
def test_what_was_written_is_read(tmp_path_factory, parts):
    path = tmp_path_factory.mktemp("sealed") / "map"
    path.write_bytes(sealed(*parts))
    assert "".join(opened(path, SEALER)) == "".join(parts)


def test_a_long_text_is_sealed_in_pieces(read):
    text = "0123456789äö\n" * 40_000
    content = sealed(text[:7], text[7:], "end")
    assert len(frames(content)) > 7
    assert read(content) == text + "end"
    assert b"0123456789" not in content


def test_the_same_text_is_never_sealed_alike():
    assert sealed("text") != sealed("text")


def test_another_key_is_named(read):
    other = Sealer(key_id_of(bytes(32)), bytes(32))
    with pytest.raises(KeyGuardError, match=f"sealed with the key {SEALER.key_id}"):
        read(sealed("text"), other)


def test_every_place_to_cut_is_noticed(read):
    content = sealed("text")
    for length in range(len(content)):
        with pytest.raises(KeyGuardError):
            read(content[:length])


def test_a_cut_between_pieces_is_noticed_after_the_pieces_before(tmp_path):
    content = sealed("x" * sealed_text.PIECE_CHARACTERS + "y")
    path = tmp_path / "map"
    path.write_bytes(content[: HEADER + len(frames(content)[0])])
    pieces = opened(path, SEALER)
    assert next(pieces) == "x" * sealed_text.PIECE_CHARACTERS
    with pytest.raises(KeyGuardError, match="cut"):
        next(pieces)


def test_a_change_of_any_byte_is_noticed(read):
    content = sealed("text")
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        with pytest.raises(KeyGuardError):
            read(bytes(changed))


def test_pieces_cannot_be_moved_left_out_or_taken_from_another_file(read):
    piece = sealed_text.PIECE_CHARACTERS
    content = sealed("a" * piece, "b" * piece, "c")
    first, second, last = frames(content)
    other = frames(sealed("a" * piece, "b" * piece, "c"))
    head = content[:HEADER]
    for wrong in (
        [second, first, last], [first, last], [last], [first, other[1], last], [first, second, last, last],
        [first, b"\1" + second[1:]],
    ):  # fmt: skip
        with pytest.raises(KeyGuardError):
            read(head + b"".join(wrong))
    assert len(read(content)) == 2 * piece + 1


def test_a_text_whose_writer_failed_has_no_end(read):
    file = io.BytesIO()

    def fail():
        with SealedText(file, SEALER) as text:
            text.write("kept")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with pytest.raises(KeyGuardError, match="cut"):
        read(file.getvalue())
    assert len(frames(file.getvalue())) == 1


@pytest.mark.parametrize("content", [b"", b"id_old,id_new\n" * 10])
def test_another_file_is_refused(read, content):
    with pytest.raises(KeyGuardError, match="no sealed text"):
        read(content)
