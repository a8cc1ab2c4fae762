import ast
import re
from pathlib import Path

import msgspec
import pytest

from gateway.association.peer import Peer
from gateway.association.project import Project
from gateway.errors import Reason
from gateway.operate.cli import COMMANDS, EXIT_CODES
from gateway.settings import Forward, Log, Server, Storage
from gateway.standard.status import status_of

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
REFERENCE = ROOT / "docs" / "reference"
LOG_METHODS = {"debug", "info", "warning", "error", "exception"}


def page(name):
    return (REFERENCE / name).read_text(encoding="utf-8")


def logged_events():
    events = set()
    for path in (ROOT / "gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                text = node.args[0]
                if (
                    node.func.attr in LOG_METHODS
                    and isinstance(text, ast.Constant)
                    and isinstance(text.value, str)
                ):
                    events.add(text.value)
    return events


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(path):
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (path.parent / link).exists()] == []


@pytest.mark.parametrize(
    "table", [Server, Storage, Log, Forward, Project, Peer], ids=lambda table: table.__name__
)
def test_every_key_of_the_settings_is_explained(table):
    keys = [field.name for field in msgspec.structs.fields(table)]
    assert [key for key in keys if f"`{key}`" not in page("settings.md")] == []


def test_every_reason_of_refusal_is_explained_with_its_status():
    text = page("statuses.md")
    rows = {reason: f"| {status_of(reason):04X}H | `{reason}` |" for reason in Reason}
    assert [reason for reason, row in rows.items() if row not in text] == []


def test_every_command_and_exit_code_is_explained():
    text = page("commands.md")
    assert [command for command in COMMANDS if f"`gateway {command}" not in text] == []
    assert [code for _, code in EXIT_CODES if f"| {code} |" not in text] == []


def test_every_log_event_is_explained():
    events = logged_events()
    assert "gateway_ready" in events
    assert [event for event in sorted(events) if f"`{event}`" not in page("log-events.md")] == []
