"""One pass over the elements at every depth: what is kept is copied by span, the rest replaced.

Each element goes through the same questions: is it one the Standard knows, what does the
profile's rule say, what does the rule mean for an attribute of this Type, and is a value that
stays of the kind its VR promises. What cannot be answered is removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gateway.deidentify import lexical, pixel_data
from gateway.deidentify.account import Account
from gateway.deidentify.action import Action
from gateway.deidentify.character_set import CharacterSet
from gateway.deidentify.content_item import emptied
from gateway.deidentify.data_set import PIXEL_DATA, DataSet, Element, Encoding
from gateway.deidentify.descriptor.token import Token
from gateway.deidentify.dummy import DUMMY_ITEM
from gateway.deidentify.encode import element as encoded_element
from gateway.deidentify.encode import rewritten_sequence, sequence
from gateway.deidentify.free_text import FreeText
from gateway.deidentify.local import Local, LocalRules
from gateway.deidentify.pixel_account import PixelAccount
from gateway.deidentify.replacement import Replacer
from gateway.deidentify.residual import NAMING_VRS
from gateway.deidentify.rule import Ground
from gateway.deidentify.ruling import CODE_MEANING, Rulebook, Ruling
from gateway.deidentify.touched import Path
from gateway.errors import Reason, Refused

Piece = bytes | memoryview
_REMOVE, _KEEP, _CLEAN = Action.REMOVE, Action.KEEP, Action.CLEAN
_EMPTY, _DUMMY = Action.EMPTY, Action.DUMMY


@dataclass(slots=True)
class Rewriter:
    """Rewrites one instance.

    Parameters
    ----------
    account
        Takes note of what becomes of each element.
    rulebook
        What the profile means for the instance's IOD.
    local
        Rulings of single data sets.
    replacer
        Makes the values that replace.
    free_text
        Cleans text; None where no option asks for it.
    forced
        Actions that override every rule, by offset of the element: what the residual check asked for.
    pixels
        What was done to the pixels; None where nothing looked at them.
    """

    account: Account
    rulebook: Rulebook
    local: LocalRules
    replacer: Replacer
    free_text: FreeText | None = None
    forced: Mapping[int, Action] = field(default_factory=dict)
    pixels: PixelAccount | None = None
    _pixels_of_root: Mapping[int, list[Piece] | None] = field(default_factory=dict)

    def rewrite(
        self, root: DataSet, additions: Mapping[int, bytes], elements: Mapping[int, list[Piece] | None]
    ) -> list[Piece]:
        """Return the encoded output.

        Parameters
        ----------
        root
            The parsed data set.
        additions
            Encoded top-level elements by tag, which replace what the instance had.
        elements
            What becomes of elements that hold or index pixels, by tag; None where one stays as it is.

        Raises
        ------
        Refused
            When an action cannot be applied.
        """
        self._pixels_of_root = elements
        charset = self.account.character_set(root, ())
        pieces, _ = self._data_set(root, (), charset, dict(additions), self.local.of_root())
        return pieces

    def _data_set(
        self, data_set: DataSet, path: Path, charset: CharacterSet, additions: dict[int, bytes], local: Local
    ) -> tuple[list[Piece], bool]:
        """Return the encoded data set and whether it differs from its source."""
        source, touched, silent = self.account.source, self.account.touched, self.account.trace is None
        rulings, elements = self.rulebook.rulings(path), data_set.elements
        pieces: list[Piece] = []
        pending = sorted(additions, reverse=True)
        start = end = 0
        for element in elements:
            tag = element.tag
            ruling = (local.get(element.start) if local else None) or rulings[tag]
            quiet = ruling.quiet
            if quiet is not None and silent and element.items is None and element.vr not in NAMING_VRS:
                touched.append(quiet)
                continue
            before = self._added(pending, tag, additions) if pending and pending[-1] <= tag else []
            if tag in additions:
                result: list[Piece] | None = self._removed(element, path, charset, Ground.INSERTED)
            else:
                result = self._element(element, ruling, data_set, path, charset)
            if result is None and not before and end == element.start:
                # Kept as it is: the span grows.
                end = element.end
                continue
            if start < end:
                pieces.append(source[start:end])
            start, end = (element.start, element.end) if result is None else (0, 0)
            pieces += before
            pieces += result or ()
        unchanged = (
            not pieces
            and not pending
            and (not elements or (start == elements[0].start and end == elements[-1].end))
        )
        if start < end:
            pieces.append(source[start:end])
        pieces += self._added(pending, 0xFFFFFFFF, additions)
        return pieces, not unchanged

    def _added(self, pending: list[int], tag: int, additions: dict[int, bytes]) -> list[Piece]:
        """Return the additions up to a tag, which are then no longer pending."""
        found: list[Piece] = []
        while pending and pending[-1] <= tag:
            found.append(additions[pending.pop()])
        return found

    def _element(
        self, element: Element, ruling: Ruling, data_set: DataSet, path: Path, charset: CharacterSet
    ) -> list[Piece] | None:
        """Return what replaces an element, or None where it stays as it is."""
        if element.start in self.forced:
            ruling = replace(ruling, action=self.forced[element.start], why=Ground.RESIDUAL.value)
        tag, action = element.tag, ruling.action
        is_sequence = ruling.vr == "SQ"
        if action is _REMOVE or (element.items is not None) != is_sequence:
            # A sequence by the dictionary that is none in the data set, or the reverse, cannot be judged.
            return self._removed(element, path, charset, ruling.why)
        if is_sequence:
            return self._sequence(element, ruling, action, data_set, path, charset)
        if tag in pixel_data.OF_PIXELS or element.fragments is not None:
            return self._pixels(element, ruling, path, charset)
        if action is _KEEP:
            return self._kept(element, ruling, data_set, path, charset)
        is_code = ruling.vr == "CS" and element.start in self.forced
        if action is _CLEAN and ruling.is_text and not is_code:
            return self._text(element, ruling, data_set, path, charset)
        return self._replaced(element, ruling, action, ruling.why, data_set.encoding, path, charset)

    def _removed(
        self, element: Element, path: Path, charset: CharacterSet, why: str, tokens: tuple[Token, ...] = ()
    ) -> list[Piece]:
        self.account.removed(element, path, charset, why, tokens)
        return []

    def _kept(
        self, element: Element, ruling: Ruling, data_set: DataSet, path: Path, charset: CharacterSet
    ) -> list[Piece] | None:
        value = self.account.source[element.value : element.end]
        if not (
            lexical.fits(value, element.vr, ruling.vr)
            and (ruling.most_bytes is None or len(value) <= ruling.most_bytes)
            and lexical.is_readable(value, ruling.vr, charset)
        ):
            return self._fallen_back(element, ruling, data_set.encoding, path, charset)
        self.account.kept(element, value, path, charset, ruling, data_set)
        if element.blank or len(value) % 2:
            return [encoded_element(element.tag, element.vr, bytes(value), data_set.encoding)]
        return None

    def _fallen_back(
        self, element: Element, ruling: Ruling, encoding: Encoding, path: Path, charset: CharacterSet
    ) -> list[Piece] | None:
        """Treat a value that can be neither kept nor cleaned as the Basic Profile does."""
        action = ruling.fallback
        if action in (_REMOVE, _KEEP, _CLEAN):
            return self._removed(element, path, charset, Ground.VALUE)
        return self._replaced(element, ruling, action, Ground.VALUE, encoding, path, charset)

    def _replaced(
        self,
        element: Element,
        ruling: Ruling,
        action: Action,
        why: str,
        encoding: Encoding,
        path: Path,
        charset: CharacterSet,
    ) -> list[Piece] | None:
        """Apply Z, D, U or C to an element that is no sequence."""
        value = ruling.value
        if value is None:
            raw = bytes(self.account.value(element))
            value = self.replacer.value(element.tag, ruling.vr[:2], raw, action, encoding, charset)
        if value is None and why != Ground.VALUE:
            return self._fallen_back(element, ruling, encoding, path, charset)
        if value is None:
            raise Refused(Reason.PROFILE, "the action cannot be applied", element.tag)
        self.account.replaced(element, path, charset, action, why, value)
        # Of an attribute of several VRs the value is in the one that it came in.
        vr = element.vr if element.vr in ruling.vr.split(" or ") else ruling.vr[:2]
        return [encoded_element(element.tag, vr, value, encoding)]

    def _text(
        self, element: Element, ruling: Ruling, data_set: DataSet, path: Path, charset: CharacterSet
    ) -> list[Piece] | None:
        """Apply C to text: what it says about people, places and days goes, the rest stays."""
        raw = bytes(self.account.value(element))
        value: bytes | None = None
        tokens: tuple[Token, ...] = ()
        if self.free_text is not None and lexical.fits(raw, element.vr, ruling.vr):
            # What a code of one's own means is written by people, too.
            own = element.tag == CODE_MEANING and not self.account.is_public_code(data_set)
            strict = ruling.strict or own
            value, tokens = self.free_text.cleaned(raw, element.tag, ruling.vr, charset, strict=strict)
        if value == raw:
            return self._kept(element, ruling, data_set, path, charset)
        if value == b"" and ruling.fallback is _REMOVE:
            return self._removed(element, path, charset, ruling.why, tokens)
        if not value:
            # Nothing is left, or it cannot be read: an attribute of Type 1 needs a value all the same.
            return self._fallen_back(element, ruling, data_set.encoding, path, charset)
        self.account.cleaned(element, path, charset, ruling, value, tokens)
        return [encoded_element(element.tag, ruling.vr, value, data_set.encoding)]

    def _sequence(
        self,
        element: Element,
        ruling: Ruling,
        action: Action,
        data_set: DataSet,
        path: Path,
        charset: CharacterSet,
    ) -> list[Piece] | None:
        encoding = data_set.encoding
        build = DUMMY_ITEM.get(element.tag) if action is _DUMMY else None
        if action is _EMPTY or build is not None:
            self.account.replaced(element, path, charset, action, ruling.why, b"")
            return [sequence(element.tag, [build(encoding)] if build else [], encoding)]
        self.account.sequence(element, path, charset, ruling)
        return self._items(element, ruling, encoding, (*path, element.tag), charset)

    def _items(
        self, element: Element, ruling: Ruling, encoding: Encoding, path: Path, charset: CharacterSet
    ) -> list[Piece] | None:
        """Return a sequence with rewritten items, or None where none of them changed."""
        assert element.items is not None
        rewritten = []
        for item in element.items:
            own = self.account.character_set(item, charset.terms)
            local = self.local.of_item(item, path, own, ruling)
            if local is None:
                self._item_removed(item, path, own)
            else:
                rewritten.append(self._data_set(item, path, own, {}, local))
        if len(rewritten) == len(element.items) and not any(changed for _, changed in rewritten):
            return None
        if not rewritten:
            return self._without_items(element, encoding, path)
        return rewritten_sequence(
            element.tag, [content for content, _ in rewritten], element.items[0].encoding, encoding
        )

    def _without_items(self, element: Element, encoding: Encoding, path: Path) -> list[Piece]:
        """Return what stays of a content sequence all of whose items went."""
        action = emptied(path[:-1], element.tag)
        if action is Action.REMOVE:
            return []
        items = [DUMMY_ITEM[element.tag](encoding)] if action is Action.DUMMY else []
        return [sequence(element.tag, items, encoding)]

    def _item_removed(self, item: DataSet, path: Path, charset: CharacterSet) -> None:
        """Take note of a content item that goes with everything below it."""
        for element in item.elements:
            self.account.removed(element, path, charset, Ground.CONTENT)

    def _pixels(
        self, element: Element, ruling: Ruling, path: Path, charset: CharacterSet
    ) -> list[Piece] | None:
        """Return top-level Pixel Data; nested ones are icons, which nobody examines."""
        if path or element.tag not in self._pixels_of_root:
            return self._removed(element, path, charset, ruling.why)
        if self.pixels is not None and element.tag == PIXEL_DATA:
            self.account.examined(element, self.pixels)
        else:
            self.account.sequence(element, path, charset, ruling)
        return self._pixels_of_root[element.tag]
