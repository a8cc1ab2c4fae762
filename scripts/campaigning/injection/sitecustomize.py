"""Found on PYTHONPATH by every Python process of a gateway under the campaign, and by no other."""

import os

if "GATEWAY_KILL_BOARD" in os.environ:
    import kill_hooks
    from kill_board import Board

    kill_hooks.install(Board(os.environ["GATEWAY_KILL_BOARD"]))
