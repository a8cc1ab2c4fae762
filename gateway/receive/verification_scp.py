"""Verification SCP (PS3.4 Annex A)."""

from __future__ import annotations

from pynetdicom import evt

from gateway.standard.status import Status


def verify(_: evt.Event) -> int:
    """Answer a C-ECHO request: whoever may associate may verify."""
    return Status.SUCCESS
