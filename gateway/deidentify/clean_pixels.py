"""Clean Pixel Data (PS3.15 E.3.1): what an examination is asked, and what its answer makes of an instance.

The pixels themselves are looked at elsewhere (`gateway.deidentify.pixel`), mostly in another process.
Its answer is checked here, because what the output says of itself depends on it: Burned In Annotation
NO and the code of the option are written only where the pixels were examined.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.deidentify.account import Account
from gateway.deidentify.action import Action
from gateway.deidentify.coded_image import CodedImage, Piece, coded_image, replaced
from gateway.deidentify.data_set import PIXEL_DATA
from gateway.deidentify.depth import depth_of, is_picture, regions_of
from gateway.deidentify.device_rule import boxes_of
from gateway.deidentify.header_values import HeaderValues
from gateway.deidentify.identifying_terms import identifying_terms
from gateway.deidentify.image_module import rewritten
from gateway.deidentify.pixel.message import Depth, Examination, Examined, Request, Verdict
from gateway.deidentify.pixel_account import PixelAccount
from gateway.deidentify.pixel_data import pixel_element
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.deidentify.received import Received
from gateway.deidentify.ruling import Rulebook
from gateway.errors import Reason, Refused
from gateway.standard.attribute_type import attribute_type
from gateway.standard.dictionary import tag_of
from gateway.standard.method import Option
from gateway.standard.transfer_syntax import TRANSFER_SYNTAXES, TransferSyntax

SAMPLE: Final = 100
"""One in so many of the images that the screen clears is looked at closely all the same."""
MAX_REGIONS: Final = 100_000
"""Areas of an answer; more of them than this say that something is wrong."""
_SAMPLE_PURPOSE: Final = "pixel-sample"
_BURNED_IN: Final = tag_of("BurnedInAnnotation")
_INSTANCE: Final = tag_of("SOPInstanceUID")
_LOSSY: Final = tag_of("LossyImageCompression")
_LOSSY_SYNTAXES: Final = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
"""JPEG Baseline and Extended: always coded with loss, whatever the header says of it."""


@dataclass(frozen=True, slots=True)
class CleanedPixels:
    """What becomes of an instance because of its pixels.

    Parameters
    ----------
    account
        What was done; None where there was no picture.
    syntax
        Transfer syntax of the output.
    elements
        Elements that hold pixels, by tag; None where they stay as `pixel_data.cleaned` has them.
    values
        What becomes of other elements of the top level, by tag: a value, X or U.
    """

    account: PixelAccount | None
    syntax: TransferSyntax
    elements: Mapping[int, list[Piece] | None] | None = None
    values: Mapping[int, Action | bytes] = field(default_factory=dict)

    @property
    def is_examined(self) -> bool:
        """Whether the output may say that its pixels are clean."""
        return self.account is not None and self.account.is_examined

    @property
    def is_changed(self) -> bool:
        """Whether a pixel is not what it was."""
        return self.account is not None and self.account.is_changed


class PixelCleaner:
    """Has the pictures of a project's instances examined.

    Parameters
    ----------
    profile
        Says what may stay, and has the site's rules.
    key
        The project's: it chooses the sample.
    examination
        Looks at the pixels; None where nothing can.
    """

    def __init__(self, profile: Profile, key: PseudonymKey, examination: Examination | None) -> None:
        self._profile, self._key, self._examination = profile, key, examination
        self._words = tuple(sorted(profile.words))

    def clean(self, source: Received, rulebook: Rulebook, account: Account) -> CleanedPixels:
        """Have the picture of an instance examined, and say what that makes of the instance.

        Parameters
        ----------
        source, rulebook
            The instance, and what the profile means for it.
        account
            Reads its text; nothing is written to it.

        Raises
        ------
        Refused
            The pixels cannot be decoded, cleaned or verified, or nothing can look at them.
        OutOfResources
            Not now.
        """
        picture = self._picture(source, rulebook)
        if picture is None:
            return CleanedPixels(None, source.syntax, None, _disbelieved(source, rulebook, None))
        if self._examination is None:
            raise Refused(Reason.PIXELS_NOT_CLEAN, "nothing can examine the pixels", PIXEL_DATA)
        request = self._request(source, picture, rulebook, account)
        examined = self._examination.examine(request, picture.frames)
        _check(request, examined)
        outcome = examined.outcome
        pixels = PixelAccount(request.depth, request.is_sample, outcome, source.syntax.uid)
        values = {_BURNED_IN: b"NO"} if pixels.is_examined else _disbelieved(source, rulebook, b"YES")
        if not outcome.is_changed:
            return CleanedPixels(pixels, source.syntax, None, values)
        syntax = TRANSFER_SYNTAXES.get(outcome.transfer_syntax_uid)
        if syntax is None:
            raise _wrong()
        elements = replaced(picture, outcome.image, syntax, examined.frames)
        values |= rewritten(picture.image, outcome.image)
        if Option.RETAIN_UIDS in self._profile.options:
            # Whoever has the original must not take this for it.
            values[_INSTANCE] = Action.UID
        if source.syntax.uid in _LOSSY_SYNTAXES and syntax is not source.syntax:
            # The syntax says no more that there was a loss (PS3.3 C.7.6.1.1.5).
            values[_LOSSY] = b"01"
        return CleanedPixels(pixels, syntax, elements, values)

    def _picture(self, source: Received, rulebook: Rulebook) -> CodedImage | None:
        """Return the picture of an instance, None where nobody can look at its pixels or they do not stay."""
        if not is_picture(rulebook.sop_class_uid, HeaderValues(source.source, source.root)):
            return None
        element = pixel_element(source.root)
        if element is None or rulebook.ruling((), element.tag).action is Action.REMOVE:
            return None
        return coded_image(source.source, source.root, source.syntax)

    def _request(
        self, source: Received, picture: CodedImage, rulebook: Rulebook, account: Account
    ) -> Request:
        values, image = HeaderValues(source.source, source.root), picture.image
        boxes = boxes_of(self._profile.device_rules, values, image)
        depth = depth_of(rulebook.sop_class_uid, values, image, has_rule=bool(boxes))
        instance_uid = source.originals.get("SOPInstanceUID", "")
        number = int.from_bytes(self._key.digest(_SAMPLE_PURPOSE, instance_uid)[:8], "big")
        return Request(
            image=image,
            transfer_syntax_uid=source.syntax.uid,
            depth=depth,
            mode=self._profile.pixel_mode,
            modality=values.term("Modality"),
            terms=identifying_terms(account, source.root, rulebook),
            regions=regions_of(values, image),
            boxes=boxes,
            words=self._words,
            is_sample=depth is Depth.SCREEN and number % SAMPLE == 0,
        )


def _disbelieved(source: Received, rulebook: Rulebook, instead: bytes | None) -> dict[int, Action | bytes]:
    """Return what becomes of a sender's word that unexamined pixels are clean.

    Parameters
    ----------
    instead
        What is said where the IOD demands a word; None for what is no picture, of which it is true.
    """
    if pixel_element(source.root) is None or source.code_string("BurnedInAnnotation") != "NO":
        return {}
    if not (attribute_type(rulebook.sop_class_uid, (), _BURNED_IN) or "").startswith("1"):
        return {_BURNED_IN: Action.REMOVE}
    return {} if instead is None else {_BURNED_IN: instead}


def _check(request: Request, examined: Examined) -> None:
    """Make sure that an answer does not contradict itself: it may have come from another process.

    Raises
    ------
    Refused
        `Reason.PIXELS_NOT_CLEAN`.
    """
    outcome, image = examined.outcome, request.image
    is_same = outcome.image == image and outcome.transfer_syntax_uid == request.transfer_syntax_uid
    found_somebody = outcome.verdict is Verdict.IDENTIFYING_TEXT
    if (
        outcome.is_changed != bool(examined.frames)
        or not (outcome.is_changed or is_same)
        or (found_somebody and not outcome.is_changed and request.depth is not Depth.WHOLE)
        or (outcome.is_changed and not outcome.is_lossless)
        or len(outcome.regions) > MAX_REGIONS
    ):
        raise _wrong()
    for region in outcome.regions:
        is_inside = region.box == region.box.clipped(image.rows, image.columns) and region.box.area
        if not (is_inside and 0 <= region.first <= region.last < image.frames):
            raise _wrong()


def _wrong() -> Refused:
    return Refused(Reason.PIXELS_NOT_CLEAN, "an examination that contradicts itself", PIXEL_DATA)
