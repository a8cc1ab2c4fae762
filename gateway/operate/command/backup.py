"""``gateway backup``: copies what a gateway holds, in the order that loses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
import msgspec

from gateway.operate.command import json_option, settings_option
from gateway.operate.storage.backup import back_up
from gateway.settings import load

_MIB: Final = 1 << 20


@click.command()
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--keys",
    type=click.Path(path_type=Path, file_okay=False),
    help="Copy the key files too, to this directory. Never beside the backup.",
)
@settings_option
@json_option
def command(target: Path, keys: Path | None, settings_file: Path, as_json: bool) -> None:
    r"""Copy ledger, instances and linkage store to TARGET, in this order.

    Works while the gateway runs and while it does not. A second backup to the same TARGET copies
    only the files that are new, and puts new copies of the databases in place of the old ones once
    they are complete and checked. How to restore: docs/how-to/backup.md.

    \b
    Examples:
      gateway backup /backup/gateway
      gateway backup /backup/gateway --keys /media/safe/gateway-keys
    """
    made = back_up(load(settings_file), target, keys)
    if as_json:
        click.echo(msgspec.json.encode(made).decode())
        return
    databases = (made.ledger_bytes + made.linkage_bytes) / _MIB
    click.echo(f"databases: {databases:.1f} MiB, whole")
    click.echo(
        f"files:     {made.files} copied ({made.files_bytes / _MIB:.1f} MiB), {made.present} there before"
    )
    click.echo(
        f"keys:      {made.keys} copied" if keys is not None else "keys:      none; --keys copies them"
    )
