"""The commands of ``gateway``, one a module; each has an object ``command``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

_DEFAULT: Final = Path("config/gateway.toml")

settings_option: Final[Callable[[Callable[..., Any]], Callable[..., Any]]] = click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=_DEFAULT,
    envvar="GATEWAY_SETTINGS",
    show_default=True,
    show_envvar=True,
    help="The settings file.",
)
"""Adds ``settings_file`` to a command."""

json_option: Final[Callable[[Callable[..., Any]], Callable[..., Any]]] = click.option(
    "--json", "as_json", is_flag=True, help="One JSON document on standard output, for programs."
)
"""Adds ``as_json`` to a command."""
