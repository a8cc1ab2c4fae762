"""Who gives a command, for the audit trail."""

from __future__ import annotations

import os
import pwd
from typing import Final

_LONGEST: Final = 64


def user() -> str:
    """Return the account that runs this process; behind sudo also the one that asked for it.

    The kernel says it, not the environment, which anybody can set; SUDO_USER counts for root only.
    """
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = str(number)
    asked = os.environ.get("SUDO_USER", "") if number == 0 else ""
    return f"{name} ({asked})"[:_LONGEST] if asked and asked != name else name
