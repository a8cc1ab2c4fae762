"""The conformance statement and the explanations say what the program does."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.deidentify.action import Action, resolved
from gateway.deidentify.descriptor.cleaner import Cleaner
from gateway.deidentify.descriptor.known import Known
from gateway.deidentify.document import dummy_document
from gateway.deidentify.profile_content import UNAVAILABLE
from gateway.standard import confidentiality_profile, safe_private, structured_content
from gateway.standard.attribute_type import attribute_type
from gateway.standard.method import OPTION_CODE, Option

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
EXPLANATION = ROOT / "docs" / "explanation"
ROWS = confidentiality_profile.ROWS


def module(name):
    """Load a module of the generator, which lies beside the gateway and is no part of it."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return importlib.import_module(f"scripts.conformance.{name}")


def page(path):
    return path.read_text(encoding="utf-8")


def table_lines(text, heading=""):
    """Return the lines of all tables behind a heading, as cells, without headings."""
    section = text[text.index(heading) :]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if "---" not in line]


def test_the_pages_are_what_the_program_would_write():
    command = [sys.executable, str(ROOT / "scripts" / "generate_conformance"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), "run scripts/generate_conformance"


def test_every_row_of_each_table_is_in_its_page():
    attributes = table_lines(page(REFERENCE / "de-identification-tables.md"))[1:]
    assert [cells[1] for cells in attributes] == [row.name for row in ROWS]
    concepts = table_lines(page(REFERENCE / "structured-content-concepts.md"))
    listed = [cells[0].removesuffix(" (retired)") for cells in concepts if cells[0] != "concept"]
    assert listed == [row.meaning for row in (*structured_content.ROWS, *structured_content.BEYOND_TABLE)]
    private = table_lines(page(REFERENCE / "private-attributes.md"))
    assert len([cells for cells in private if cells[0] != "tag"]) == len(safe_private.ROWS)


@pytest.mark.parametrize(
    "needed",
    [
        *("### Attributes removed", "### Dummies", "### Encrypted attributes", "### Referential integrity"),
        *("### Attributes inserted", "### Transfer syntaxes", "### Options", "restrictions"),
        *("(E.3.3)", "(E.3.4)", "(E.3.5)", "(E.3.6)", "(E.3.7)", "(E.3.8, E.3.9, E.3.11)", "(E.3.10)"),
    ],
)
def test_the_statement_has_what_the_standard_asks_for(needed):
    assert needed in page(REFERENCE / "conformance-statement.md")


def test_each_option_is_in_the_statement_and_explained():
    statement = page(REFERENCE / "conformance-statement.md")
    assert [option for option in Option if OPTION_CODE[option].value not in statement] == []
    explained = page(EXPLANATION / "de-identification.md")
    assert [option for option in Option if f"`{option}`" not in explained] == []
    assert [option for option in UNAVAILABLE if f"| `{option}` |" in explained] == []


def test_each_reason_is_that_of_a_row_and_each_deviation_has_one():
    deviation = module("deviation")
    reasons = [one.reason for one in deviation.deviations()]
    assert set(reasons) == set(deviation.Reason) == set(deviation.WORDS)


@pytest.mark.parametrize(
    ("keyword", "option", "expected", "action"),
    [
        ("PatientName", None, "Z", Action.KEEP),
        ("StationName", Option.RETAIN_MODIFIED_DATES, "X", Action.KEEP),
        ("StudyDate", Option.RETAIN_MODIFIED_DATES, "C", Action.KEEP),
    ],
)
def test_a_deviation_that_nobody_explains_stops_the_generator(keyword, option, expected, action):
    deviation = module("deviation")
    row = next(row for row in ROWS if row.keyword == keyword)
    with pytest.raises(ValueError, match=keyword):
        _ = deviation.Deviation(row, option, "", expected, action).reason


def test_a_changed_rule_is_found_by_the_comparison(monkeypatch):
    deviation, probe = module("deviation"), module("probe")
    row = next(row for row in ROWS if row.keyword == "PatientTelephoneNumbers")
    seen = probe.Probe.seen

    def mistaken(self, other):
        return Action.KEEP if other is row else seen(self, other)

    monkeypatch.setattr(probe.Probe, "seen", mistaken)
    caches = (probe.actions_seen, deviation.deviations)
    try:
        for cached in caches:
            cached.cache_clear()
        found = [one for one in deviation.deviations() if one.row is row]
    finally:
        for cached in caches:
            cached.cache_clear()
    assert [(one.option, one.expected, one.action) for one in found] == [(None, "X", Action.KEEP)]


@pytest.mark.parametrize("code", sorted({row.basic for row in ROWS if "/" in row.basic}))
def test_compound_actions_are_resolved_alike_but_where_that_is_said(code):
    deviation, iod = module("deviation"), module("iod")
    for row in ROWS:
        if row.basic != code:
            continue
        tag = int(row.tag, 16)
        for kind, place in iod.places(tag).items():
            assert attribute_type(place.sop_class_uid, place.path, tag) == kind
            action = resolved(code, place.sop_class_uid, place.path, tag).value
            assert action == deviation.expected(code, kind) or (code, kind[:1]) == ("X/Z/U*", "2")


def test_a_page_without_its_parts_is_no_page_of_the_generator():
    markdown = module("markdown")
    whole = "a\n<!-- generated: one -->\nold\n<!-- end -->\nb\n"
    assert markdown.replaced(whole, {"one": "new\n"}) == whole.replace("old", "new")
    for parts in ({}, {"two": "new\n"}, {"one": "new\n", "two": "new\n"}):
        with pytest.raises(ValueError, match="parts"):
            markdown.replaced(whole, parts)


def examples():
    lines = table_lines(page(EXPLANATION / "clean-descriptors.md"), "## An allow-list")
    return [
        (cells[0].strip("`"), cells[1].strip("`"))
        for cells in lines
        if len(cells) == 3 and cells[0][:1] == "`"
    ]


@pytest.mark.parametrize(("before", "after"), examples())
def test_an_example_of_a_cleaned_text_comes_out_as_it_is_shown(before, after):
    known = Known()
    known.add_name("Brandt^Lena^Maria")
    known.add_identifier("PAT-778899")
    known.add_place("Klinikum Talheim")
    cleaned = Cleaner().clean(before, known, strict=True, date=None, uid=lambda _: "2.25.…")
    assert cleaned.text == after


@pytest.mark.parametrize(
    ("name", "text", "after", "strict"),
    [
        ("", "long axis view", "long axis view", True),
        ("", "Hodgkin lymphoma", "Hodgkin lymphoma", True),
        ("", "Long, Mark CT", "CT", True),
        ("", "Mr Hodgkin CT", "CT", True),
        ("Long^Mark", "LONG AXIS", "LONG AXIS", True),
        ("Long^Mark", "CT LONG", "CT", True),
        ("", "Zillbauer 3.1", "Zillbauer 3.1", False),
        ("", "built by Dr. Zillbauer", "built", False),
    ],
)
def test_what_the_explanation_says_of_two_meanings_is_so(name, text, after, strict):
    known = Known()
    if name:
        known.add_name(name)
    explained = re.sub(r"\s+", " ", page(EXPLANATION / "clean-descriptors.md"))
    assert text in explained
    assert Cleaner().clean(text, known, strict=strict, date=None, uid=str).text == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("CT of 2019-04-17", "CT of 2019-01-01"),
        ("CT of 04/05/2019", "CT"),
        ("CT of 17.04.19", "CT"),
        ("CT born 17.04.1961", "CT"),
    ],
)
def test_dates_in_text_move_as_the_explanation_says(text, after):
    cleaned = Cleaner().clean(text, Known(), strict=True, date=lambda _: "20190101", uid=str)
    assert cleaned.text == after


