"""What identifies by its form alone: addresses of machines and people on the net, phones, numbers, times.

Every expression here is linear: a repetition is bounded, or of characters that nothing beside it
can match. Each is tried only where the text has the character it cannot do without.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from gateway.deidentify.descriptor.calendar_names import AGES
from gateway.deidentify.descriptor.span import Span
from gateway.deidentify.descriptor.token import Why

Known = Callable[[str], bool]

_EMAIL: Final = re.compile(
    r"(?<![a-z\d.+-])(?:mailto:)?[\w.+-]{1,64} ?(?:@|\(at\)|\[at\]) ?[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
)
_URL: Final = re.compile(r"(?<![a-z])(?:[a-z]{2,8}://|www\d?\.)[^\s<>\"')\]]{1,2048}")
_DOMAINS: Final = (
    "com|org|net|edu|gov|mil|info|local|lan|intern|internal|corp|health|hospital|clinic|nhs|name|biz"
)
_COUNTRIES: Final = (
    "de|fr|es|it|nl|pt|uk|ch|at|be|se|dk|no|fi|pl|cz|hu|gr|tr|ru|jp|cn|kr|au|nz|ca|br|us|eu|ie"
)
_HOST: Final = re.compile(
    rf"(?<![a-z\d.@-])(?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,6}}(?:{_DOMAINS})(?![a-z\d-]|\.\w)"
    rf"|(?<![a-z\d.@-])(?:[a-z0-9][a-z0-9-]{{0,62}}\.){{2,6}}(?:{_COUNTRIES})(?![a-z\d-]|\.\w)"
    rf"|(?<![a-z\d.@-])[a-z0-9]{{2,40}}-[a-z0-9-]{{2,40}}\.(?:{_COUNTRIES})(?![a-z\d-]|\.\w)"
)
_WINDOWS_PATH: Final = re.compile(
    r"(?<![a-z0-9])(?:[a-z]:[\\/]|\\\\[\w.$-]{1,64}\\)(?:[^\\/:*?\"<>|"
    r"\n]{1,128}[\\/]){0,32}[^\s\\/:*?\"<>|]{0,255}"
)
_UNIX_PATH: Final = re.compile(
    r"(?<![a-z\d/.])~?/(?:home|users|mnt|media|data|export|exports|nfs|net|var|tmp|root|opt|srv|volumes|"
    r"storage)"
    r"/[^\s,;\"'<>]{1,1024}"
)
_IP: Final = re.compile(r"(?<![a-z\d.])\d{1,3}(?:\.\d{1,3}){3}(?![a-z\d]|\.\d)(?::\d{1,5})?")
_IP_CUE: Final = re.compile(
    r"(?:\bip|\bhost|\bserver|\baddr(?:ess)?|\bfrom|@|\bnode|\bpacs|\bdhcp)[ :=#.]{0,3}$"
)
_MAC: Final = re.compile(r"(?<![a-z\d:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![a-z\d:-])")
_IP6: Final = re.compile(
    r"(?<![a-z\d:])(?=[0-9a-f:]{0,39}[0-9a-f]::?[0-9a-f])(?:[0-9a-f]{1,4}:{1,2}){3,7}[0-9a-f]{1,4}(?![a-z\d:])"
)
_UID: Final = re.compile(
    r"(?<![\d.])[0-2](?:\.\d{1,39}){4,30}(?!\d|\.\d)|(?<![\d.])2\.25\.\d{10,39}(?!\d|\.\d)"
)
_UID_LENGTH: Final = 14
"""Characters from which five numbers between full stops are a UID, not a version."""

_PHONE: Final = (
    re.compile(
        r"(?<![a-z\d.+])(?:\+|00)[1-9]\d{0,2}[ .\-/]?(?:\(0?\d{0,5}\)[ .\-/]?)?"
        r"\d{1,12}(?:[ .\-/]{1,3}\d{1,9}){0,6}(?![a-z\d])"
    ),
    re.compile(
        r"(?<![a-z\d.])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}"
        r"(?: ?(?:x|ext\.?) ?\d{1,5})?(?![a-z\d]|[.-]\d)"
    ),
    re.compile(r"(?<![a-z\d.,/-])(?<!\d )8[ -]?\(?\d{3}\)?[ -]\d{3}[ -]\d\d[ -]\d\d(?![a-z\d]|[.,-]\d)"),
    re.compile(r"(?<![a-z\d.])0[1-9](?:[ .-]?\d\d){4}(?![a-z\d]|[.-]\d)"),
    re.compile(r"(?<![a-z\d.])\(?0\d{1,5}\)?(?: ?[/-] ?| )\d{2,9}(?:[ /-]\d{1,6}){0,4}(?![a-z\d]|[.,]\d)"),
)
_LOCAL_PHONE: Final = re.compile(r"(?<![a-z\d.,/+-])\d{3}-\d{4}(?![a-z\d/-]|[.,]\d)")
_TIMES: Final = (
    re.compile(
        r"(?<![a-z\d.:/-])(?:[01]?\d|2[0-3])[:][0-5]\d(?::[0-5]\d(?:[.,]\d{1,6})?)?(?: ?[ap]\.?m\b\.?|z\b)?"
        r"(?: ?(?:uhr|hrs?|h|utc|gmt|cest|cet|est|edt|pst|pdt)\b)?(?![a-z\d:]|\.\d| ?(?:min|sec|mn)\b)"
    ),
    re.compile(
        r"(?:(?<=\d)t|(?<=_))(?:[01]\d|2[0-3]):?[0-5]\d(?::?[0-5]\d(?:\.\d{1,6})?)?(?:z|"
        r"[+-]\d\d:?\d\d)?(?![a-z\d.:]\d|[a-z0-9])"
    ),
    re.compile(r"(?<![a-z\d.:/-])(?:0?[1-9]|1[0-2])(?:[.:][0-5]\d)? ?(?:[ap]\.m\.?|[ap]m\b)(?![a-z\d])"),
    re.compile(r"(?<![a-z\d.:/-])(?:[01]?\d|2[0-3]) ?h ?[0-5]\d(?: ?min)?(?![a-z\d])"),
    re.compile(r"(?<![a-z\d.:/-])(?:[01]?\d|2[0-3])(?:[.:][0-5]\d)? ?uhr(?: ?[0-5]\d)?\b"),
    re.compile(r"(?<![a-z\d.:/-])(?:[01]\d|2[0-3])[0-5]\d ?(?:hrs?|hours|h)(?![a-z\d])"),
    re.compile(
        r"\b(?:kl|klo|klokken|alle|alle ore|ore|a las|as|vers|at|um|gegen|om)\.? "
        r"(?P<t>(?:[01]?\d|2[0-3])(?:[.:h][0-5]\d|h))(?![a-z\d]|[.]\d)"
    ),
    re.compile(r"(?:午前|午後)? ?\d{1,2} ?時(?: ?\d{1,2} ?分(?: ?\d{1,2} ?秒)?)?"),
)
_TIME_HINT: Final = re.compile(r"\d ?(?:[:h時u]|[ap]\.?m)|\d\.\d\d|_\d{4}|t\d{4}")
_SSN: Final = re.compile(r"(?<![a-z\d-])\d{3}-\d{2}-\d{4}(?![a-z\d-])")
_NHS: Final = re.compile(r"(?<![a-z\d.-])\d{3}[ -]\d{3}[ -]\d{4}(?![a-z\d.-])")
_NIR: Final = re.compile(
    r"(?<![a-z\d.-])[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?"
    r"(?:\d\d|2[ab]) ?\d{3} ?\d{3}(?: ?\d\d)?(?![a-z\d-])"
)
_FISCAL: Final = re.compile(r"(?<![a-z\d])[a-z]{6}\d\d[a-z]\d\d[a-z]\d{3}[a-z](?![a-z\d])")
"""The Italian tax number, which is made of name and date of birth."""
_SPACED_SSN: Final = re.compile(
    r"(?<![\w.,/-])(?<!\d )(?!000|666|9)\d{3} (?!00)\d\d (?!\d\d00|0000|1024|1536|2048|4096)\d{4}"
    r"(?![\w/-]| \d|[.,]\d)"
)
_CARD: Final = re.compile(r"(?<![\w.,-])\d{4}(?P<s>[ -])\d{4}(?P=s)\d{4}(?P=s)\d{4}(?![\w-])")
_IBAN: Final = re.compile(r"(?<![^\W_])[a-z]{2}\d\d(?: ?[a-z]{4})?(?: \d{4}){3,7}(?: \d{1,4})?(?![^\W_])")
_VALUE: Final = (
    r"[a-z\d]{1,20}(?:[-./]?[a-z\d]{1,20}){0,5}(?: \d{4,12}){0,4}(?![^\W_]|[.,]\d|%| ?(?:[mc]m|m[als]|kv)\b)"
)
_LABELLED: Final = re.compile(
    r"(?<![a-z])(?:(?:(?:mr ?no|passport|passeport|reisepass|medicare|medicaid|policy|inmate|prisoner|subj|"
    r"bleep|badge)(?: (?:no|nr|number|id))?[.:=# ]{1,4}(?=[a-z.-]{0,12}\d)|"
    r"(?:s/n|ser(?:ial|\.)? ?no|serial|subject|lot|licen[cs]e)[.:=# ]{1,4}(?=[a-z]{0,6}[-./]?\d{3}))"
    rf"{_VALUE}|last (?:4|four)(?: (?:of|digits|ssn|ss)){{0,2}}[:=# ]{{1,3}}\d{{4}}(?!\d|[.,]\d))"
)
"""What a word before it makes an identifier, however few digits it has."""
_LOGIN: Final = re.compile(
    r"(?<![a-z])(?:login|log-in|logon|user ?id|user ?name|acct)"
    r"(?: ?[:=] ?| (?=[\w.-]{0,40}[_\d]))[\w.-]{2,40}"
)
_AGE_HINT: Final = re.compile(r"9\d|1[0-2]\d|ninety|hundred|narian|neunzig")
_FEVER: Final = re.compile(
    r"(?<![a-z])(?:(?:temp|fever|febrile)[a-z]{0,7}|t(?:max)?)[ :=]{1,3}(?:of |to |at )?\d{2,3} ?f?$"
)
"""Degrees Fahrenheit, which are as high as such an age."""
_GROUPS: Final = re.compile(
    r"(?<![a-z\d.,/-])(?:[a-z]{1,5}[-/]?)?\d{1,12}(?:[-/]\d{1,12}){1,5}(?:-[a-z])?(?![a-z\d/-]|[.,]\d)"
)
_LONG: Final = re.compile(
    r"(?:(?<![^\W_])[a-z]{1,4}(?!(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|"
    r"3[01])(?!\d)))?(?<!\d)\d{6,}"
)
_FIVE: Final = re.compile(r"(?<![\d.,])\d{5}(?!\d|[.,]\d)")
_MIXED: Final = re.compile(r"(?<![^\W_])(?=[a-z]{0,63}\d)(?=\d{0,63}[a-z])[a-z0-9]{10,64}(?![^\W_])")
_NUMERIC: Final = re.compile(r"\d{3}|\d\d?[ ./()-]{1,3}\d\d|[a-z\d]{10}")
"""What every number to call or to identify has."""
_TURN: Final = re.compile(r"[a-z]\d|\d[a-z]")
_PIECES: Final = re.compile(r"[a-z]+")
_POINT: Final = re.compile(r"(?:^|[^\d.])\d{1,4}\.$")
_PRECISION: Final = 8
_SERIAL_TURNS: Final = 4
_IDENTIFIER_DIGITS: Final = 7
"""Digits from which groups between dashes are an identifier."""


def contacts(fold: str, *, strict: bool) -> Iterator[Span]:
    """Yield e-mail and net addresses, paths and UIDs; only `strict` what may be a version as well."""
    if "@" in fold or "(at)" in fold or "[at]" in fold:
        yield from _all(_EMAIL, fold, Why.EMAIL)
    if "://" in fold or "www" in fold:
        yield from _all(_URL, fold, Why.URL)
    if ":\\" in fold or ":/" in fold or "\\\\" in fold:
        yield from _all(_WINDOWS_PATH, fold, Why.URL)
    if "/" in fold:
        yield from _all(_UNIX_PATH, fold, Why.URL)
    if "." in fold:
        yield from _all(_HOST, fold, Why.URL)
        for found in _UID.finditer(fold):
            if found.end() - found.start() >= _UID_LENGTH:
                yield Span(*found.span(), Why.UID)
        yield from (span for span in _all(_IP, fold, Why.URL) if _is_ip(fold, span, strict=strict))
    yield from _all(_LOGIN, fold, Why.IDENTIFIER)
    if fold.count(":") > 2 or fold.count("-") > 4:
        yield from _all(_MAC, fold, Why.IDENTIFIER)
        yield from _all(_IP6, fold, Why.URL)


def _all(pattern: re.Pattern[str], fold: str, why: Why) -> Iterator[Span]:
    return (Span(*found.span(), why) for found in pattern.finditer(fold) if found.end() > found.start())


def _is_ip(fold: str, span: Span, *, strict: bool) -> bool:
    """Tell whether four numbers are an address: versions of software look the same."""
    address = fold[span.start : span.end].partition(":")[0]
    numbers = [int(part) for part in address.split(".")]
    if max(numbers) > 255:
        return False
    if _IP_CUE.search(fold[max(0, span.start - 12) : span.start]) or ":" in fold[span.start : span.end]:
        return True
    private = numbers[:2] == [192, 168] or (numbers[0] == 172 and 16 <= numbers[1] < 32) or numbers[0] == 127
    return private or (strict and max(numbers) >= 32)


def times(fold: str, *, strict: bool) -> Iterator[Span]:
    """Yield times of day."""
    if not _TIME_HINT.search(fold):
        return
    for pattern in _TIMES:
        for found in pattern.finditer(fold):
            named = "t" in pattern.groupindex
            if strict or named or found[0][-1:].isalpha() or ":" in found[0]:
                yield Span(*(found.span("t") if named else found.span()), Why.TIME)


def numbers(fold: str, is_clinical: Known, *, strict: bool) -> Iterator[Span]:
    """Yield phones and identifiers that consist of digits, or of letters and digits."""
    yield from _all(_LABELLED, fold, Why.IDENTIFIER)
    if not _NUMERIC.search(fold):
        return
    for pattern in _PHONE:
        yield from (span for span in _all(pattern, fold, Why.PHONE) if _is_phone(fold[span.start : span.end]))
    yield from _national(fold)
    for found in _GROUPS.finditer(fold):
        if _is_identifier(found[0]):
            yield Span(*found.span(), Why.IDENTIFIER)
    for found in _LONG.finditer(fold):
        if not (_is_fraction(fold, *found.span()) or (not strict and _is_in_version(fold, *found.span()))):
            yield Span(*found.span(), Why.IDENTIFIER)
    if strict:
        yield from _strict_numbers(fold, is_clinical)


def ages(fold: str) -> Iterator[Span]:
    """Yield ages over 89 years (45 CFR 164.514(b)(2)(i)(C)), in digits or words."""
    if not _AGE_HINT.search(fold):
        return
    for pattern in AGES:
        for found in pattern.finditer(fold):
            start, end = found.span("age")
            if not _FEVER.search(fold[max(0, start - 20) : end]):
                yield Span(start, end, Why.NUMBER)


def _national(fold: str) -> Iterator[Span]:
    """Yield numbers in the groups that authorities and banks write them in."""
    for pattern in (_SSN, _NHS, _NIR, _FISCAL):
        yield from _all(pattern, fold, Why.IDENTIFIER)
    for pattern in (_SPACED_SSN, _CARD, _IBAN):
        for span in _all(pattern, fold, Why.IDENTIFIER):
            if not _is_round(fold[span.start : span.end]):
                yield span


def _strict_numbers(fold: str, is_clinical: Known) -> Iterator[Span]:
    for found in _LOCAL_PHONE.finditer(fold):
        if not _is_round(found[0]):
            yield Span(*found.span(), Why.PHONE)
    yield from _all(_FIVE, fold, Why.IDENTIFIER)
    for found in _MIXED.finditer(fold):
        words = [piece for piece in _PIECES.findall(found[0]) if len(piece) > 1]
        if len(_TURN.findall(found[0])) >= _SERIAL_TURNS and not any(map(is_clinical, words)):
            yield Span(*found.span(), Why.IDENTIFIER)


def _is_phone(text: str) -> bool:
    """Tell whether there are as many digits as a phone number has, and not all groups are measures."""
    digits = sum(character.isdigit() for character in text)
    if not 7 <= digits <= 16:
        return False
    groups = re.split(r"[^\d]+", text.strip("+() "))
    return "+" in text or any(len(group) >= 3 for group in groups) or len(groups) == 5


def _is_round(text: str) -> bool:
    """Tell whether every group of digits ends in zero, as b-values and window widths do."""
    return all(group.endswith("0") for group in re.findall(r"\d+", text))


def _is_identifier(text: str) -> bool:
    return sum(character.isdigit() for character in text) >= _IDENTIFIER_DIGITS and not _is_round(text)


def _is_fraction(fold: str, start: int, end: int) -> bool:
    """Tell whether digits are behind the point of a decimal number, as in 0.084906."""
    before = _POINT.search(fold[max(0, start - 7) : start])
    return before is not None and end - start <= _PRECISION and fold[end : end + 2].strip()[:1] != "."


def _is_in_version(fold: str, start: int, end: int) -> bool:
    """Tell whether digits are part of a version or of a name of letters and digits of a product."""
    before, after = fold[max(0, start - 2) : start], fold[end : end + 2]
    dotted = (len(before) == 2 and before[1] == "." and before[0].isalnum()) or (
        len(after) == 2 and after[0] == "." and after[1].isalnum()
    )
    return dotted and end - start < 9
