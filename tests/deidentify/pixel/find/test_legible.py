import numpy as np
from written import write

from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.engine.engines import Detected
from gateway.deidentify.pixel.find.legible import texts
from gateway.deidentify.pixel.picture import Reading


class _Says:
    name = "says"

    def __init__(self, text, confidence=0.9):
        self.reading = Reading(text, confidence, self.name)

    def read(self, crops):
        return [self.reading for _ in crops]


class _Spells:
    """Reads one letter after the other, each as often as it is asked for the same crop."""

    name = "spells"

    def __init__(self, letters):
        self.letters, self.crops = list(letters), []

    def read(self, crops):
        (crop,) = crops
        known = [each.tobytes() for each in self.crops]
        if crop.tobytes() not in known:
            self.crops.append(crop)
            known.append(crop.tobytes())
        letter = self.letters[known.index(crop.tobytes()) % len(self.letters)]
        return [Reading(letter, 0.9, self.name)]


def _letter(picture, text, at):
    return Detected(write(picture, text, at, height=16, value=160).grown(3, 3), 0.6)


def test_what_is_read_as_several_letters_is_text():
    picture = np.full((120, 300, 3), 60, np.uint8)
    line = _letter(picture, "OKAFOR", (40, 40))
    assert texts([line], [picture], _Says("OKAFOR")) == [line]


def test_what_nobody_can_read_is_none():
    picture = np.random.default_rng(1).integers(0, 200, (120, 300, 3), np.uint8)
    assert texts([Detected(Box(40, 40, 60, 140), 0.5)], [picture], _Says("")) == []


def test_without_a_recogniser_it_stays_a_find():
    picture = np.random.default_rng(1).integers(0, 200, (120, 300, 3), np.uint8)
    line = Detected(Box(40, 40, 60, 140), 0.5)
    assert texts([line], [picture], None) == [line]


def test_one_letter_alone_is_no_text_and_three_in_a_row_are():
    picture = np.zeros((200, 300, 3), np.uint8)
    letters = [_letter(picture, letter, (40, 40 + 30 * place)) for place, letter in enumerate("NOA")]
    alone = _letter(picture, "N", (150, 200))
    assert texts([alone], [picture], _Spells("N")) == []
    (line,) = texts([*letters, alone], [picture], _Spells("NOAN"))
    assert line.box == letters[0].box.around(letter.box for letter in letters)


def test_letters_that_are_text_by_themselves_are_one_line_where_they_stand_in_a_row():
    picture = np.zeros((200, 300, 3), np.uint8)
    letters = [_letter(picture, letter, (40, 40 + 80 * place)) for place, letter in enumerate("LRL")]
    sure = [Detected(letter.box, 1.0) for letter in letters]
    (line,) = texts(sure, [picture], _Spells("LRL"))
    assert line.box.width > 160


def test_a_letter_beside_a_line_is_part_of_it():
    picture = np.zeros((200, 300, 3), np.uint8)
    name = Detected(write(picture, "OKAFOR", (40, 70), height=16).grown(3, 3), 1.0)
    initial = _letter(picture, "N", (40, 30))
    alone = _letter(picture, "N", (150, 30))
    assert texts([name, initial, alone], [picture], _Says("N")) == [name, initial]
