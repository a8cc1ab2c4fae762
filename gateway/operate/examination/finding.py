"""What ``gateway check`` says of one thing."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """How a finding is to be read."""

    OK = "ok"
    WARNING = "warning"
    """Works, but the operator should know."""
    FAILED = "failed"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at.

    Parameters
    ----------
    subject
        What it is about: ``peer archive``, ``storage``.
    detail
        A phrase without patient values.
    """

    subject: str
    verdict: Verdict
    detail: str
