"""Every error of the gateway.

::

    GatewayError
    ├── SettingsError            a settings or profile file is wrong; names file, key, expectation
    ├── KeyGuardError            a key is missing, readable by others, or not the one of this store
    │   └── SealBroken           a sealed file was altered, is cut, or was sealed with another key
    ├── TransportSecurityError   certificate, key or authorities for TLS cannot be used
    ├── Refused                  an instance is refused; carries a Reason, never a value
    ├── StorageError
    │   ├── OutOfResources       momentarily short of disk or memory: the sender should retry
    │   ├── SyncFailed           a sync to disk failed; the file is discarded, accepting stops
    │   ├── LedgerUnavailable    the ledger could not commit: busy, gone or read-only
    │   └── DeadlinePassed       not done in time: the answer was given, nothing may be kept
    ├── SchemaError              a database has a version this program does not know
    └── AssociationError
        ├── PeerUnreachable      no connection, or the association was refused or timed out
        └── NoPresentationContext   the peer accepts none of the instance's contexts
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why an instance is refused; each has its own DIMSE status (`gateway.standard.status`)."""

    STRUCTURE = "structure"
    """The encoded data set does not parse to its end, or a length does not fit."""
    LIMIT = "limit"
    """Too deep, too many elements, or a compressed data set that inflates beyond its bound."""
    PIXEL_DATA_MISSING = "pixel_data_missing"
    """The header describes pixels, the data set has none or too few."""
    BITSTREAM = "bitstream"
    """Coded pixel data whose segments cannot be told apart."""
    PROFILE = "profile"
    """An action of the profile cannot be applied."""
    RESIDUAL = "residual"
    """A value of the patient was left in an element that may not go."""
    UNEXAMINED_PIXELS = "unexamined_pixels"
    """Pixels that often carry burned-in text, and nothing is set to examine them."""
    TOO_LARGE = "too_large"
    """Larger than ``max_instance_mib``."""
    LOOP = "loop"
    """The instance already carries this gateway's Contributing Equipment."""
    IDENTIFIER_MISMATCH = "identifier_mismatch"
    """SOP Class or Instance UID of the command differs from the data set."""
    SOP_CLASS = "sop_class"
    """The SOP Class is refused by policy."""
    NOT_AUTHORIZED = "not_authorized"
    """The peer may not store."""
    PIXELS_UNDECODABLE = "pixels_undecodable"
    """Pixels that cannot be decoded, or not be coded again once they were cleaned; video too."""
    PIXELS_NOT_CLEAN = "pixels_not_clean"
    """Text of the patient was left when the cleaned pixels were read again, or nothing could read them."""
    SUSPECT = "suspect"
    """Processes of the gateway died over the same input, more than once."""


class GatewayError(Exception):
    """Base of every error the gateway raises on purpose."""


class SettingsError(GatewayError):
    """A settings or profile file is wrong.

    Parameters
    ----------
    file
        The file as the operator named it.
    key
        Dotted path of the key, empty when the whole file is meant.
    expected
        What would be right, as a phrase.
    """

    def __init__(self, file: str, key: str, expected: str) -> None:
        self.file, self.key, self.expected = file, key, expected
        super().__init__(f"{file}: {key + ': ' if key else ''}{expected}")


class KeyGuardError(GatewayError):
    """A key is missing, badly protected, or not the one this store was made with."""


class SealBroken(KeyGuardError):
    """A sealed file was altered, is cut, or was sealed with another key; nothing of it is used."""


class TransportSecurityError(GatewayError):
    """A certificate, its key or the authorities for TLS cannot be used."""


class Refused(GatewayError):
    """An instance is refused.

    The message is made of the reason, an attribute's tag and a fixed phrase. It never holds
    a value of the instance, so it may be logged and sent as an Error Comment.

    Parameters
    ----------
    reason
        Decides the DIMSE status of the answer.
    detail
        A fixed phrase from the source code.
    tag
        The attribute at fault, where there is one.
    """

    def __init__(self, reason: Reason, detail: str = "", tag: int | None = None) -> None:
        self.reason, self.detail, self.tag = reason, detail, tag
        where = "" if tag is None else f" ({tag >> 16:04X},{tag & 0xFFFF:04X})"
        super().__init__(f"{reason}{where}{': ' + detail if detail else ''}")


class StorageError(GatewayError):
    """The gateway cannot keep an instance now; nothing of it was kept."""


class OutOfResources(StorageError):
    """Momentarily short of disk or memory; the sender should try again."""


class SyncFailed(StorageError):
    """A sync to disk failed. The file is discarded and never synced again."""


class LedgerUnavailable(StorageError):
    """The ledger writer cannot commit: not running, busy, full or read-only."""


class DeadlinePassed(StorageError):
    """What was to be kept was not ready in time; the sender was told to try again."""


class SchemaError(GatewayError):
    """A database was made by a program version that this one cannot read or migrate."""


class AssociationError(GatewayError):
    """A peer cannot be reached or does not agree on what to exchange."""


class PeerUnreachable(AssociationError):
    """No connection, or the association was rejected, aborted or timed out."""


class NoPresentationContext(AssociationError):
    """The peer accepted no presentation context for the instance."""
