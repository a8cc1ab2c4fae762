"""What becomes of an element in which the residual check found something of the patient."""

from __future__ import annotations

from gateway.deidentify.action import BY_TYPE, Action, resolved
from gateway.deidentify.content_item import VALUES
from gateway.deidentify.residual import Hit
from gateway.deidentify.ruling import CODE_ATTRIBUTES, FREE_TEXT_VRS
from gateway.errors import Reason, Refused
from gateway.standard.defined_terms import DEFINED_TERMS
from gateway.standard.dictionary import vr_of


def disposed(hit: Hit, sop_class_uid: str, *, may_clean: bool) -> Action:
    """Return the action for an element that holds something of the patient.

    Parameters
    ----------
    hit
        The element.
    sop_class_uid
        Of the instance; decides whether the element may go.
    may_clean
        Whether text may be cleaned first. What is left is searched again.

    Raises
    ------
    Refused
        `Reason.RESIDUAL` when the element may not go and nothing can take its place.
    """
    vr = vr_of(hit.tag) or ""
    if may_clean and vr in FREE_TEXT_VRS:
        return Action.CLEAN
    if hit.tag in CODE_ATTRIBUTES or hit.tag in VALUES:
        # A sequence of codes stays one wherever it is, and so does a content item; of a code it is most
        # often the meaning, and the value still says it.
        return Action.DUMMY
    action = resolved(BY_TYPE, sop_class_uid, hit.path, hit.tag)
    if action is not Action.DUMMY:
        return action
    if vr == "UI":
        return Action.UID
    if vr == "CS" and hit.tag in DEFINED_TERMS:
        # The terms that the Standard defines stay.
        return Action.CLEAN
    if vr in ("DS", "IS"):
        # The whole number is an identifier, so it measures nothing.
        return Action.DUMMY
    raise Refused(Reason.RESIDUAL, "a value of the patient is left", hit.tag)
