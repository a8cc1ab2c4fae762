"""What is added to a de-identified instance: who did it, how, with which options (PS3.15 E.1.1)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from gateway import __version__
from gateway.deidentify.data_set import DataSet, Encoding
from gateway.deidentify.dummy import code_item
from gateway.deidentify.encode import element, sequence
from gateway.deidentify.profile import Profile
from gateway.deidentify.pseudonym import PseudonymKey
from gateway.deidentify.uid import replacement_uid
from gateway.standard.dictionary import tag_of
from gateway.standard.method import DEIDENTIFYING_EQUIPMENT, OPTION_CODE, Code, Option

PATIENT_IDENTITY_REMOVED: Final = tag_of("PatientIdentityRemoved")
METHOD: Final = tag_of("DeidentificationMethod")
METHOD_CODES: Final = tag_of("DeidentificationMethodCodeSequence")
TEMPORAL_INFORMATION: Final = tag_of("LongitudinalTemporalInformationModified")
CONTRIBUTING_EQUIPMENT: Final = tag_of("ContributingEquipmentSequence")
DEVICE_UID: Final = tag_of("DeviceUID")
_PURPOSE: Final = tag_of("PurposeOfReferenceCodeSequence")

_TEMPORAL: Final = MappingProxyType(
    {Option.RETAIN_MODIFIED_DATES: "MODIFIED", Option.RETAIN_FULL_DATES: "UNMODIFIED"}
)
"""What (0028,0303) says under an option of dates; REMOVED without (PS3.15 E.2, E.3.6)."""

_CHANGED: Final = "Pixel Data was changed to remove burned-in information"
"""Instead of a Derivation Description: that belongs to images that say DERIVED, and Image Type stays."""
_NEW_UID: Final = "SOP Instance UID was not retained: Pixel Data was changed"

MANUFACTURER: Final = "deidentification-gateway"


def equipment_uid(key: PseudonymKey) -> str:
    """Return the Device UID by which a project's gateway knows its own output."""
    return replacement_uid(key, "contributing-equipment")


def claims(profile: Profile, *, examined: bool, changed: bool) -> tuple[Code, ...]:
    """Return the codes of what was applied to an instance in full, and nothing else.

    Parameters
    ----------
    profile
        What is applied to every instance.
    examined
        Whether its pixels were looked at; of an instance without a picture nothing is claimed.
    changed
        Whether a pixel changed, for which it has a UID of its own.
    """
    per_instance = {
        OPTION_CODE[Option.CLEAN_PIXEL_DATA]: examined,
        OPTION_CODE[Option.RETAIN_UIDS]: not changed,
    }
    return tuple(code for code in profile.claims if per_instance.get(code, True))


def methods(profile: Profile, *, changed: bool) -> tuple[str, ...]:
    """Return the values of De-identification Method (0012,0063) of an instance; `changed` as in `claims`."""
    if not changed:
        return profile.method
    retains = (_NEW_UID,) if Option.RETAIN_UIDS in profile.options else ()
    return (*profile.method, _CHANGED, *retains)


def markers(
    profile: Profile, key: PseudonymKey, encoding: Encoding, *, examined: bool = False, changed: bool = False
) -> dict[int, bytes]:
    """Return the encoded elements that say how the instance was de-identified, by tag.

    What the instance said of earlier de-identification is replaced: the gateway states only
    what it did itself. There is no date or time, so that the same input gives the same bytes.
    `examined` and `changed` are as in `claims`.
    """
    dates = next((said for option, said in _TEMPORAL.items() if option in profile.options), "REMOVED")
    codes = [
        code_item(code.value, code.scheme, code.meaning, encoding)
        for code in claims(profile, examined=examined, changed=changed)
    ]
    method = "\\".join(methods(profile, changed=changed)).encode("ascii", "replace")
    equipment = _equipment(key, encoding)
    return {
        PATIENT_IDENTITY_REMOVED: element(PATIENT_IDENTITY_REMOVED, "CS", b"YES", encoding),
        METHOD: element(METHOD, "LO", method, encoding),
        TEMPORAL_INFORMATION: element(TEMPORAL_INFORMATION, "CS", dates.encode("ascii"), encoding),
        CONTRIBUTING_EQUIPMENT: sequence(CONTRIBUTING_EQUIPMENT, [equipment], encoding),
        # Without a claim of its own the sender's must go all the same.
        METHOD_CODES: sequence(METHOD_CODES, codes, encoding) if codes else b"",
    }


def _equipment(key: PseudonymKey, encoding: Encoding) -> bytes:
    """Return an item of the Contributing Equipment Sequence (PS3.3 C.12.1)."""
    code = DEIDENTIFYING_EQUIPMENT
    purpose = code_item(code.value, code.scheme, code.meaning, encoding)
    return (
        element(tag_of("Manufacturer"), "LO", MANUFACTURER.encode("ascii"), encoding)
        + element(DEVICE_UID, "UI", equipment_uid(key).encode("ascii"), encoding)
        + element(tag_of("SoftwareVersions"), "LO", __version__.encode("ascii"), encoding)
        + sequence(_PURPOSE, [purpose], encoding)
    )


def is_own_output(source: memoryview, root: DataSet, key: PseudonymKey) -> bool:
    """Tell whether the instance already went through a gateway with this project's key."""
    equipment = root.find(CONTRIBUTING_EQUIPMENT)
    if equipment is None:
        return False
    own = equipment_uid(key).encode("ascii")
    for item in equipment.items or ():
        device = item.find(DEVICE_UID)
        if device is not None and bytes(source[device.value : device.end]).rstrip(b" \0") == own:
            return True
    return False
