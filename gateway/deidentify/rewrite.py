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
from gateway.deidentify.action import Action
from gateway.deidentify.character_set import CharacterSet, character_set, terms_of
from gateway.deidentify.data_set import DataSet, Element, Encoding
from gateway.deidentify.decision import Decision, Path, shown
from gateway.deidentify.dummy import DUMMY_ITEM
from gateway.deidentify.encode import element as encoded_element
from gateway.deidentify.encode import header, item_delimiter, item_header, sequence, sequence_delimiter
from gateway.deidentify.replacement import Replacer
from gateway.deidentify.residual import Evidence
from gateway.deidentify.ruling import CODE_MEANING, CODE_VALUES, Rulebook, Ruling
from gateway.errors import Reason, Refused
from gateway.standard.defined_terms import undefined_part
from gateway.standard.dictionary import tag_of, vr_of
from gateway.standard.transfer_syntax import TransferSyntax

Piece = bytes | memoryview

SPECIFIC_CHARACTER_SET: Final = 0x00080005
CODING_SCHEME_DESIGNATOR: Final = tag_of("CodingSchemeDesignator")

CODE_VALUE: Final = tag_of("CodeValue")
PERSON_CODE: Final = (tag_of("PersonIdentificationCodeSequence"),)
INSTITUTION_CODE: Final = (tag_of("InstitutionCodeSequence"),)


@dataclass(slots=True)
class Rewriter:
    """Rewrites one instance.

    Parameters
    ----------
    source
        The encoded data set, inflated.
    syntax
        Transfer syntax of the instance.
    rulebook
        What the profile means for the instance's IOD.
    replacer
        Makes the values that replace.
    fallback
        Defined term of a character set where the data set has none.
    forced
        Actions that override every rule, by offset of the element: what the residual check asked for.
    trace
        Where decisions are recorded; None to record none.
    """

    source: memoryview
    syntax: TransferSyntax
    rulebook: Rulebook
    replacer: Replacer
    fallback: str = ""
    forced: Mapping[int, Action] = field(default_factory=dict)
    trace: list[Decision] | None = None
    evidence: Evidence = field(default_factory=Evidence)
    written: dict[int, bytes] = field(default_factory=dict)
    """Values that replaced others at the top level, by tag."""
    stayed: set[int] = field(default_factory=set)
    """Tags of the top level whose values were kept."""
    _pixels_of_root: dict[int, list[Piece] | None] = field(default_factory=dict)

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
        self._pixels_of_root = pixel_data.cleaned(self.source, root, self.syntax)
        pieces, _ = self._data_set(root, (), self._character_set(root, ()), dict(additions))
        return pieces

    def value(self, element: Element) -> memoryview:
        """Return the encoded value of an element."""
        return self.source[element.value : element.end]

    def _character_set(self, data_set: DataSet, inherited: tuple[str, ...]) -> CharacterSet:
        element = data_set.find(SPECIFIC_CHARACTER_SET) if data_set.elements else None
        terms = inherited
        if element is not None:
            terms = terms_of(self.value(element))
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
        ruling = self.rulebook.ruling(path, tag)
        action = self.forced.get(element.start, ruling.action)
        is_sequence = ruling.vr == "SQ"
        if action is Action.REMOVE or (element.items is not None) != is_sequence:
            # A sequence by the dictionary that is none in the data set, or the reverse, cannot be judged.
            return self._removed(element, path, charset)
        if is_sequence:
            return self._sequence(element, action, data_set, path, charset)
        if tag in pixel_data.PIXEL_TAGS or tag in pixel_data.OFFSET_TABLES or element.fragments is not None:
            return self._pixels(element, path, charset)
        if action is Action.KEEP:
            if lexical.fits(self.value(element), element.vr, ruling.vr):
                return self._kept(element, data_set, path, charset)
            action = ruling.fallback
        return self._replaced(element, ruling, action, data_set.encoding, path, charset)

    def _removed(self, element: Element, path: Path, charset: CharacterSet) -> list[Piece]:
        self._observe(element, path, charset)
        self._record(element, path, Action.REMOVE, b"", charset)
        return []

    def _kept(
        self, element: Element, data_set: DataSet, path: Path, charset: CharacterSet
    ) -> list[Piece] | None:
        value = self.value(element)
        public = element.tag in CODE_VALUES and self._is_public_code(data_set)
        self.evidence.keep(element.start, path, element.tag, value, charset, public_code=public)
        self._record(element, path, Action.KEEP, value, charset)
        if not path:
            self.stayed.add(element.tag)
        if element.blank or len(value) % 2:
            return [encoded_element(element.tag, element.vr, bytes(value), data_set.encoding)]
        return None

    def _is_public_code(self, data_set: DataSet) -> bool:
        scheme = data_set.find(CODING_SCHEME_DESIGNATOR)
        return scheme is not None and not undefined_part(CODING_SCHEME_DESIGNATOR, bytes(self.value(scheme)))

    def _replaced(
        self,
        element: Element,
        ruling: Ruling,
        action: Action,
        encoding: Encoding,
        path: Path,
        charset: CharacterSet,
    ) -> list[Piece] | None:
        """Apply X, Z, D, U or C to an element that is no sequence."""
        if action is Action.REMOVE:
            return self._removed(element, path, charset)
        raw = bytes(self.value(element))
        value = self.replacer.value(element.tag, raw, action, encoding, charset)
        if value is None:
            # The value is not one that can be cleaned: fall back to the Basic Profile.
            action = ruling.fallback
            if action is Action.REMOVE:
                return self._removed(element, path, charset)
            value = self.replacer.value(element.tag, raw, action, encoding, charset)
        if value is None:
            raise Refused(Reason.PROFILE, "the action cannot be applied", element.tag)
        if value != raw.rstrip(b" \0"):
            self._observe(element, path, charset)
        vr = ruling.vr[:2]
        if not path:
            self.written[element.tag] = value
        self._record(element, path, action, value, charset)
        return [encoded_element(element.tag, vr, value, encoding)]

    def _sequence(
        self, element: Element, action: Action, data_set: DataSet, path: Path, charset: CharacterSet
    ) -> list[Piece] | None:
        encoding = data_set.encoding
        build = DUMMY_ITEM.get(element.tag) if action is Action.DUMMY else None
        if action is Action.EMPTY or build is not None:
            self._observe(element, path, charset)
            self._record(element, path, action, b"", charset)
            return [sequence(element.tag, [build(encoding)] if build else [], encoding)]
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
        if path or element.tag not in self._pixels_of_root:
            return self._removed(element, path, charset)
        self._record(element, path, Action.KEEP, self.value(element), charset)
        return self._pixels_of_root[element.tag]

    def _observe(self, element: Element, path: Path, charset: CharacterSet) -> None:
        """Remember the values of what goes, so that the residual check knows what to look for."""
        if element.tag == CODE_MEANING and path[-1:] == PERSON_CODE:
            self.evidence.lose_name(self.value(element), charset)
        elif (element.tag == CODE_VALUE and path[-1:] == PERSON_CODE) or (
            element.tag == CODE_MEANING and path[-1:] == INSTITUTION_CODE
        ):
            self.evidence.lose_identifier(self.value(element), charset)
        self.evidence.lose(element.tag, element.vr, self.value(element), charset)
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
