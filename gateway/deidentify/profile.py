"""A confidentiality profile: base, options and overrides, resolved to one rule per attribute.

A profile is a TOML file; every key but ``base`` may be left out::

    base = "basic"
    options = ["clean_descriptors", "retain_modified_dates", "retain_safe_private"]
    description = "for the people who read it"

    max_shift_days = 365                  # dates of a patient move back by 1 to so many days
    cap_ages = true                       # ages above 89 years become 090Y
    dates_in_text = "remove"              # or "shift": like the others, in the form they had
    vocabulary = ["words.txt"]            # further words that Clean Descriptors keeps
    named_entities = ""                   # name of an installed finder of names, for Clean Descriptors
    private_attributes = ["private.csv"]  # further private attributes that Retain Safe Private keeps
    trust_private_declarations = false    # believe (0008,0300) of the sender

    [pixels]
    mode = "safe"                         # "all": no text stays in a picture, not even what is clinical
    device_rules = ["devices.toml"]       # areas that go in the images of single devices

    [override]
    "StationName" = "K"                   # `gateway.deidentify.override`
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.deidentify.device_rule import DeviceRule, parse_rules
from gateway.deidentify.needle import folded
from gateway.deidentify.override import Place, applied, overrides_of
from gateway.deidentify.pixel.message import Mode
from gateway.deidentify.private import PrivateRules
from gateway.deidentify.private_attribute import PrivateAttribute, PrivateRule, parse_list
from gateway.deidentify.profile_content import ProfileContent, content_of
from gateway.deidentify.rule import Rule, rule_of
from gateway.errors import SettingsError
from gateway.standard.confidentiality_profile import EDITION, ROWS
from gateway.standard.method import BASIC_PROFILE, OPTION_CODE, Code, Option

_MAX_WORD: Final = 64

Reader = Callable[[str], str]
"""Returns the text of a file that a profile names, or raises SettingsError."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A resolved profile.

    Parameters
    ----------
    name
        Name of the file without its ending.
    options
        Options that are applied.
    rules
        Rule by tag. Attributes without one follow `gateway.deidentify.ruling`.
    placed
        Rule by place, which comes before the one by tag.
    private
        What becomes of private attributes.
    placed_private
        Rules for private attributes in items at a path, which come before.
    retains_private
        Whether any private attribute may stay.
    weakened
        Names of attributes that an override keeps although the profile would not.
    defeated
        Options that overrides keep from being applied in full.
    cap_ages
        Whether ages above 89 years are one.
    max_shift_days
        Most days by which the dates of a patient move, at least one.
    shifts_dates_in_text
        Whether dates inside text move like the others; if not they are removed.
    words
        Words that Clean Descriptors and Clean Pixel Data keep besides their own vocabulary, folded.
    named_entities
        Name of the plug-in that finds names in text, empty for none.
    pixel_mode
        What becomes of text in pictures.
    device_rules
        Areas that go in the images of single devices.
    fingerprint
        Hex digest of the file's text, of the lists it names and of the table's edition.
    """

    name: str
    options: frozenset[Option]
    rules: Mapping[int, Rule]
    placed: Mapping[Place, Rule]
    private: PrivateRules
    placed_private: Mapping[Place, Mapping[PrivateAttribute, PrivateRule]]
    retains_private: bool
    weakened: tuple[str, ...]
    defeated: frozenset[Option]
    cap_ages: bool
    max_shift_days: int
    shifts_dates_in_text: bool
    words: frozenset[str]
    named_entities: str
    pixel_mode: Mode
    device_rules: tuple[DeviceRule, ...]
    fingerprint: str

    @classmethod
    def load(cls, text: str, file_name: str, read: Reader | None = None) -> Profile:
        """Read a profile.

        Parameters
        ----------
        text, file_name
            Of the profile file; the name is for messages, and gives the profile its own.
        read
            Reads the lists that the profile names. Without it a profile that names one does not load.

        Raises
        ------
        SettingsError
            On anything that is not exactly a profile, and on an option that does not exist yet.
        """
        content = content_of(text, file_name)
        lists = {name: _read(name, file_name, read) for name in content.lists}
        rules = _table(content)
        overrides = overrides_of(content.override, file_name)
        result = applied(rules, overrides, content.options, file_name)
        return cls(
            name=re.sub(r"[^A-Za-z0-9_.-]", "_", file_name.rsplit("/", 1)[-1].removesuffix(".toml")),
            options=frozenset(content.options),
            rules=MappingProxyType(rules),
            placed=MappingProxyType(dict(result.placed)),
            private=_private_rules(content, lists, overrides.private[None]),
            placed_private={path: rules for path, rules in overrides.private.items() if path is not None},
            retains_private=Option.RETAIN_SAFE_PRIVATE in content.options or any(overrides.private.values()),
            weakened=result.weakened,
            defeated=result.defeated,
            cap_ages=content.cap_ages,
            max_shift_days=content.max_shift_days,
            shifts_dates_in_text=content.dates_in_text == "shift",
            words=frozenset().union(*(_words(lists[name], name) for name in content.vocabulary)),
            named_entities=content.named_entities,
            pixel_mode=Mode(content.pixels.mode),
            device_rules=tuple(
                rule for name in content.pixels.device_rules for rule in parse_rules(lists[name], name)
            ),
            fingerprint=_fingerprint(text, lists),
        )

    @property
    def claims(self) -> tuple[Code, ...]:
        """Codes for (0012,0064): what is applied in full, and nothing else.

        Of some options only the instance tells whether they were (`gateway.deidentify.method`).
        """
        base = () if self.weakened else (BASIC_PROFILE,)
        return (*base, *(OPTION_CODE[option] for option in Option if option in self.options - self.defeated))

    @property
    def method(self) -> tuple[str, ...]:
        """Values of De-identification Method (0012,0063), each at most 64 characters."""
        values = [f"PS3.15 {EDITION} Basic Profile, {self.name[:24]} {self.fingerprint[:8]}"]
        values += [f"weaker than the profile: {name}"[:64].replace("\\", "/") for name in self.weakened]
        return tuple(values)


def _table(content: ProfileContent) -> dict[int, Rule]:
    """Return the rules of the rows that name a single attribute."""
    return {
        int(row.tag, 16): rule_of(row, content.options, cap_ages=content.cap_ages)
        for row in ROWS
        if row.tag.isalnum() and "x" not in row.tag and row.tag != "private"
    }


def _private_rules(
    content: ProfileContent, lists: Mapping[str, str], overrides: Mapping[PrivateAttribute, PrivateRule]
) -> PrivateRules:
    keeps_dates = not {Option.RETAIN_FULL_DATES, Option.RETAIN_MODIFIED_DATES}.isdisjoint(content.options)
    return PrivateRules(
        retain_safe=Option.RETAIN_SAFE_PRIVATE in content.options,
        site={**_site_list(content, lists), **overrides},
        trust_declarations=content.trust_private_declarations,
        keep_dates=keeps_dates,
        keep_pictures=Option.CLEAN_PIXEL_DATA not in content.options,
    )


def _read(name: str, file_name: str, read: Reader | None) -> str:
    if read is None:
        raise SettingsError(file_name, name, "a profile without lists: it was not read from a folder")
    return read(name)


def _site_list(content: ProfileContent, lists: Mapping[str, str]) -> dict[PrivateAttribute, PrivateRule]:
    """Return the rules of all lists of private attributes, which must not speak of one twice."""
    found: dict[PrivateAttribute, PrivateRule] = {}
    for name in content.private_attributes:
        rules = parse_list(lists[name], name)
        twice = found.keys() & rules.keys()
        if twice:
            raise SettingsError(name, "", f"attributes of no other list; {min(twice)} is in one")
        found |= rules
    return found


def _words(text: str, file_name: str) -> frozenset[str]:
    """Return the words of a site's vocabulary: one or more a line, ``#`` begins a comment."""
    words = frozenset(folded(word) for line in text.splitlines() for word in line.partition("#")[0].split())
    for word in sorted(words):
        if len(word) > _MAX_WORD or not any(character.isalpha() for character in word):
            raise SettingsError(file_name, "", "words of letters, of at most 64 characters")
    return words


def _fingerprint(text: str, lists: Mapping[str, str]) -> str:
    digest = hashlib.sha256(f"{EDITION}\n{text}".encode())
    for name in sorted(lists):
        digest.update(f"\n{name}\n{hashlib.sha256(lists[name].encode()).hexdigest()}".encode())
    return digest.hexdigest()
