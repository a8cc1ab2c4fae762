"""What the fork server imports once, so that every process starts with it.

The import has effects, on purpose: it runs in the fork server before the first fork. Its children
inherit the hardening and the ignored signals from their first instruction on.
"""

from __future__ import annotations

import importlib
import signal
from typing import Final

from gateway.operate.supervision.process import die_with_parent, harden

HEAVY: Final = (
    "gateway.operate.pixels.preload",
    "gateway.operate.supervision.receiver",
    "gateway.operate.supervision.forwarder",
    "gateway.operate.supervision.steward",
    "gateway.operate.supervision.writer",
    "gateway.operate.supervision.pixel_worker",
)

harden()
die_with_parent()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
for _module in HEAVY:
    importlib.import_module(_module)
