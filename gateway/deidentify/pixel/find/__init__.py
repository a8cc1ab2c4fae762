"""Where text is in one picture: what shows it, what finds it, and what is no text after all.

`rendering` makes stored values visible, `screen` is the cheap look that sections get first,
`detection` the thorough one with `outline` and `line` for the shape of its finds; `stroke` and
`legible` tell text from anatomy that looks like it, `reach` says where a line ends, and `search` is
their order. That a line is found does not depend on what it says, only on whether it says anything.
"""

from gateway.deidentify.pixel.find.area import usual_areas
from gateway.deidentify.pixel.find.rendering import pictures, shown
from gateway.deidentify.pixel.find.search import search

__all__ = ["pictures", "search", "shown", "usual_areas"]
