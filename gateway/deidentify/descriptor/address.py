"""Postal addresses in a text: a street with a house number, in the order and words of several languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from gateway.deidentify.descriptor.span import Span
from gateway.deidentify.descriptor.technical import UNITS
from gateway.deidentify.descriptor.token import Why

_W: Final = r"[^\W\d_][\w'-]{0,30}\.?"
"""A word of a street's name."""
_UNDASHED: Final = r"[^\W\d_][\w']{0,30}\.?"
"""The same without dashes, for names whose words a dash may join."""
_STREETS: Final = "street|avenue|ave|road|rd|boulevard|blvd|lane|highway|hwy|parkway|pkwy|crescent"
_PERHAPS: Final = "str|ln|drive|dr|court|terrace|square|close|st|way|place"
"""Words for streets that are other things as well."""
_ENGLISH: Final = re.compile(
    rf"(?<![\w.])\d{{1,5}}[a-z]?,? (?P<name>(?:(?:{_W}|\d{{1,3}}(?:st|nd|rd|th)) ){{1,4}}?)"
    rf"(?:(?P<sure>{_STREETS})|"
    rf"{_PERHAPS})\b\.?(?:,? (?:n|s|e|w|ne|nw|se|sw)\b\.?)?"
    r"(?:,? (?:apt|suite|unit|ste|floor|fl|flat)\.? ?#?\w{1,5})?"
    rf"(?P<town>, ?{_W}(?: {_W}){{0,2}}(?= ?(?:$|[,;\n])))?"
)
_GERMANIC_STREETS: Final = (
    r"strasse|str\.|strase|allee|gasse|platz|damm|chaussee|weg|straat|laan|gracht|kade|dijk|plein|gatan|"
    r"vagen|vej|gade|"
    r"gata|veien"
)
_GERMANIC: Final = re.compile(
    rf"\b(?P<name>[^\W\d_]{{2,30}}-?)(?:{_GERMANIC_STREETS}) ?\d{{1,4}}(?: ?[a-z]\b)?(?![\w.]\d)"
)
_GERMAN_STREETS: Final = r"strasse|str\.|allee|platz|weg|gasse|ring|damm"
_GERMAN_WORDS: Final = re.compile(
    rf"\b(?P<name>(?:{_UNDASHED}[ -]){{1,4}}?)(?:{_GERMAN_STREETS}) \d{{1,4}}(?: ?[a-z]\b)?(?![\w.]\d)"
)
_FRENCH_STREETS: Final = "rue|avenue|boulevard|bd|chemin|impasse|allee|quai|route"
_FRENCH: Final = re.compile(
    rf"(?<![\w.])(?:\d{{1,4}}(?: ?(?:bis|ter|b))?,? )?(?:{_FRENCH_STREETS})"
    rf" (?P<name>(?:(?:de|du|des|la|le|l'|d') ?){{0,2}}{_UNDASHED}(?:[ -]{_UNDASHED}){{0,4}})"
    rf"(?:,? \d{{5}}(?: {_W})?)?"
)
_SOUTHERN_STREETS: Final = (
    r"calle|c/|avenida|avda\.?|av\.|plaza|paseo|carretera|via|viale|piazza|corso|largo|rua|travessa|"
    r"praca|ul\.|ulica|"
    r"aleja|al\."
)
_SOUTHERN: Final = re.compile(
    rf"(?<!\w)(?:{_SOUTHERN_STREETS}) ?(?P<name>{_W}(?: {_W}){{0,4}}?),?"
    r" (?:n[.ro°º]{0,3} ?)?\d{1,4}(?: ?[a-z]\b)?(?![\w.]\d)"
)
_TURKISH_STREETS: Final = r"caddesi|cad\.|sokak|sok\.|mahallesi|mah\."
_TURKISH: Final = re.compile(
    rf"\b(?P<name>(?:{_W} ){{1,3}}?)(?:{_TURKISH_STREETS})(?: ?no[:. ]{{0,2}}\d{{1,4}})?"
)
_US_PLACE: Final = re.compile(
    rf"(?:(?<=, )|\b)(?P<name>{_W}(?: {_W}){{0,2}}?), ?(?:a[klrz]|c[aot]|d[ce]|fl|ga|hi|i[adln]|k[sy]|la|"
    rf"m[adeinost]|n[cdehjmvy]|"
    r"o[hkr]|pa|ri|s[cd]|t[nx]|ut|v[at]|w[aivy]) \d{5}(?:-\d{4})?(?!\w)"
)
_POSTAL_CITY: Final = re.compile(rf"(?<![\w.,-])(?:[a-z]{{1,2}}-)?\d{{5}} (?P<name>{_W})(?!\w| ?\d)")
_BRITISH: Final = re.compile(
    r"(?<![\w-])[a-z]{1,2}\d[a-z\d]? \d(?!st\b|nd\b|rd\b|th\b)[abd-hjlnp-uw-z]{2}(?![\w-])"
)
_BRITISH_JOINED: Final = re.compile(
    r"(?<![^\W_])(?:e1|ec[1-4]|n1|nw1|se1|sw1|w1|wc[12])[a-hjkmnp-y]\d[abd-hjlnp-uw-z]{2}(?![^\W_])"
)
"""A code of London, which alone ends in a letter before the digit: of others a scan may have the form."""
_GROUPED_CITY: Final = re.compile(
    rf"(?<![\w.,/-])(?:[1-9]\d{{3}} ?(?P<letters>[a-z]{{2}})|\d\d-\d{{3}}|\d{{4}}-\d{{3}})"
    rf" (?P<name>{_W})(?!\w| ?\d)"
)
"""The codes of the Netherlands, Poland and Portugal, with the town."""
_NO_LETTERS: Final = frozenset(
    "sa sd ss ax tr te ti fa fs pd ms mm cm ml mg kv ma hz hu gy wo ct mr us dx cr pa ap lt rt cc sl "
    "ir".split()
)
"""Pairs of letters that are no part of a code, but a unit or term."""
_JAPANESE: Final = re.compile(
    r"(?P<name>[\u3005-\u3007\u3041-\u30ff\u4e00-\u9fff]{2,20})\d{1,4}(?:丁目)?-?\d{1,4}"
    r"(?:番地?|-)\d{1,4}(?:号|(?![\d相期回次]|[.,-]\d|mm|cm))"
)
_ROOM: Final = re.compile(
    r"(?<![a-z])(?:room|bed|zimmer|bett|chambre|habitacion)(?: (?:no|nr|number))?[.:# ]{1,3}"
    r"\d{1,4}(?:-?[a-d])?"
    r"(?![^\W_]|[.,/-]\d|%| ?(?:mm|cm|ml|min|sec|h|weeks?|days?)(?![a-z]))"
)
_POST_BOX: Final = re.compile(r"\b(?:p\.? ?o\.? box|postfach|postbus|boite postale|apartado)\.? ?\d{1,8}")
_CUE: Final = re.compile(
    rf"\b(?:address|adresse|anschrift|wohnhaft|domicile|indirizzo|direccion|endereco|adres|adress|"
    rf"residing|lives)"
    rf"(?: (?:in|at|a|en|is))?[: ]{{1,3}}(?P<name>{_W})(?:[ ,.]{{1,2}}[\w'./-]{{1,30}}){{0,8}}"
)
_PATTERNS: Final = (
    (_ENGLISH, re.compile(r"\d[a-z]?,? [^\W_]")),
    (_GERMANIC, re.compile(rf"(?:{_GERMANIC_STREETS}) ?\d")),
    (_GERMAN_WORDS, re.compile(rf"[ -](?:{_GERMAN_STREETS}) \d")),
    (_FRENCH, re.compile(rf"(?:{_FRENCH_STREETS}) ")),
    (_SOUTHERN, re.compile(rf"(?<!\w)(?:{_SOUTHERN_STREETS}) ?[^\W\d_]")),
    (_TURKISH, re.compile(rf" (?:{_TURKISH_STREETS})")),
    (_US_PLACE, re.compile(r", ?[a-z]{2} \d{5}")),
)
"""How streets and places are written, and what tells quickly that there is none."""
_USUAL: Final = frozenset(
    "main high church park station market mill north south east west first second third haupt".split()
)
"""Words that streets are often called, and nothing else is before a word for one."""
_STREET_WORDS: Final = frozenset(
    "street str st avenue ave road rd boulevard blvd lane ln drive dr court terrace square highway hwy "
    "parkway pkwy "
    "crescent close way place ring rue bd chemin impasse quai route calle c avenida avda av plaza paseo "
    "carretera via "
    "viale piazza corso largo rua travessa praca ul ulica aleja al box postfach postbus postale apartado "
    "cad sok mah "
    "address adresse anschrift wohnhaft domicile indirizzo direccion endereco adres adress residing "
    "lives".split()
)
_STREET_ENDS: Final = (
    *(
        "strasse",
        "str",
        "strase",
        "allee",
        "gasse",
        "platz",
        "damm",
        "chaussee",
        "weg",
        "straat",
        "laan",
        "gracht",
    ),
    *(
        "kade",
        "dijk",
        "plein",
        "gatan",
        "vagen",
        "vej",
        "gade",
        "gata",
        "veien",
        "caddesi",
        "sokak",
        "mahallesi",
    ),
)
_LEADING: Final = frozenset(
    "by for per via from ref referred performed read ordered requested reviewed reported "
    "dictated signed".split()
)
"""Words before a title that are in no street's name."""
_PARTICLES: Final = frozenset("de du des la le les l d in at a en is".split())
_PART: Final = re.compile(r"[^\W_]+\.?")
_POSTAL: Final = re.compile(
    r"\d{5}|[a-z]\d[a-z\d]? ?\d[a-z]{2}|\d{4} ?[a-z]{2} |\d\d-\d{3} |[番\u3005-\u9fff]\d{1,4}(?:丁目|-)|"
    r"(?:room|bed|zimmer|bett|chambre|habitacion)[^\n\d]{1,9}\d"
)
_WORDS: Final = re.compile(r"[^\W\d_]+")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


