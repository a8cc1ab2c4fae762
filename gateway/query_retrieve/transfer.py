"""How an instance goes to whoever retrieves it: as it is stored, or in the other uncompressed syntax."""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from pathlib import Path

from gateway.association.storage_scu import StorageAssociation
from gateway.deidentify.part10 import instance_of
from gateway.deidentify.transcode import OTHER_NATIVE, transcoded
from gateway.index.query import StoredInstance
from gateway.query_retrieve.suboperations import MOST_CONTEXTS, Context


def with_alternatives(contexts: Sequence[Context]) -> list[Context]:
    """Return presentation contexts and, as far as there is room, the uncompressed alternatives of each."""
    others = [(sop_class, OTHER_NATIVE[syntax]) for sop_class, syntax in contexts if syntax in OTHER_NATIVE]
    return [*contexts, *dict.fromkeys(other for other in others if other not in contexts)][:MOST_CONTEXTS]


def send(
    association: StorageAssociation,
    path: Path,
    instance: StoredInstance,
    *,
    move_originator: tuple[str, int] | None = None,
) -> int:
    """Send an instance; return the status of the response.

    It is sent as the bytes of its file. Only where the receiver takes Implicit VR Little Endian
    but not Explicit, or the reverse, its headers are written anew on the way.

    Raises
    ------
    AssociationError
        It cannot be sent, or there was no response.
    OSError, ValueError
        The file cannot be read.
    """
    sop_class, uid, syntax = instance.sop_class_uid, instance.sop_instance_uid, instance.transfer_syntax_uid
    other = OTHER_NATIVE.get(syntax)
    if other is None or association.accepts(sop_class, syntax) or not association.accepts(sop_class, other):
        return association.store(path, sop_class, uid, syntax, move_originator=move_originator)
    with path.open("rb") as file:
        # Never closed by hand: the mapping goes when the last view of it is gone.
        content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    pieces = transcoded(instance_of(content).data_set, syntax)
    return association.store_pieces(pieces, sop_class, uid, other, move_originator=move_originator)
