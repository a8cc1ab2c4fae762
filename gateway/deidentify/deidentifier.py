"""The order of the steps of de-identification, and the only way in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, Literal

from gateway.deidentify import method, pixel_data, searchable
from gateway.deidentify.action import BY_TYPE, Action, resolved
from gateway.deidentify.character_set import CharacterSet, character_set, terms_of
from gateway.deidentify.data_set import DataSet, Encoding
from gateway.deidentify.decision import Decision
from gateway.deidentify.deflate import deflated, inflated
from gateway.deidentify.encapsulation import UNSTRIPPED
from gateway.deidentify.encode import element as encoded_element
from gateway.deidentify.file_meta import file_meta
from gateway.deidentify.instance import Deidentified, Instance, Origin
from gateway.deidentify.parse import parse
from gateway.deidentify.patient import PatientIdentity
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.deidentify.replacement import PATIENT_ID, PATIENT_NAME, Replacer
from gateway.deidentify.residual import Hit
from gateway.deidentify.rewrite import SPECIFIC_CHARACTER_SET, Piece, Rewriter
from gateway.deidentify.ruling import CODE_ATTRIBUTES, Rulebook
from gateway.deidentify.uid import VALID
from gateway.errors import Reason, Refused
from gateway.standard.dictionary import tag_of, vr_of
from gateway.standard.method import Option
from gateway.standard.sop_class import ANNOTATED_MODALITIES, HAS_PIXELS_OFTEN_ANNOTATED
from gateway.standard.transfer_syntax import TRANSFER_SYNTAXES, TransferSyntax

MAX_SOP_CLASSES: Final = 64
"""SOP Classes whose rulings are remembered."""

_ORIGINALS: Final = tuple(
    (keyword, tag_of(keyword))
    for keyword in (
        "PatientID", "IssuerOfPatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber",
        "StudyID", "StudyDate", "StudyTime", "StudyDescription", "ReferringPhysicianName", "StudyInstanceUID",
        "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Parsed:
    """An instance after the structural check."""

    source: memoryview
    root: DataSet
    syntax: TransferSyntax
    originals: Mapping[str, str]


class Deidentifier:
    """De-identifies instances of one project.

    Parameters
    ----------
    profile
        What is done to each attribute.
    key
        The project's key for life.
    prefix
        Put before every replacement Patient ID.
    unexamined_pixels
        What becomes of images that often carry burned-in text, while the profile does not
        clean pixel data.
    """

    def __init__(
        self,
        profile: Profile,
        key: PseudonymKey,
        *,
        prefix: str = "",
        unexamined_pixels: Literal["refuse", "pass"] = "refuse",
    ) -> None:
        self._profile = profile
        self._key = key
        self._prefix = prefix
        self._refuse_unexamined = unexamined_pixels == "refuse"
        self._rulebook = lru_cache(maxsize=MAX_SOP_CLASSES)(partial(Rulebook, profile))

    def deidentify(self, instance: Instance, origin: Origin | None = None) -> Deidentified:
        """De-identify an instance.

        The result depends on the instance, the origin, the profile, the key and the version of
        the program, and on nothing else.

        Raises
        ------
        Refused
            With the reason; nothing of the instance may then be forwarded.
        """
        return self._deidentify(instance, origin or Origin(), None)

    def explain(self, instance: Instance, origin: Origin | None = None) -> Iterator[Decision]:
        """Yield what would be done to each element, in the order of the data set.

        Raises
        ------
        Refused
            As `deidentify` does.
        """
        trace: list[Decision] = []
        self._deidentify(instance, origin or Origin(), trace)
        yield from trace

    def _deidentify(self, instance: Instance, origin: Origin, trace: list[Decision] | None) -> Deidentified:
        parsed = _parsed(instance, origin)
        _check_identifiers(instance, parsed.originals)
        if method.is_own_output(parsed.source, parsed.root, self._key):
            raise Refused(Reason.LOOP, "the instance is output of this project")
        pixel_data.check(parsed.source, parsed.root, parsed.syntax)
        self._check_unexamined(instance, parsed)
        study = parsed.originals.get("StudyInstanceUID", "")
        issuer = parsed.originals.get("IssuerOfPatientID", "") if origin.issuer_from_header else ""
        identity = PatientIdentity.of(
            parsed.originals.get("PatientID", ""), issuer or origin.default_issuer, study
        )
        replacer = Replacer(self._key, self._prefix, identity, study, self._profile.max_shift_days)
        rewriter, pieces, removed = self._clean(parsed, instance, replacer, origin, trace)
        return self._result(instance, parsed, replacer, rewriter, pieces, removed)

    def _clean(
        self,
        parsed: _Parsed,
        instance: Instance,
        replacer: Replacer,
        origin: Origin,
        trace: list[Decision] | None,
    ) -> tuple[Rewriter, list[Piece], tuple[int, ...]]:
        """Rewrite until the residual check finds nothing; what it finds and may go, goes."""
        additions = self._additions(parsed, replacer, origin)
        rulebook = self._rulebook(instance.sop_class_uid)
        forced: dict[int, Action] = {}
        removed: set[int] = set()
        while True:
            if trace is not None:
                trace.clear()
            rewriter = Rewriter(
                parsed.source, parsed.syntax, rulebook, replacer,
                origin.character_set, forced, trace,
            )  # fmt: skip
            pieces = rewriter.rewrite(parsed.root, additions)
            hits = list(rewriter.evidence.hits())
            if not hits:
                _search_coded(parsed, rewriter)
                return rewriter, pieces, tuple(sorted(removed))
            for hit in hits:
                forced[hit.start] = _disposed(hit, instance.sop_class_uid)
                removed.add(hit.tag)

    def _additions(self, parsed: _Parsed, replacer: Replacer, origin: Origin) -> dict[int, bytes]:
        """Return the top-level elements that every output has, encoded, by tag."""
        encoding = parsed.root.encoding
        pseudonym = replacer.pseudonym.encode("ascii")
        additions = method.markers(self._profile, self._key, encoding)
        for tag, vr in ((PATIENT_NAME, "PN"), (PATIENT_ID, "LO")):
            if parsed.root.find(tag) is None:
                additions[tag] = encoded_element(tag, vr, pseudonym, encoding)
        used = _charset(parsed.source, parsed.root, "").terms
        assumed = _charset(parsed.source, parsed.root, origin.character_set).terms
        if used != assumed:
            # What was assumed to read the text is said, so that others read the same.
            terms = "\\".join(assumed).encode("ascii")
            additions[SPECIFIC_CHARACTER_SET] = encoded_element(SPECIFIC_CHARACTER_SET, "CS", terms, encoding)
        return additions

    def _check_unexamined(self, instance: Instance, parsed: _Parsed) -> None:
        """Refuse images that often carry burned-in text while nothing examines them."""
        if not self._refuse_unexamined or Option.CLEAN_PIXEL_DATA in self._profile.options:
            return
        if pixel_data.pixel_element(parsed.root) is None:
            return
        modality = _text(parsed.source, parsed.root, tag_of("Modality")).upper()
        burned_in = _text(parsed.source, parsed.root, tag_of("BurnedInAnnotation")).upper()
        if (
            instance.sop_class_uid in HAS_PIXELS_OFTEN_ANNOTATED
            or modality in ANNOTATED_MODALITIES
            or burned_in == "YES"
        ):
            raise Refused(Reason.UNEXAMINED_PIXELS, "images of this kind often carry burned-in text")

    def _result(
        self,
        instance: Instance,
        parsed: _Parsed,
        replacer: Replacer,
        rewriter: Rewriter,
        pieces: list[Piece],
        removed: tuple[int, ...],
    ) -> Deidentified:
        replaced = replacer.uids.replaced
        originals = parsed.originals
        sop_instance_uid = replacer.uids.replace(instance.sop_instance_uid)
        meta = file_meta(instance.sop_class_uid, sop_instance_uid, parsed.syntax.uid)
        return Deidentified(
            sop_class_uid=instance.sop_class_uid,
            sop_instance_uid=sop_instance_uid,
            series_instance_uid=replacer.uids.replace(originals["SeriesInstanceUID"]),
            study_instance_uid=replacer.uids.replace(originals["StudyInstanceUID"]),
            transfer_syntax_uid=parsed.syntax.uid,
            buffers=(meta, *(deflated(pieces) if parsed.syntax.deflated else pieces)),
            attributes=searchable.attributes(parsed.source, parsed.root, rewriter, replacer.pseudonym),
            originals=originals,
            pseudonym=replacer.pseudonym,
            accession_number=replacer.accession_number(originals.get("AccessionNumber", "")),
            study_id=replacer.study_id(originals.get("StudyID", "")),
            uids=dict(replaced),
            removed_by_residual=removed,
        )


def _search_coded(parsed: _Parsed, rewriter: Rewriter) -> None:
    """Search coded pixel data in which words may stand and from which nothing was stripped."""
    element = pixel_data.pixel_element(parsed.root)
    if element is not None and element.fragments is not None and parsed.syntax.codec in UNSTRIPPED:
        for start, end in element.fragments:
            if rewriter.evidence.in_coded(parsed.source[start:end]):
                raise Refused(Reason.RESIDUAL, "a value of the patient is left", element.tag)


def _disposed(hit: Hit, sop_class_uid: str) -> Action:
    """Decide about an element that holds something of the patient: remove, empty, or refuse."""
    action = resolved(BY_TYPE, sop_class_uid, hit.path, hit.tag)
    if action is not Action.DUMMY:
        return action
    if vr_of(hit.tag) == "UI":
        return Action.UID
    if hit.tag in CODE_ATTRIBUTES:
        # A sequence of codes stays one; most often it is the meaning, and the value still says it.
        return Action.DUMMY
    raise Refused(Reason.RESIDUAL, "a value of the patient is left", hit.tag)


def _parsed(instance: Instance, origin: Origin) -> _Parsed:
    syntax = TRANSFER_SYNTAXES.get(instance.transfer_syntax_uid)
    if syntax is None:
        raise Refused(Reason.STRUCTURE, "a transfer syntax that cannot be read")
    source = memoryview(instance.data_set)
    if syntax.deflated:
        source = memoryview(inflated(source))
    root = parse(source, Encoding(syntax.implicit, syntax.little_endian))
    charset = _charset(source, root, origin.character_set)
    by_tag = {element.tag: element for element in root.elements}
    originals = {
        keyword: charset.decode(bytes(source[by_tag[tag].value : by_tag[tag].end])).strip(" \0")
        for keyword, tag in _ORIGINALS
        if tag in by_tag and by_tag[tag].items is None
    }
    return _Parsed(source, root, syntax, originals)


def _check_identifiers(instance: Instance, originals: Mapping[str, str]) -> None:
    """Compare the command with the data set (PS3.4 B.2.3) and ask for the UIDs that place an instance."""
    if originals.get("SOPInstanceUID", instance.sop_instance_uid) != instance.sop_instance_uid:
        raise Refused(Reason.IDENTIFIER_MISMATCH, "SOP Instance UID", tag_of("SOPInstanceUID"))
    if originals.get("SOPClassUID") not in (None, instance.sop_class_uid):
        raise Refused(Reason.IDENTIFIER_MISMATCH, "SOP Class UID", tag_of("SOPClassUID"))
    for keyword in ("SOPInstanceUID", "SOPClassUID", "SeriesInstanceUID", "StudyInstanceUID"):
        if not VALID.fullmatch(originals.get(keyword, "")):
            raise Refused(Reason.STRUCTURE, "no valid UID", tag_of(keyword))


def _charset(source: memoryview, root: DataSet, fallback: str) -> CharacterSet:
    element = root.find(SPECIFIC_CHARACTER_SET)
    terms = () if element is None else terms_of(source[element.value : element.end])
    return character_set(terms, fallback)


def _text(source: memoryview, root: DataSet, tag: int) -> str:
    element = root.find(tag)
    return (
        ""
        if element is None
        else bytes(source[element.value : element.end]).decode("ascii", "replace").strip(" \0")
    )
