"""Rulings that hold for elements of one data set, and not for an attribute wherever it stands.

A private element means what the creator in its own data set says; an attribute of a content item
is treated by the item's concept; an overlay by what is drawn in it; a document by its type.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from gateway.deidentify import document, graphics
from gateway.deidentify.account import Account
from gateway.deidentify.action import Action
from gateway.deidentify.character_set import CharacterSet
from gateway.deidentify.content_item import SPECIMEN_STEP, has_references, is_content_item
from gateway.deidentify.data_set import DataSet
from gateway.deidentify.private_attribute import PrivateRule
from gateway.deidentify.private_declaration import Declarations
from gateway.deidentify.profile import Profile
from gateway.deidentify.rule import Ground
from gateway.deidentify.ruling import FREE_TEXT_VRS, Rulebook, Ruling
from gateway.deidentify.structured_content import ContentRules
from gateway.deidentify.touched import Path
from gateway.standard.attribute_type import attribute_type, iod_known
from gateway.standard.dictionary import tag_of, vr_of
from gateway.standard.method import Option

Local = Mapping[int, Ruling]
"""Rulings by the offset of the element."""
_DOCUMENT: Final = tag_of("EncapsulatedDocument")
_LAST_CREATOR: Final = 0xFF
"""Last element number of a Private Creator (PS3.5 7.8.1)."""
_DATES: Final = frozenset({"DA", "DT", "TM"})
_NONE: Final[Local] = {}


class LocalRules:
    """Makes the rulings of each data set of one instance.

    Parameters
    ----------
    profile
        Says which options are applied.
    content
        Rules for content items; None without Clean Structured Content.
    account
        Has the bytes.
    rulebook
        Rules of the attributes; an override among them goes before what is said here.
    root
        The parsed data set.
    forced
        What the residual check asked for, by offset of the element.
    pixels
        What Clean Pixel Data makes of elements of the top level, by tag; no override goes before it.
    """

    def __init__(
        self,
        profile: Profile,
        content: ContentRules | None,
        account: Account,
        rulebook: Rulebook,
        root: DataSet,
        forced: Mapping[int, Action],
        pixels: Mapping[int, Action | bytes],
    ) -> None:
        self._profile = profile
        self._content = content
        self._account = account
        self._rulebook = rulebook
        self._root = root
        self._gone = frozenset(start for start, action in forced.items() if action is Action.REMOVE)
        self._pixels = pixels
        self._retains_private = profile.retains_private

    def of_root(self) -> Local:
        """Return the rulings of the top level."""
        found = self._private(self._root, ())
        if Option.CLEAN_GRAPHICS in self._profile.options:
            found = {**found, **self._graphics()}
        if self._pixels:
            found = {**found, **self._of_pixels()}
        return {**found, **self._document()} if self._root.find(_DOCUMENT) is not None else found

    def of_item(self, item: DataSet, path: Path, charset: CharacterSet, ruling: Ruling) -> Local | None:
        """Return the rulings of an item of a sequence, or None where the whole item goes.

        Parameters
        ----------
        item, path, charset
            The item, the tags of the sequences around it, and how its text is read.
        ruling
            Of the sequence.
        """
        found = self._private(item, path) if self._retains_private else _NONE
        # An override of the sequence speaks of its items, too.
        if self._content is None or ruling.why == Ground.OVERRIDE or not is_content_item(path[-1], item):
            return found
        # Preparation steps are of Type 1: they keep their items.
        pinned = self._pinned or path[-1] == SPECIMEN_STEP
        judgement = self._content.judge(item, self._account.source, charset, pinned=pinned)
        if not judgement.keep:
            return None
        rulings = {
            element.start: self._content_ruling(element.tag, judgement.actions[element.tag])
            for element in item.elements
            if element.tag in judgement.actions and not self._is_overridden(path, element.tag)
        }
        return {**found, **rulings} if rulings else found

    def _is_overridden(self, path: Path, tag: int) -> bool:
        return self._rulebook.ruling(path, tag).why == Ground.OVERRIDE

    @cached_property
    def _pinned(self) -> bool:
        return has_references(self._root)

    @cached_property
    def _declared(self) -> Declarations | None:
        return Declarations.of(self._root, self._account.source)

    def _content_ruling(self, tag: int, action: Action) -> Ruling:
        why = Option.CLEAN_STRUCTURED_CONTENT.value
        return Ruling(action, Action.DUMMY, vr_of(tag) or "UN", why, strict=True)

    def _document(self) -> Local:
        """Put a dummy in the place of an encapsulated document, and say of it what is true of a dummy."""
        if (
            iod_known(self._rulebook.sop_class_uid)
            and attribute_type(self._rulebook.sop_class_uid, (), _DOCUMENT) is None
        ):
            # Of an object that is no document: the Basic Profile's dummy does.
            return _NONE
        if self._is_overridden((), _DOCUMENT):
            return _NONE
        treatments = document.plan(self._root, self._account.source)
        return self._treated(treatments, Action.DUMMY, Ground.DOCUMENT)

    def _graphics(self) -> Local:
        treatments = graphics.plan(self._root, self._account.source)
        return self._treated(treatments, Action.CLEAN, Option.CLEAN_GRAPHICS.value)

    def _of_pixels(self) -> Local:
        """Return rulings for what is said about the pixels, where it is there."""
        why = Option.CLEAN_PIXEL_DATA.value
        return {
            element.start: _ruling(element.tag, self._pixels[element.tag], Action.CLEAN, why)
            for element in filter(None, map(self._root.find, self._pixels))
        }

    def _treated(self, treatments: Mapping[int, Action | bytes], replaced: Action, why: str) -> Local:
        """Return rulings for elements of the top level that have an action or a value of their own."""
        if not treatments:
            return _NONE
        tags = {element.start: element.tag for element in self._root.elements}
        return {
            start: _ruling(tags[start], treatment, replaced, why)
            for start, treatment in treatments.items()
            if not self._is_overridden((), tags[start])
        }

    def _private(self, data_set: DataSet, path: Path) -> Local:
        """Return rulings for the private elements that do not simply go."""
        if not self._retains_private:
            return _NONE
        found = self._profile.private.plan(
            data_set,
            self._account.source,
            self._declared,
            overrides=self._profile.placed_private.get(path, {}),
            gone=self._gone,
        )
        return {
            element.start: self._private_ruling(element.tag, found[element.start])
            for element in data_set.elements
            if element.start in found
        }

    def _private_ruling(self, tag: int, rule: PrivateRule) -> Ruling:
        """Return the ruling of a private element: its values are treated like others of their kind."""
        action, vr, options = rule.action, rule.vr, self._profile.options
        why = Option.RETAIN_SAFE_PRIVATE if Option.RETAIN_SAFE_PRIVATE in options else Ground.OVERRIDE
        if tag & 0xFFFF <= _LAST_CREATOR:
            # The name of a block is on the list or is not, and means nothing when half of it went.
            return Ruling(Action.KEEP, Action.REMOVE, vr, why.value)
        is_date = vr in _DATES and action is Action.CLEAN
        if (is_date and Option.RETAIN_FULL_DATES in options) or (
            action is Action.UID and Option.RETAIN_UIDS in options
        ):
            action = Action.KEEP
        elif action is Action.KEEP and vr in FREE_TEXT_VRS and Option.CLEAN_DESCRIPTORS in options:
            action = Action.CLEAN
        return Ruling(action, Action.REMOVE, vr, why.value)


def _ruling(tag: int, treatment: Action | bytes, replaced: Action, why: str) -> Ruling:
    """Return the ruling of an element that has an action or a value of its own."""
    vr = vr_of(tag) or "UN"
    if isinstance(treatment, bytes):
        return Ruling(replaced, Action.REMOVE, vr, why, value=treatment)
    return Ruling(treatment, Action.REMOVE, vr, why, strict=True)
