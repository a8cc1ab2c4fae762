"""Words of devices and measures that no vocabulary of medicine has: units, parameters, numerals."""

from __future__ import annotations

from typing import Final

UNITS: Final = frozenset(
    "mm cm um nm km ml cl dl ul mg kg ug mcg mci mbq gbq kbq kv kvp mv mev kev ma mas mah ms sec secs "
    "min mins hr hrs cc "
    "hz khz mhz ghz ppm deg fps dpi bit bits px pix mgy cgy gy msv mgycm fr fx frac iu meq mmol mol hu "
    "suv mmhg bpm "
    "kb mb gb tb rpm psi pct wks wk mo mos yr yrs yo".split()
)
"""Units of measure."""
_PARAMETERS: Final = frozenset(
    "tr te ti fov etl nex nsa esp fa bw wl ww wc lut mpr mip minip ap pa lat lpo rpo lao rao ax sag cor "
    "tra obl hd id3d "
    "st sl ks fs sat fe pe ro ph wo wi nc ce iv po hs rs ls is ii iii iv vi vii viii ix xi xii".split()
)
_CODECS: Final = frozenset(
    "jpeg jpg rle lossless lossy png tiff dicom dcm bmp avi mpeg hevc ascii utf rgb ybr".split()
)
_WORDS: Final = UNITS | _PARAMETERS | _CODECS
_VOWELS: Final = frozenset("aeiouy")
SHORT: Final = 4
"""Letters or digits in a row up to which a mix of both is technical."""


def is_technical_word(word: str) -> bool:
    """Tell whether a folded word of letters is a unit, a parameter or a numeral."""
    return word in _WORDS


def is_technical_part(word: str, original: str) -> bool:
    """Tell whether letters beside digits are an abbreviation: short, and not written like a name."""
    if len(word) > SHORT or not word.isascii():
        return False
    return len(word) <= 2 or not (original[:1].isupper() and original[1:].islower() and has_vowel(word))


def has_vowel(word: str) -> bool:
    """Tell whether a word can be spoken."""
    return not _VOWELS.isdisjoint(word)
