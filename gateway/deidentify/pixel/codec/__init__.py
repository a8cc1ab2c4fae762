"""Frames decoded to stored values and coded again, for every transfer syntax (PS3.5 Annex A, 8.2).

`table` says for each transfer syntax how its frames are read and what comes out where something was
blacked; `open_source` and `blacked` follow it. Nothing is converted between colour spaces, and what
was coded with loss is never coded with loss a second time.
"""

from gateway.deidentify.pixel.codec.black import fill
from gateway.deidentify.pixel.codec.blacking import Written, blacked
from gateway.deidentify.pixel.codec.source import open_source

__all__ = ["Written", "blacked", "fill", "open_source"]
