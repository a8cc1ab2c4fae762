"""What must hold when everything is at rest again: nothing that was acknowledged is lost."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from nodes.gateway import Gateway

from gateway.deidentify.pseudonym import PseudonymKey
from gateway.deidentify.uid import replacement_uid
from gateway.linkage.key import load_key
from soaking.verdict import Check


def missing(gateway: Gateway, acknowledged: Collection[str], arrived: Collection[str]) -> int:
    """Count the instances that were acknowledged and are not at the archive.

    Parameters
    ----------
    acknowledged
        Their SOP Instance UIDs as they were sent.
    arrived
        SOP Instance UIDs at the archive, which are replacements under the project's key.
    """
    key = PseudonymKey(load_key(gateway.storage / "keys" / "gateway.key", may_create=False))
    there = frozenset(arrived)
    return sum(replacement_uid(key, uid) not in there for uid in acknowledged)


def checks(gateway: Gateway, acknowledged: Collection[str], arrived: Collection[str]) -> list[Check]:
    """Check what the gateway says of itself against what senders and archive know."""
    status: dict[str, Any] = gateway.status()
    sums = status["sums"]
    died = [event for event in gateway.events() if event.get("event") in ("process_died", "process_failed")]

    def total(name: str) -> int:
        return sum(one[name] for one in sums)

    return [
        Check("acknowledged and not at the archive", None, missing(gateway, acknowledged, arrived), 0),
        Check("acknowledged and not stored", None, len(acknowledged) - total("stored"), 0),
        Check("stored and not forwarded", None, total("stored") - total("forwarded"), 0),
        Check("waiting at the end", None, total("waiting"), 0),
        Check("held at the end", None, total("held"), 0),
        Check("sums that do not balance", None, 0 if status["balanced"] else 1, 0),
        Check("processes that died, by the log", None, len(died), 0),
    ]
