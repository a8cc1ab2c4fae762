"""From the text of a settings file to checked values, and from a fault to what was expected."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from gateway.association.project import Project
from gateway.errors import SettingsError
from gateway.settings.rule import faults
from gateway.settings.shape import Settings


def load(path: Path) -> Settings:
    """Read and check a settings file.

    Raises
    ------
    SettingsError
        The file is missing or not TOML, a key is unknown, a value has the wrong type or does
        not fit the other values.
    """
    document = _document(path)
    try:
        settings = msgspec.convert(document, Settings, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise _explained(str(path), document, str(error)) from None
    for key, expected in faults(settings):
        raise SettingsError(str(path), key, f"expected {expected}")
    return _with_paths(settings, path)


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(str(path), "", f"expected a readable settings file ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(str(path), "", f"expected a TOML document: {error}") from None


def _path(_: type, text: object) -> Path:
    if not isinstance(text, str) or not text:
        raise ValueError("Expected a path")
    return Path(text)


def _with_paths(settings: Settings, path: Path) -> Settings:
    folder = path.parent.absolute()
    replace = msgspec.structs.replace
    directory = folder / settings.storage.directory
    keys = directory / "keys"
    sealing = settings.storage.sealing_key_file
    storage = replace(
        settings.storage,
        directory=directory,
        sealing_key_file=str(folder / sealing if sealing else keys / "sealing.key"),
    )
    projects = tuple(
        replace(
            project,
            key_file=str(folder / project.key_file if project.key_file else keys / f"{project.name}.key"),
            profile=str(_profile(path, project)),
            named_entity_model=str(folder / project.named_entity_model) if project.named_entity_model else "",
        )
        for project in settings.project
    )
    log = replace(settings.log, file=str(folder / settings.log.file) if settings.log.file else "")
    files = {
        key: str(folder / file) if (file := getattr(settings.tls, key)) else ""
        for key in ("certificate_file", "key_file", "ca_file")
    }
    tls = replace(settings.tls, **files)
    pixels = replace(
        settings.pixels,
        private_tmpfs=str(folder / tmpfs) if (tmpfs := settings.pixels.private_tmpfs) else "",
        plug_in_model=str(folder / model) if (model := settings.pixels.plug_in_model) else "",
    )
    return replace(settings, storage=storage, log=log, project=projects, tls=tls, pixels=pixels)


def _profile(path: Path, project: Project) -> Path:
    profiles = path.parent.absolute() / "profiles"
    is_path = project.profile.endswith(".toml")
    file = path.parent.absolute() / project.profile if is_path else profiles / f"{project.profile}.toml"
    if not file.is_file():
        known = ", ".join(sorted(other.stem for other in profiles.glob("*.toml"))) or "none"
        expected = f"expected a path ending in .toml or the name of a profile in {profiles} (there: {known})"
        raise SettingsError(str(path), f"project.{project.name}.profile", expected)
    return file


def _explained(file: str, document: dict[str, Any], message: str) -> SettingsError:
    fault, _, where = message.partition(" - at `$")
    steps = re.findall(r"\.(\w+)|\[(\d+)\]", where)
    path = [int(index) if index else name for name, index in steps]
    key = _dotted(document, path)
    if match := re.match(r"Object contains unknown field `(.*)`", fault):
        return SettingsError(file, _joined(key, match[1]), _known_key(path, match[1]))
    if match := re.match(r"Object missing required field `(.*)`", fault):
        return SettingsError(file, _joined(key, match[1]), "expected a value: this key has no default")
    if fault.startswith("Invalid enum value"):
        return SettingsError(file, key, f"expected one of {', '.join(map(str, _choices(path)))}")
    return SettingsError(file, key, fault[0].lower() + fault[1:].replace("`", ""))


def _joined(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _dotted(document: Any, path: list[str | int]) -> str:
    """Name the place as an operator would: entries of arrays of tables go by their name."""
    key = ""
    for step in path:
        document = document[step]
        if isinstance(step, str):
            key = _joined(key, step)
        elif isinstance(document, dict) and isinstance(document.get("name"), str):
            key = _joined(key, document["name"])
        else:
            key += f"[{step}]"
    return key


def _type_at(path: list[str | int]) -> inspect.Type:
    found: inspect.Type = inspect.type_info(Settings)
    for step in path:
        if isinstance(found, inspect.UnionType):
            found = next(one for one in found.types if not isinstance(one, inspect.NoneType))
        if isinstance(found, inspect.VarTupleType):
            found = found.item_type
        elif isinstance(found, inspect.StructType):
            found = next(field.type for field in found.fields if field.name == step)
    return found


def _known_key(path: list[str | int], name: str) -> str:
    table = _type_at(path)
    names = [field.name for field in table.fields] if isinstance(table, inspect.StructType) else []
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {close[0]}?" if close else f": {', '.join(names)}"
    return f"expected a known key{hint}"


def _choices(path: list[str | int]) -> Iterable[object]:
    found = _type_at(path)
    if isinstance(found, inspect.EnumType):
        return list(found.cls)
    return found.values if isinstance(found, inspect.LiteralType) else ()
