"""Clean Pixel Data (PS3.15 E.3.1): text in images is found, judged, blacked out, and looked for again.

The rooms follow the pixels: `codec` decodes stored values and codes them again, `find` looks for
text in one picture, `cine` says which pictures stand for many frames, `engine` reads, `judge`
decides what may stay. `examiner` is the order of the steps, `message` what goes in and comes out.

No pixel leaves memory here, and nothing is decided by what the header claims about its pixels.
"""