def addresses(
    fold: str, is_clinical: Callable[[str], bool], is_term: Callable[[str], bool], *, strict: bool
) -> Iterator[Span]:
    """Yield postal addresses in a folded text.

    Parameters
    ----------
    fold
        The folded text.
    is_clinical
        Tells the words of the vocabulary.
    is_term
        Tells those that mean something by themselves: ``4 VIEW CHEST DR`` is no street.
    strict
        A descriptor, in which a postal code may stand alone.
    """
    if not _may_hold_one(fold):
        return
    for found in _CUE.finditer(fold):
        if not is_clinical(found["name"].rstrip(".")):
            yield Span(found.start(), _name_end(found, is_term), Why.ADDRESS)
    for found in _POST_BOX.finditer(fold):
        yield Span(*found.span(), Why.ADDRESS)
    for pattern, hint in _PATTERNS:
        for found in pattern.finditer(fold) if hint.search(fold) else ():
            if pattern is _ENGLISH and _is_led_to(found["name"]):
                continue
            if found.groupdict().get("sure") or _is_street(found["name"], is_term):
                end = _name_end(found, is_term) if pattern is _FRENCH else _end(found, is_term)
                yield Span(found.start(), end, Why.ADDRESS)
    if strict:
        yield from _codes(fold, is_clinical)


