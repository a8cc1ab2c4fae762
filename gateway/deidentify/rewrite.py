"""One pass over the elements at every depth: what is kept is copied by span, the rest replaced.

Each element goes through the same questions: is it one the Standard knows, what does the
profile's rule say, what does the rule mean for an attribute of this Type, and is a value that
stays of the kind its VR promises. What cannot be answered is removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.deidentify import lexical, pixel_data
from gateway.deidentify.action import BY_TYPE, Action, resolved
from gateway.deidentify.character_set import CharacterSet, character_set
from gateway.deidentify.data_set import PIXEL_DATA, DataSet, Element, Encoding
from gateway.deidentify.decision import Decision, Path, shown
from gateway.deidentify.dummy import DUMMY_ITEM
from gateway.deidentify.encode import element as encoded_element
from gateway.deidentify.encode import header, item_delimiter, item_header, sequence, sequence_delimiter
from gateway.deidentify.profile import Profile, Rule
from gateway.deidentify.replacement import Replacer
from gateway.deidentify.residual import Evidence
from gateway.deidentify.uid import CLASS_UIDS
from gateway.errors import Reason, Refused
from gateway.standard.dictionary import vr_of
from gateway.standard.transfer_syntax import TransferSyntax

Piece = bytes | memoryview

SPECIFIC_CHARACTER_SET: Final = 0x00080005
_KEEP: Final = Rule(Action.KEEP, Action.KEEP)
_REMOVE: Final = Rule(Action.REMOVE, Action.REMOVE)
_UID: Final = Rule(Action.UID, Action.UID)
_BY_TYPE: Final = Rule(BY_TYPE, BY_TYPE)
_CURVES_AND_OVERLAYS: Final = (0x5000, 0x6000)


@dataclass(slots=True)
class Rewriter:
    """Rewrites one instance.

    Parameters
    ----------
    source
        The encoded data set, inflated.
    syntax
        Transfer syntax of the instance.
    sop_class_uid
        Decides the Type of attributes.
    profile
        Rules by attribute.
    replacer
        Makes the values that replace.
    fallback
        Defined term of a character set where the data set has none.
    forced
        Actions that override every rule, by path and tag: what the residual check asked for.
    trace
        Where decisions are recorded; None to record none.
    """

    source: memoryview
    syntax: TransferSyntax
    sop_class_uid: str
    profile: Profile
    replacer: Replacer
    fallback: str = ""
    forced: Mapping[tuple[Path, int], Action] = field(default_factory=dict)
    trace: list[Decision] | None = None
    evidence: Evidence = field(default_factory=Evidence)
    written: dict[int, bytes] = field(default_factory=dict)
    """Values that replaced others at the top level, by tag."""
    gone: set[int] = field(default_factory=set)
    """Tags of the top level that were removed."""
    _pixel_data: list[Piece] | None = None

    def rewrite(self, root: DataSet, additions: Mapping[int, bytes]) -> list[Piece]:
        """Return the encoded output.

        Parameters
        ----------
        root
            The parsed data set.
        additions
            Encoded top-level elements by tag, which replace what the instance had.

        Raises
        ------
        Refused
            When an action cannot be applied or coded pixel data cannot be read.
        """
        pixels = root.find(PIXEL_DATA)
        if pixels is not None:
            self._pixel_data = pixel_data.cleaned(self.source, root, pixels, self.syntax)
        pieces, _ = self._data_set(root, (), self._character_set(root, ()), dict(additions))
        return pieces

    def value(self, element: Element) -> memoryview:
        """Return the encoded value of an element."""
        return self.source[element.value : element.end]

    def _character_set(self, data_set: DataSet, inherited: tuple[str, ...]) -> CharacterSet:
        element = data_set.find(SPECIFIC_CHARACTER_SET) if data_set.elements else None
        terms = inherited
        if element is not None:
            text = bytes(self.value(element)).decode("ascii", "replace")
            terms = tuple(term.strip(" \0") for term in text.split("\\"))
        return character_set(terms, self.fallback)

    def _data_set(
        self, data_set: DataSet, path: Path, charset: CharacterSet, additions: dict[int, bytes]
    ) -> tuple[list[Piece], bool]:
        """Return the encoded data set and whether it differs from its source."""
        pieces: list[Piece] = []
        pending = sorted(additions, reverse=True)
        start = end = 0
        for element in data_set.elements:
            while pending and pending[-1] <= element.tag:
                if start < end:
                    pieces.append(self.source[start:end])
                start = end = 0
                pieces.append(additions[pending.pop()])
            if element.tag in additions:
                result: list[Piece] | None = self._removed(element, path, charset)
            else:
                result = self._element(element, data_set, path, charset)
            if result is None:
                # Kept as it is: grow the span, or begin another one.
                if end != element.start:
                    if start < end:
                        pieces.append(self.source[start:end])
                    start = element.start
                end = element.end
                continue
            if start < end:
                pieces.append(self.source[start:end])
            start = end = 0
            pieces += result
        whole = not pieces and not pending and (start < end or not data_set.elements)
        if start < end:
            pieces.append(self.source[start:end])
        pieces += [additions[tag] for tag in reversed(pending)]
        unchanged = whole and (not data_set.elements or start == data_set.elements[0].start)
        return pieces, not unchanged

    def _element(
        self, element: Element, data_set: DataSet, path: Path, charset: CharacterSet
    ) -> list[Piece] | None:
        """Return what replaces an element, or None where it stays as it is."""
        tag = element.tag
        rule = self._rule(tag, path)
        if rule is _REMOVE:
            return self._removed(element, path, charset)
        action = self.forced.get((path, tag)) or self._resolve(rule.action, path, tag)
        if action is Action.REMOVE:
            return self._removed(element, path, charset)
        if element.items is not None or vr_of(tag) == "SQ":
            return self._sequence(element, action, data_set, path, charset)
        if tag in pixel_data.PIXEL_TAGS or element.fragments is not None:
            return self._pixels(element, path, charset)
        if action is Action.KEEP:
            if self._may_stay(element, tag):
                return self._kept(element, path, charset, data_set.encoding)
            action = self._resolve(BY_TYPE, path, tag)
        return self._replaced(element, rule, action, data_set.encoding, path, charset)

    def _rule(self, tag: int, path: Path) -> Rule:
        """Return the rule of an attribute, whether the table has it or not."""
        group = tag >> 16
        rule = self.profile.rules.get(tag)
        if rule is not None and group > 0x0004:
            return rule
        if group & 1 or group <= 0x0004 or not tag & 0xFFFF or group & 0xFF00 in _CURVES_AND_OVERLAYS:
            return _REMOVE
        vr = vr_of(tag)
        if vr is None or (tag in pixel_data.OFFSET_TABLES and (path or self._pixel_data is not None)):
            return _REMOVE
        if vr == "UI":
            return _KEEP if tag in CLASS_UIDS else _UID
        # PS3.15 E.1.1 note 5: names and dates outside the table are treated by their VR.
        return _BY_TYPE if vr in ("PN", "DA", "DT", "TM") else _KEEP

    def _resolve(self, action: str, path: Path, tag: int) -> Action:
        return resolved(action, self.sop_class_uid, path, tag)

    def _may_stay(self, element: Element, tag: int) -> bool:
        return lexical.fits(self.value(element), element.vr, vr_of(tag) or "UN")

    def _removed(self, element: Element, path: Path, charset: CharacterSet) -> list[Piece]:
        if not path:
            self.gone.add(element.tag)
        self._observe(element, path, charset)
        self._record(element, path, Action.REMOVE, b"", charset)
        return []

    def _kept(
        self, element: Element, path: Path, charset: CharacterSet, encoding: Encoding
    ) -> list[Piece] | None:
        self.evidence.keep(path, element.tag, element.vr, self.value(element), charset)
        self._record(element, path, Action.KEEP, self.value(element), charset)
        if (element.end - element.value) % 2:
            return [encoded_element(element.tag, element.vr, bytes(self.value(element)), encoding)]
        return None

    def _replaced(
        self,
        element: Element,
        rule: Rule,
        action: Action,
        encoding: Encoding,
        path: Path,
        charset: CharacterSet,
    ) -> list[Piece] | None:
        """Apply Z, D, U or C to an element that is no sequence."""
        raw = bytes(self.value(element))
        value = self.replacer.value(element.tag, raw, action, encoding, charset)
        if value is None:
            # The value is not one that can be cleaned: fall back to the Basic Profile.
            action = self._resolve(rule.base if rule.base != rule.action else BY_TYPE, path, element.tag)
            if action is Action.REMOVE:
                return self._removed(element, path, charset)
            value = self.replacer.value(element.tag, raw, action, encoding, charset)
        if value is None:
            raise Refused(Reason.PROFILE, "the action cannot be applied", element.tag)
        if value != raw.rstrip(b" \0"):
            self._observe(element, path, charset)
        vr = (vr_of(element.tag) or "UN")[:2]
        if not path:
            self.written[element.tag] = value
        self._record(element, path, action, value, charset)
        return [encoded_element(element.tag, vr, value, encoding)]

    def _sequence(
        self, element: Element, action: Action, data_set: DataSet, path: Path, charset: CharacterSet
    ) -> list[Piece] | None:
        if element.items is None:
            # A sequence by the dictionary that was not written as one: nothing can be said of it.
            return self._removed(element, path, charset)
        encoding = data_set.encoding
        build = DUMMY_ITEM.get(element.tag) if action is Action.DUMMY else None
        if action is Action.EMPTY or build is not None:
            self._observe(element, path, charset)
            self._record(element, path, action, b"", charset)
            return [sequence(element.tag, [build(encoding)] if build else [], encoding)]
        if vr_of(element.tag) != "SQ":
            return self._removed(element, path, charset)
        self._record(element, path, action, b"", charset)
        return self._items(element, encoding, (*path, element.tag), charset)

    def _items(
        self, element: Element, encoding: Encoding, path: Path, charset: CharacterSet
    ) -> list[Piece] | None:
        """Return a sequence with rewritten items, or None where none of them changed."""
        assert element.items is not None
        rewritten = [
            self._data_set(item, path, self._character_set(item, charset.terms), {}) for item in element.items
        ]
        if not any(changed for _, changed in rewritten):
            return None
        # What came as UN stays UN: its items are in Implicit VR Little Endian (PS3.5 6.2.2).
        inner = element.items[0].encoding
        vr = "SQ" if inner == encoding else "UN"
        pieces: list[Piece] = [header(element.tag, vr, 0xFFFFFFFF, encoding)]
        for content, _ in rewritten:
            pieces += [item_header(inner), *content, item_delimiter(inner)]
        pieces.append(sequence_delimiter(inner))
        return pieces

    def _pixels(self, element: Element, path: Path, charset: CharacterSet) -> list[Piece] | None:
        """Return top-level Pixel Data; nested ones are icons, which nobody examines."""
        if path or element.tag not in pixel_data.PIXEL_TAGS:
            return self._removed(element, path, charset)
        self._record(element, path, Action.KEEP, self.value(element), charset)
        return self._pixel_data if element.tag == PIXEL_DATA else None

    def _observe(self, element: Element, path: Path, charset: CharacterSet) -> None:
        """Remember the values of what goes, so that the residual check knows what to look for."""
        self.evidence.lose(element.tag, self.value(element), charset)
        for item in element.items or ():
            inner = self._character_set(item, charset.terms)
            for nested in item.elements:
                self._observe(nested, (*path, element.tag), inner)

    def _record(
        self, element: Element, path: Path, action: Action, after: bytes | memoryview, charset: CharacterSet
    ) -> None:
        if self.trace is None:
            return
        little = self.syntax.little_endian
        before = "" if element.items is not None else f"{element.end - element.value} bytes"
        if element.items is None and element.fragments is None:
            before = shown(self.value(element), element.vr, charset, little_endian=little)
        vr = (vr_of(element.tag) or "UN")[:2]
        text = "" if vr == "SQ" or not len(after) else shown(after, vr, charset, little_endian=little)
        self.trace.append(Decision(path, element.tag, element.vr, action, before, text))
