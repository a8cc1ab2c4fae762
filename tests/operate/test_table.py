import pytest

from gateway.operate.view.table import coloured, fitted, line, printable, shared_widths


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("ab", 4, "ab  "),
        ("abcdef", 4, "abc…"),
        ("", 2, "  "),
        ("日本語日本", 6, "日本… "),
        ("e\u0301e", 3, "e\u0301e "),
    ],
)
def test_a_cell_fits_its_width(text, width, shown):
    assert fitted(text, width) == shown


@pytest.mark.parametrize("text", ["\x1b[2J", "a\nb", "\u202eabc", "\x00"])
def test_what_would_move_the_cursor_is_a_dot(text):
    assert all(character.isprintable() for character in fitted(text, 10))


def test_line_ends_can_be_kept():
    assert printable("a\nb\x1b", keep="\n") == "a\nb."


def test_the_columns_fill_the_line_and_no_more():
    widths = shared_widths(100, [13, None, 1, None], [2, 1])
    assert sum(widths) + 3 * 2 <= 100
    assert len(line(["x" * 200] * 4, widths)) == sum(widths) + 3 * 2


def test_nothing_trails():
    assert line(["a", ""], [5, 5], ["red", "red"]).endswith("\x1b[0m")
    assert line(["a", "b"], [5, 5]) == "a      b"


def test_colours_can_be_turned_off(monkeypatch):
    assert coloured("K", "green") != "K"
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured("K", "green") == "K"
