"""The order of the steps of de-identification, and the only way in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Final, Literal

from gateway.deidentify import method, pixel_data, searchable
from gateway.deidentify.account import SPECIFIC_CHARACTER_SET, Account
from gateway.deidentify.action import Action
from gateway.deidentify.clean_pixels import CleanedPixels, PixelCleaner
from gateway.deidentify.decision import Decision
from gateway.deidentify.deflate import deflated
from gateway.deidentify.descriptor.cleaner import Cleaner
from gateway.deidentify.descriptor.token import Finder
from gateway.deidentify.disposal import disposed
from gateway.deidentify.encapsulation import UNSTRIPPED
from gateway.deidentify.encode import element as encoded_element
from gateway.deidentify.file_meta import file_meta
from gateway.deidentify.free_text import FreeText
from gateway.deidentify.instance import Deidentified, Instance, Origin
from gateway.deidentify.known_values import known_values
from gateway.deidentify.local import LocalRules
from gateway.deidentify.patient import PatientIdentity
from gateway.deidentify.pixel.message import Examination
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.deidentify.received import Received, received
from gateway.deidentify.replacement import PATIENT_ID, PATIENT_NAME, Replacer
from gateway.deidentify.residual import Evidence
from gateway.deidentify.rewrite import Piece, Rewriter
from gateway.deidentify.ruling import CLEANING, Rulebook
from gateway.deidentify.structured_content import ContentRules
from gateway.errors import Reason, Refused
from gateway.standard.dictionary import is_registered_uid, tag_of, vr_of
from gateway.standard.method import Option
from gateway.standard.sop_class import ANNOTATED_MODALITIES, HAS_PIXELS_OFTEN_ANNOTATED

MAX_SOP_CLASSES: Final = 64
"""SOP Classes whose rulings are remembered."""


@dataclass(frozen=True, slots=True)
class _Pass:
    """The last pass over an instance, after which the residual check found nothing."""

    pieces: list[Piece]
    account: Account
    removed: tuple[int, ...]


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
    finders
        Plug-ins that find names in text; what they find goes as well.
    pixels
        Looks at pictures for profiles that clean pixel data; without it these refuse every picture.
    """

    def __init__(
        self,
        profile: Profile,
        key: PseudonymKey,
        *,
        prefix: str = "",
        unexamined_pixels: Literal["refuse", "pass"] = "refuse",
        finders: tuple[Finder, ...] = (),
        pixels: Examination | None = None,
    ) -> None:
        self.profile = profile
        self.key = key
        self._prefix = prefix
        self._refuse_unexamined = unexamined_pixels == "refuse"
        self._markers = lru_cache(maxsize=16)(partial(method.markers, profile, key))
        self._rulebook = lru_cache(maxsize=MAX_SOP_CLASSES)(partial(Rulebook, profile))
        cleans_content = Option.CLEAN_STRUCTURED_CONTENT in profile.options
        cleans_pixels = Option.CLEAN_PIXEL_DATA in profile.options
        self._pixel_cleaner = PixelCleaner(profile, key, pixels) if cleans_pixels else None
        self._content = ContentRules(profile.options, cap_ages=profile.cap_ages) if cleans_content else None
        self._cleaner = Cleaner(words=profile.words, finders=finders) if CLEANING & profile.options else None

    def prepare(self) -> None:
        """Load what the first instance would wait for; for the start of a process that serves."""
        if self._cleaner is not None:
            self._cleaner.prepare()

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
        source = received(instance, origin, private_sequences=self.profile.retains_private)
        if method.is_own_output(source.source, source.root, self.key):
            raise Refused(Reason.LOOP, "the instance is output of this project")
        pixel_data.check(source.source, source.root, source.syntax)
        self._check_unexamined(instance, source)
        study = source.originals.get("StudyInstanceUID", "")
        issuer = source.originals.get("IssuerOfPatientID", "") if origin.issuer_from_header else ""
        identity = PatientIdentity.of(
            source.originals.get("PatientID", ""), issuer or origin.default_issuer, study
        )
        replacer = Replacer(self.key, self._prefix, identity, study, self.profile.max_shift_days)
        rulebook = self._rulebook(instance.sop_class_uid)
        pixels = self._cleaned_pixels(source, rulebook, origin)
        done = self._clean(source, rulebook, pixels, replacer, origin, trace)
        return self._result(instance, source, replacer, origin, done, pixels)

    def _cleaned_pixels(self, source: Received, rulebook: Rulebook, origin: Origin) -> CleanedPixels:
        if self._pixel_cleaner is None:
            return CleanedPixels(None, source.syntax)
        account = Account(source.source, source.syntax.little_endian, origin.character_set)
        return self._pixel_cleaner.clean(source, rulebook, account)

    def _clean(
        self,
        source: Received,
        rulebook: Rulebook,
        pixels: CleanedPixels,
        replacer: Replacer,
        origin: Origin,
        trace: list[Decision] | None,
    ) -> _Pass:
        """Rewrite until the residual check finds nothing; what it finds and may go, goes."""
        additions = self._additions(source, pixels, replacer, origin)
        elements = pixels.elements or pixel_data.cleaned(source.source, source.root, source.syntax)
        forced: dict[int, Action] = {}
        removed: set[int] = set()
        free_text: FreeText | None = None
        cleans_text = Option.CLEAN_DESCRIPTORS in self.profile.options
        while True:
            if trace is not None:
                trace.clear()
            evidence = Evidence(keeps_uids=Option.RETAIN_UIDS in self.profile.options)
            little_endian = source.syntax.little_endian
            account = Account(source.source, little_endian, origin.character_set, trace, evidence)
            free_text = free_text or self._free_text(account, source, rulebook, replacer)
            local = LocalRules(
                self.profile, self._content, account, rulebook, source.root, forced, pixels.values
            )
            rewriter = Rewriter(account, rulebook, local, replacer, free_text, forced, pixels.account)
            pieces = rewriter.rewrite(source.root, additions, elements)
            hits = list(account.evidence.hits())
            if not hits:
                _search_coded(source, account)
                return _Pass(pieces, account, tuple(sorted(removed)))
            for hit in hits:
                may_clean = cleans_text and hit.start not in forced
                action = disposed(hit, rulebook.sop_class_uid, may_clean=may_clean)
                if forced.get(hit.start) is action:
                    raise Refused(Reason.RESIDUAL, "a value of the patient is left", hit.tag)
                forced[hit.start] = action
                removed.add(hit.tag)

    def _free_text(
        self, account: Account, source: Received, rulebook: Rulebook, replacer: Replacer
    ) -> FreeText | None:
        if self._cleaner is None:
            return None
        keeps_uids = Option.RETAIN_UIDS in self.profile.options

        def uid(original: str) -> str:
            is_public = keeps_uids or is_registered_uid(original)
            return original if is_public else replacer.uids.replace(original)

        date = replacer.date_in_text if self.profile.shifts_dates_in_text else None
        known = cache(partial(known_values, account, source.root, rulebook))
        return FreeText(self._cleaner, known, date, uid)

    def _additions(
        self, source: Received, pixels: CleanedPixels, replacer: Replacer, origin: Origin
    ) -> dict[int, bytes]:
        """Return the top-level elements that every output has, encoded, by tag."""
        encoding = source.root.encoding
        pseudonym = replacer.pseudonym.encode("ascii")
        additions = dict(self._markers(encoding, examined=pixels.is_examined, changed=pixels.is_changed))
        for tag, value in pixels.values.items():
            there = source.root.find(tag)
            if isinstance(value, bytes) and (there is None or there.items is not None):
                additions[tag] = encoded_element(tag, (vr_of(tag) or "UN")[:2], value, encoding)
        for tag, vr in ((PATIENT_NAME, "PN"), (PATIENT_ID, "LO")):
            if source.root.find(tag) is None:
                additions[tag] = encoded_element(tag, vr, pseudonym, encoding)
        used = source.character_set("").terms
        assumed = source.character_set(origin.character_set).terms
        if used != assumed:
            # What was assumed to read the text is said, so that others read the same.
            terms = "\\".join(assumed).encode("ascii")
            additions[SPECIFIC_CHARACTER_SET] = encoded_element(SPECIFIC_CHARACTER_SET, "CS", terms, encoding)
        return additions

    def _check_unexamined(self, instance: Instance, source: Received) -> None:
        """Refuse images that often carry burned-in text while nothing examines them."""
        if not self._refuse_unexamined or Option.CLEAN_PIXEL_DATA in self.profile.options:
            return
        if pixel_data.pixel_element(source.root) is None:
            return
        if (
            instance.sop_class_uid in HAS_PIXELS_OFTEN_ANNOTATED
            or source.code_string("Modality") in ANNOTATED_MODALITIES
            or source.code_string("BurnedInAnnotation") == "YES"
        ):
            raise Refused(Reason.UNEXAMINED_PIXELS, "images of this kind often carry burned-in text")

    def _result(
        self,
        instance: Instance,
        source: Received,
        replacer: Replacer,
        origin: Origin,
        done: _Pass,
        pixels: CleanedPixels,
    ) -> Deidentified:
        originals, written = source.originals, done.account.written

        def uid(keyword: str) -> str:
            value = written.get(tag_of(keyword))
            return originals.get(keyword, "") if value is None else value.decode("ascii").strip(" \0")

        sop_instance_uid = uid("SOPInstanceUID") or replacer.uids.replace(instance.sop_instance_uid)
        meta = file_meta(instance.sop_class_uid, sop_instance_uid, pixels.syntax.uid)
        return Deidentified(
            sop_class_uid=instance.sop_class_uid,
            sop_instance_uid=sop_instance_uid,
            series_instance_uid=uid("SeriesInstanceUID"),
            study_instance_uid=uid("StudyInstanceUID"),
            transfer_syntax_uid=pixels.syntax.uid,
            buffers=(meta, *(deflated(done.pieces) if source.syntax.deflated else done.pieces)),
            attributes=searchable.attributes(source, done.account, replacer.pseudonym, origin.character_set),
            originals=originals,
            pseudonym=replacer.pseudonym,
            accession_number=replacer.accession_number(originals.get("AccessionNumber", "")),
            study_id=replacer.study_id(originals.get("StudyID", "")),
            uids=dict(replacer.uids.replaced),
            touched=tuple(done.account.touched),
            removed_by_residual=done.removed,
            pixels=pixels.account,
        )


def _search_coded(source: Received, account: Account) -> None:
    """Search coded pixel data in which words may stand and from which nothing was stripped."""
    element = pixel_data.pixel_element(source.root)
    if element is not None and element.fragments is not None and source.syntax.codec in UNSTRIPPED:
        for start, end in element.fragments:
            if account.evidence.in_coded(source.source[start:end]):
                raise Refused(Reason.RESIDUAL, "a value of the patient is left", element.tag)
