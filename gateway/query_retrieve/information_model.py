"""The Query/Retrieve information models and their SOP Classes (PS3.4 C.6.1, C.6.2)."""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType
from typing import Final

from gateway.standard.query_retrieve import Level


class Root(IntEnum):
    """An information model, by its place in the SOP Class UID."""

    PATIENT = 1
    STUDY = 2

    @property
    def levels(self) -> tuple[Level, ...]:
        """Levels of the model from the top; Study Root has the patient's keys at its STUDY level."""
        return tuple(Level)[self - 1 :]


class Operation(IntEnum):
    """A DIMSE service of the SOP Classes, by its place in the UID."""

    FIND = 1
    MOVE = 2
    GET = 3


SOP_CLASSES: Final = MappingProxyType(
    {
        f"1.2.840.10008.5.1.4.1.2.{root.value}.{operation.value}": (root, operation)
        for root in Root
        for operation in Operation
    }
)
"""Model and service by SOP Class UID (PS3.4 C.6.1.3, C.6.2.3)."""
