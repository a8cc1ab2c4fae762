"""A site's own rules by device: areas of its images that are always blacked.

They are facts of a site: what a device burns in, and where, is decided by how it was set up there.
A file of rules is TOML, named by a profile under ``[pixels] device_rules``::

    [[device]]
    manufacturer = "Example Imaging"     # Manufacturer (0008,0070); * and ? stand for anything
    model = "Sono*"                      # Manufacturer's Model Name (0008,1090), likewise
    rows = 768                           # of the images that the rule is for
    columns = 1024
    boxes = [[0, 0, 1024, 40]]           # left, top, right, bottom: right and bottom are outside
    reason = "banner with name and ID"   # for people
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import translate
from typing import Annotated, Final

import msgspec

from gateway.deidentify.header_values import HeaderValues
from gateway.deidentify.pixel.box import Box
from gateway.deidentify.pixel.image import Image
from gateway.errors import SettingsError

MAX_BOXES: Final = 64
_Pattern = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Size = Annotated[int, msgspec.Meta(ge=1, le=65535)]
_Edge = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class _Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of a rule."""

    manufacturer: _Pattern
    model: _Pattern
    rows: _Size
    columns: _Size
    boxes: Annotated[
        tuple[tuple[_Edge, _Edge, _Edge, _Edge], ...], msgspec.Meta(min_length=1, max_length=MAX_BOXES)
    ]
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of a file of rules; one without a rule is an example that nobody filled in."""

    device: tuple[_Device, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceRule:
    """Areas that go in the images of one kind of device.

    Parameters
    ----------
    manufacturer, model
        What the whole value must match, without regard to case.
    rows, columns
        Size of the images: elsewhere the coordinates mean something else.
    boxes
        The areas, inside of the image.
    """

    manufacturer: re.Pattern[str]
    model: re.Pattern[str]
    rows: int
    columns: int
    boxes: tuple[Box, ...]

    def fits(self, manufacturer: str, model: str, image: Image) -> bool:
        """Tell whether the rule is for images of a device."""
        return (
            (self.rows, self.columns) == (image.rows, image.columns)
            and self.manufacturer.fullmatch(manufacturer) is not None
            and self.model.fullmatch(model) is not None
        )


def parse_rules(text: str, file_name: str) -> tuple[DeviceRule, ...]:
    """Read a file of rules.

    Raises
    ------
    SettingsError
        On anything that is not exactly a rule, and on an area outside of the image.
    """
    try:
        content = msgspec.convert(tomllib.loads(text), _File)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(file_name, "", f"not valid TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise SettingsError(file_name, "device", str(error)) from error
    return tuple(_rule(device, place, file_name) for place, device in enumerate(content.device))


def _rule(device: _Device, place: int, file_name: str) -> DeviceRule:
    boxes = []
    for left, top, right, bottom in device.boxes:
        if not (left < right <= device.columns and top < bottom <= device.rows):
            expected = "left, top, right, bottom, the first two smaller than the last, inside of the image"
            raise SettingsError(file_name, f"device[{place}].boxes", expected)
        boxes.append(Box(top, left, bottom, right))
    return DeviceRule(
        _pattern(device.manufacturer), _pattern(device.model), device.rows, device.columns, tuple(boxes)
    )


def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob.strip()), re.IGNORECASE)


def boxes_of(rules: Iterable[DeviceRule], values: HeaderValues, image: Image) -> tuple[Box, ...]:
    """Return the areas that go from an image, of all rules for its device.

    Parameters
    ----------
    rules
        Of the site.
    values, image
        Top level of the instance, and its size.
    """
    manufacturer, model = values.term("Manufacturer"), values.term("ManufacturerModelName")
    found: dict[Box, None] = {}
    for rule in rules:
        if rule.fits(manufacturer, model, image):
            found |= dict.fromkeys(rule.boxes)
    return tuple(found)
