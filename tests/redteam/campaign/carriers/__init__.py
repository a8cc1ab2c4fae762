"""Places beside the ordinary attributes in which identities travel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..draft import Draft  # noqa: TID252 - the package is loaded under another name in the tests
from . import around, frames, identities, oddities, private

Carrier = Callable[[Draft], None]

CARRIERS: Final[dict[str, Carrier]] = {
    **around.CARRIERS,
    **private.CARRIERS,
    **identities.CARRIERS,
    **oddities.CARRIERS,
    **frames.CARRIERS,
}
