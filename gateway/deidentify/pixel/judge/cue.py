"""Words that announce who somebody is: what stands behind or below them goes, whatever it says."""

from __future__ import annotations

import re
from typing import Final

from gateway.deidentify.descriptor.folding import folded_text
from gateway.deidentify.pixel.judge.vocabulary import cues

_SHORT: Final = re.compile(
    r"(?<![a-z])(?:dr|mr|ms|pt|pat|med|st|sr|hr|fr|op|tech|ref|no|nr|str|d|m)\.(?= ?[a-z])"
    r"|(?<![a-z])(?:dr|mr)(?= [a-z]{3,})|(?<![a-z])(?:pat|pt|nm|op|tech|ref|by|exam)(?=\.? ?[:#])"
    r"|(?<![a-z])(?:ref|perf|req)\.? ?phys|(?<![a-z])reg\.? ?no"
)
"""Abbreviations of other things as well, that a full stop, a colon or a word behind them makes cues."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_VALUE: Final = re.compile(r"[^\W_]")
_MEASURED: Final = (
    "acquisition|exposure|fluoro|inversion|echo|repetition|acceleration|deceleration|scan|relaxation|"
    "contraction|delay|mean|transit|ejection|frame|integral|rotation|accel|decel|acq|exp|dec|acc|inv|rep|rr|inj|"
    "injection"
)
"""What has a time without anybody's clock."""
_CLINICAL: Final = re.compile(
    r"(?<![a-z])(?:acc(?:eleration)? ?[:=]? ?-?\d{1,3}(?!\d)|acc ?t\b"
    r"|(?:patient|pt\.?) (?:position|orientation|supine|prone|erect|upright|rotated|motion)"
    r"|(?:gestational|ga|menstrual|bone|fetal|foetal|us|ultrasound|by) age"
    rf"|(?:{_MEASURED}) time|time (?:per|resolved|of flight|avg|averaged|to peak|activity)"
    r"|(?:window|image|slice|scan|isocenter|w|field) cent(?:er|re)|cent(?:er|re)(?= ?[:=]? ?-?\d))(?![a-z])"
)
"""Phrases with such a word that announce nobody."""


def announces(text: str) -> bool:
    """Tell whether a word of a line announces somebody, something of theirs, or a place."""
    folded = folded_text(text)
    rest = _CLINICAL.sub(" ", folded)
    return _SHORT.search(rest) is not None or not cues().isdisjoint(_WORD.findall(rest))


def is_bare(text: str) -> bool:
    """Tell whether a line ends with what announces: its value stands in another line."""
    folded = folded_text(text)
    words = list(_WORD.finditer(folded))
    announcing = [word for word in words if word[0] in cues()]
    if not announcing:
        return _SHORT.search(folded) is not None and len(_VALUE.findall(folded)) <= 4
    return _VALUE.search(folded, announcing[-1].end()) is None
