"""What may stay of the text in a picture: only what is proved to be clinical (PS3.15 E.3.1).

`reading` asks the engines, `sought` knows the values of the header, `pattern` and `cue` what
identifies by its form and by the word before it, `grammar` what a clinical label is made of.
`decision` puts them in order, `cover` draws the areas that go.
"""

from gateway.deidentify.pixel.judge.cover import Judged, covers
from gateway.deidentify.pixel.judge.judgement import judge

__all__ = ["Judged", "covers", "judge"]
