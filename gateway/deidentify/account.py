"""What became of each element: for the report, for people, and for the residual check."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from gateway.deidentify.action import Action
from gateway.deidentify.character_set import CharacterSet, character_set, terms_of
from gateway.deidentify.data_set import DataSet, Element
from gateway.deidentify.decision import Decision, shown
from gateway.deidentify.descriptor.token import Token
from gateway.deidentify.pixel_account import PixelAccount
from gateway.deidentify.residual import CODES, Evidence
from gateway.deidentify.ruling import CODE_MEANING, Ruling
from gateway.deidentify.touched import Path, Touched
from gateway.standard.defined_terms import undefined_part
from gateway.standard.dictionary import tag_of, vr_of
from gateway.standard.method import Option

SPECIFIC_CHARACTER_SET: Final = 0x00080005
CODING_SCHEME_DESIGNATOR: Final = tag_of("CodingSchemeDesignator")
CODE_VALUE: Final = tag_of("CodeValue")
_OF_A_SCHEME: Final = frozenset(tag_of(keyword) for keyword in ("CodeValue", "LongCodeValue", "URNCodeValue"))
"""What a coding scheme makes; its designator and version are the sender's words."""
PERSON_CODE: Final = (tag_of("PersonIdentificationCodeSequence"),)
INSTITUTION_CODE: Final = (tag_of("InstitutionCodeSequence"),)


