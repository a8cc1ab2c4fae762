"""Which pictures show every text of every frame, and in which frames what is found in them is black.

`look` is what an examination calls: it has few pictures searched for the whole cine, more of them
where text comes and goes too often to say when, in the worst case every frame. `stills` are the
pictures it begins with.
"""

from gateway.deidentify.pixel.cine.look import look
from gateway.deidentify.pixel.cine.plan import stills
from gateway.deidentify.pixel.cine.still import Sighting, Still

__all__ = ["Sighting", "Still", "look", "stills"]
