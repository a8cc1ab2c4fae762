"""What hostile peers send to the gateway, and what becomes of it.

`campaign` runs the cases of the other modules against one gateway and looks after each of them whether
it still serves, how much memory it took, and whether anything of the planted patient got out.
"""