@dataclass(slots=True)
class Account:
    """Keeps the account of one pass.

    Parameters
    ----------
    source
        The encoded data set.
    little_endian
        Byte order of its numbers.
    fallback
        Defined term of a character set where a data set has none.
    trace
        Where decisions are recorded for people; None to record none.
    """

    source: memoryview
    little_endian: bool
    fallback: str = ""
    trace: list[Decision] | None = None
    evidence: Evidence = field(default_factory=Evidence)
    touched: list[Touched] = field(default_factory=list)
    written: dict[int, bytes] = field(default_factory=dict)
    """Values that replaced others at the top level, by tag."""
    stayed: dict[int, Element] = field(default_factory=dict)
    """Elements of the top level whose values were kept, by tag."""

    def value(self, element: Element) -> memoryview:
        """Return the encoded value of an element."""
        return self.source[element.value : element.end]

    def character_set(self, data_set: DataSet, inherited: tuple[str, ...]) -> CharacterSet:
        """Return the character set of a data set whose parent has the terms `inherited`."""
        elements = data_set.elements
        # Hardly any item has one; it would be among the first of its elements.
        may_be = bool(elements) and elements[0].tag <= SPECIFIC_CHARACTER_SET
        element = data_set.find(SPECIFIC_CHARACTER_SET) if may_be else None
        terms = inherited if element is None else terms_of(self.value(element))
        return character_set(terms, self.fallback)

    def kept(
        self,
        element: Element,
        value: memoryview,
        path: Path,
        charset: CharacterSet,
        ruling: Ruling,
        data_set: DataSet,
    ) -> None:
        """Take note of a value that stays as it is."""
        public = element.tag in _OF_A_SCHEME and self.is_public_code(data_set)
        self.evidence.keep(element.start, path, element.tag, value, charset, ruling.vr, public_code=public)
        if self.trace is not None:
            self._trace(element, path, Action.KEEP, ruling.why, value, charset)
        if not path:
            self.stayed[element.tag] = element

    def replaced(
        self, element: Element, path: Path, charset: CharacterSet, action: Action, why: str, value: bytes
    ) -> None:
        """Take note of a value that the gateway wrote."""
        if not path:
            self.written[element.tag] = value
        if value == self.value(element).tobytes().rstrip(b" \0"):
            self._trace(element, path, action, why, value, charset)
        else:
            self.observe(element, path, charset)
            self._touch(element, path, action, why, value, charset)

    def cleaned(
        self,
        element: Element,
        path: Path,
        charset: CharacterSet,
        ruling: Ruling,
        value: bytes,
        tokens: tuple[Token, ...],
    ) -> None:
        """Take note of text from which something went: what is left is searched like all that stays."""
        self.evidence.keep(element.start, path, element.tag, value, charset, ruling.vr)
        if not path:
            self.written[element.tag] = value
        self._touch(element, path, Action.CLEAN, ruling.why, value, charset, tokens)

    def removed(
        self, element: Element, path: Path, charset: CharacterSet, why: str, tokens: tuple[Token, ...] = ()
    ) -> None:
        """Take note of an element that went with all it holds."""
        self.observe(element, path, charset)
        self._touch(element, path, Action.REMOVE, why, b"", charset, tokens)

    def sequence(self, element: Element, path: Path, charset: CharacterSet, ruling: Ruling) -> None:
        """Take note of a sequence whose items are looked into, or of pixels that stay."""
        after = self.value(element) if element.items is None else b""
        self._trace(element, path, Action.KEEP, ruling.why, after, charset)

    def examined(self, element: Element, pixels: PixelAccount) -> None:
        """Take note of pixels that were looked at, and of the areas of them that went."""
        why, action = Option.CLEAN_PIXEL_DATA.value, Action.CLEAN if pixels.is_changed else Action.KEEP
        if pixels.is_changed:
            self.touched.append(Touched((), element.tag, action, why))
        if self.trace is not None:
            before = f"{element.end - element.value} bytes"
            self.trace.append(
                Decision((), element.tag, element.vr, action, before, pixels.summary, why, pixels.areas)
            )

    def observe(self, element: Element, path: Path, charset: CharacterSet) -> None:
        """Remember the values of what goes, so that the residual check knows what to look for."""
        if path and element.tag in CODES:
            self._observe_code(element, path[-1:], charset)
        self.evidence.lose(element.tag, element.vr, self.value(element), charset)
        if element.items is None:
            return
        inside = (*path, element.tag)
        for item in element.items:
            inner = self.character_set(item, charset.terms)
            for nested in item.elements:
                self.observe(nested, inside, inner)

    def _observe_code(self, element: Element, parent: Path, charset: CharacterSet) -> None:
        if element.tag == CODE_MEANING and parent == PERSON_CODE:
            self.evidence.lose_name(self.value(element), charset)
        elif parent == (PERSON_CODE if element.tag == CODE_VALUE else INSTITUTION_CODE):
            self.evidence.lose_identifier(self.value(element), charset)

    def is_public_code(self, data_set: DataSet) -> bool:
        """Tell whether a code is of a scheme that the Standard lists (PS3.16 Table 8-1)."""
        scheme = data_set.find(CODING_SCHEME_DESIGNATOR)
        return scheme is not None and not undefined_part(CODING_SCHEME_DESIGNATOR, bytes(self.value(scheme)))

    def _touch(
        self,
        element: Element,
        path: Path,
        action: Action,
        why: str,
        after: bytes,
        charset: CharacterSet,
        tokens: tuple[Token, ...] = (),
    ) -> None:
        self.touched.append(Touched(path, element.tag, action, why))
        if self.trace is not None:
            self._trace(element, path, action, why, after, charset, tokens)

    def _trace(
        self,
        element: Element,
        path: Path,
        action: Action,
        why: str,
        after: bytes | memoryview,
        charset: CharacterSet,
        tokens: tuple[Token, ...] = (),
    ) -> None:
        if self.trace is None:
            return
        before = "" if element.items is not None else f"{element.end - element.value} bytes"
        if element.items is None and element.fragments is None:
            before = shown(self.value(element), element.vr, charset, little_endian=self.little_endian)
        vr = (vr_of(element.tag) or element.vr)[:2]
        text = ""
        if vr != "SQ" and len(after):
            text = shown(after, vr, charset, little_endian=self.little_endian)
        self.trace.append(Decision(path, element.tag, element.vr, action, before, text, why, tokens))
