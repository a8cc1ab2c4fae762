"""The ``gateway`` command.

Exit codes
----------
=====  ==========================================================================
0      done
1      something that was examined is not in order (``gateway check``, ``status``), or an entry that
       was named is not there (``held``, ``quarantine``, ``record``)
2      the command line is wrong
3      a settings or profile file is wrong (`SettingsError`)
4      a key is missing, unprotected or not this store's (`KeyGuardError`), or a certificate
       cannot be used (`TransportSecurityError`)
5      disk or ledger: full, locked by another gateway, of an unknown version
       (`StorageError`, `SchemaError`)
6      a peer cannot be reached (`AssociationError`)
7      an instance was refused (`Refused`)
70     anything else; a fault of this program
130    interrupted
=====  ==========================================================================
"""

from __future__ import annotations

import importlib
import sys
from typing import Final

import click

from gateway import __version__
from gateway.errors import (
    AssociationError,
    GatewayError,
    KeyGuardError,
    Refused,
    SchemaError,
    SettingsError,
    StorageError,
    TransportSecurityError,
)
from gateway.operate import log
from gateway.operate.supervision.process import forbid_dumps

COMMANDS: Final = (
    "serve",
    "check",
    "status",
    "held",
    "quarantine",
    "audit",
    "backup",
    "renew",
    "record",
    "deidentify",
    "explain",
    "maps",
)
"""Each is the object ``command`` of the module ``gateway.operate.command.<name>``."""

EXIT_CODES: Final[tuple[tuple[type[GatewayError], int], ...]] = (
    (SettingsError, 3),
    (KeyGuardError, 4),
    (TransportSecurityError, 4),
    (StorageError, 5),
    (SchemaError, 5),
    (AssociationError, 6),
    (Refused, 7),
)
INTERNAL_ERROR: Final = 70
INTERRUPTED: Final = 130


class _Commands(click.Group):
    """Imports a command when it is asked for: ``status`` need not wait for what ``serve`` needs."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"gateway.operate.command.{cmd_name}")
        command: click.Command = module.command
        command.help = _with_marks(command.help)
        return command


def _with_marks(text: str | None) -> str | None:
    r"""Turn \b of a raw docstring into click's mark for a paragraph that keeps its lines."""
    return text and text.replace("\\b\n", "\b\n")


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="gateway")
def gateway() -> None:
    r"""Stand between scanners and archive: what leaves is de-identified.

    \b
    gateway check   --settings config/gateway.toml
    gateway serve   --settings config/gateway.toml
    gateway status  --settings config/gateway.toml --json

    Exit codes: 0 done, 1 something examined is not in order, 2 wrong command line, 3 wrong settings,
    4 keys, 5 disk or ledger, 6 peer, 7 instance refused, 70 fault of the program.
    """


gateway.help = _with_marks(gateway.help)


def main() -> None:
    """Run the command line and exit."""
    forbid_dumps()
    log.configure("cli", "warning")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        result = gateway.main(arguments, prog_name="gateway", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except GatewayError as error:
        click.echo(f"gateway: {error}", err=True)
        return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), INTERNAL_ERROR)
    except Exception as error:  # noqa: BLE001 - the last boundary; a traceback could quote a value
        place = log.place(error.__traceback__)
        click.echo(f"gateway: internal error ({type(error).__name__} at {place})", err=True)
        return INTERNAL_ERROR
    return result if isinstance(result, int) else 0