@pytest.mark.parametrize(
    ("name", "mime_type"),
    [
        ("PDF", "application/pdf"),
        ("CDA", "text/XML"),
        ("STL", "model/stl"),
        ("OBJ", "model/obj"),
        ("MTL", "model/mtl"),
    ],
)
def test_each_document_that_the_statement_names_has_a_dummy(name, mime_type):
    statement = page(REFERENCE / "conformance-statement.md")
    assert name in statement[statement.index("### Documents") :]
    assert dummy_document(mime_type)


def slugs(text):
    """Return the anchors of a page, as GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_every_link_to_a_heading_leads_somewhere(path):
    links = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page(path))
    missing = [
        f"{file}#{anchor}"
        for file, anchor in links
        if anchor not in slugs(page(path.parent / file if file else path))
    ]
    assert missing == []


def test_every_package_that_runs_with_the_gateway_is_explained():
    lock = page(ROOT / "requirements" / "runtime.txt")
    packages = re.findall(r"^([A-Za-z0-9_.-]+)==", lock, re.MULTILINE)
    rows = " ".join(cells[0] for cells in table_lines(page(EXPLANATION / "dependencies.md")))
    assert len(packages) > 5
    assert [package for package in packages if package not in rows] == []


@pytest.mark.parametrize("path", [REFERENCE / "licences.md", ROOT / "NOTICE"], ids=lambda path: path.name)
def test_every_table_of_the_standard_is_named_with_its_source(path):
    tables = sorted((ROOT / "gateway" / "standard").glob("*.json"))
    assert tables
    assert [table.name for table in tables if f"gateway/standard/{table.name}" not in page(path)] == []
