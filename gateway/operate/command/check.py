"""``gateway check``: tells whether everything is there that the settings need."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from gateway.errors import SettingsError
from gateway.operate.command import json_option, settings_option
from gateway.operate.examination.examination import examine
from gateway.operate.examination.finding import Finding, Verdict
from gateway.settings import load


@click.command()
@settings_option
@json_option
def command(settings_file: Path, as_json: bool) -> int:
    r"""Examine settings, keys, storage and peers.

    Nothing is written. Every peer that has a host gets a C-ECHO; only that of a destination must
    be answered. Exit code 1 when something failed.

    \b
    Examples:
      gateway check --settings config/gateway.toml
      gateway check --json | jq '.findings[] | select(.verdict != "ok")'
    """
    findings = _findings(settings_file)
    passed = all(finding.verdict is not Verdict.FAILED for finding in findings)
    if as_json:
        click.echo(msgspec.json.encode({"passed": passed, "findings": findings}).decode())
    else:
        for finding in findings:
            click.echo(f"{finding.verdict:<8} {finding.subject}: {finding.detail}")
    return 0 if passed else 1


def _findings(settings_file: Path) -> list[Finding]:
    try:
        settings = load(settings_file)
    except SettingsError as error:
        return [Finding("settings", Verdict.FAILED, str(error))]
    return [Finding("settings", Verdict.OK, str(settings_file)), *examine(settings)]
