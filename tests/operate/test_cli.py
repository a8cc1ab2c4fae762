import json

import click
import pytest

from gateway.errors import (
    GatewayError,
    KeyGuardError,
    LedgerUnavailable,
    PeerUnreachable,
    Reason,
    Refused,
    SchemaError,
    SettingsError,
)
from gateway.operate import cli


@pytest.fixture
def failing(monkeypatch):
    """Make `gateway status` raise."""

    def fail(error: BaseException) -> None:
        @click.command()
        def command() -> None:
            raise error

        monkeypatch.setattr("gateway.operate.command.status.command", command)

    return fail


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingsError("gateway.toml", "server.port", "a port"), 3),
        (KeyGuardError("missing"), 4),
        (LedgerUnavailable("busy"), 5),
        (SchemaError("newer"), 5),
        (PeerUnreachable("no connection"), 6),
        (Refused(Reason.STRUCTURE, "cut"), 7),
        (GatewayError("other"), 70),
        (click.Abort(), 130),
    ],
)
def test_each_error_has_its_exit_code_and_is_said_on_standard_error(failing, capsys, error, code):
    failing(error)
    assert cli.run(["status"]) == code
    assert str(error) in capsys.readouterr().err


def test_an_unexpected_error_is_said_without_its_message(failing, capsys):
    failing(ValueError("DOE^JOHN"))
    assert cli.run(["status"]) == 70
    said = capsys.readouterr()
    assert "DOE" not in said.err + said.out
    assert "ValueError at" in said.err


@pytest.mark.parametrize("arguments", [["nonsense"], ["serve", "--nonsense"], ["serve", "more"]])
def test_a_wrong_command_line_is_exit_code_2(arguments, capsys):
    assert cli.run(arguments) == 2
    assert "Error" in capsys.readouterr().err


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_a_help_text_with_an_example(name, capsys):
    assert cli.run([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"gateway {name} " in text
    assert "\\b" not in text


def test_the_command_line_lists_every_command_and_the_exit_codes(capsys):
    assert cli.run(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"  {name} " in text for name in cli.COMMANDS)
    assert "Exit codes" in text


def test_the_version_is_told(capsys):
    from gateway import __version__

    assert cli.run(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_check_tells_wrong_settings_as_a_finding(tmp_path, capsys):
    assert cli.run(["check", "--json", "--settings", str(tmp_path / "nowhere.toml")]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["passed"] is False
    assert report["findings"][0]["subject"] == "settings"