def _codes(fold: str, is_clinical: Callable[[str], bool]) -> Iterator[Span]:
    """Yield postal codes, with the town behind them."""
    for found in _POSTAL_CITY.finditer(fold):
        if not is_clinical(found["name"].rstrip(".")):
            yield Span(*found.span(), Why.ADDRESS)
    for found in _GROUPED_CITY.finditer(fold):
        if found["letters"] not in _NO_LETTERS and not is_clinical(found["name"].rstrip(".")):
            yield Span(*found.span(), Why.ADDRESS)
    for pattern in (_BRITISH, _BRITISH_JOINED, _ROOM):
        yield from (Span(*found.span(), Why.ADDRESS) for found in pattern.finditer(fold))
    if not fold.isascii():
        for found in _JAPANESE.finditer(fold):
            if not is_clinical(found["name"]):
                yield Span(*found.span(), Why.ADDRESS)


def _may_hold_one(fold: str) -> bool:
    """Tell quickly whether a text has a word for a street, or a postal code."""
    if any(word in _STREET_WORDS or word.endswith(_STREET_ENDS) for word in _WORDS.findall(fold)):
        return True
    return _POSTAL.search(fold) is not None


def _is_led_to(name: str) -> bool:
    """Tell whether the words between a number and Dr are no street: 12 mm performed by Dr."""
    words = _WORD.findall(name)
    return not _LEADING.isdisjoint(words) or (bool(words) and words[0] in UNITS)


def _name_end(found: re.Match[str], is_term: Callable[[str], bool]) -> int:
    """Return where an address ends at the latest: before the term that follows its name or number."""
    is_over = False
    for word in _PART.finditer(found.string, found.start("name"), found.end()):
        text = word[0].rstrip(".")
        is_over = is_over or found.string[word.start() - 2 : word.start()] == ", "
        if is_over and is_term(text) and text not in _PARTICLES and not text.endswith(_STREET_ENDS):
            return found.start() + len(found.string[found.start() : word.start()].rstrip(" ,-"))
        is_over = is_over or text not in _PARTICLES
    return found.end()


def _end(found: re.Match[str], is_term: Callable[[str], bool]) -> int:
    """Return where a street ends: with its town, if that is one word or not only terms."""
    town = found.groupdict().get("town")
    words = _WORD.findall(town) if town else []
    return found.start("town") if len(words) > 1 and all(map(is_term, words)) else found.end()


def _is_street(name: str, is_term: Callable[[str], bool]) -> bool:
    """Tell whether the words before or behind a word for a street may name one."""
    words = _WORD.findall(name)
    return not words or any(word in _USUAL or not is_term(word) for word in words)
