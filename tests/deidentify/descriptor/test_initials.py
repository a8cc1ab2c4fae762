"""Single letters and initials: those of a name go, those of a term stay."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Clean = Callable[..., str]


@pytest.mark.parametrize(
    "text",
    [
        "Femoral Head L",
        "Lung_L",
        "FIESTA-C",
        "RT HIP 2V",
        "VRT 3D",
        "Temp 38.5 C",
        "ABD/PEL W",
        "75cc",
        "T2N1M0",
    ],
)
@pytest.mark.parametrize("pattern", ["{} for Quandry", "{}, Dr. Quandry", "Dr. Quandry, {}", "Mr. Young {}"])
def test_letter_of_a_term_stays_beside_what_goes(text: str, pattern: str, clean: Clean) -> None:
    assert text in clean(pattern.format(text))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("CT CHEST J SMITH", "CT CHEST"),
        ("CT CHEST L. Smith", "CT CHEST"),
        ("CHEST 2 J. Smith", "CHEST 2"),
        ("CHEST 2 J Smith", "CHEST 2"),
        ("CT CHEST for Smith J", "CT CHEST"),
    ],
)
def test_initial_of_a_name_goes(text: str, left: str, clean: Clean) -> None:
    assert clean(text) == left


@pytest.mark.parametrize(
    "text",
    "tech: ABC|tech KW|RT: KW|rad KW|initials KW|performed by TB|Technologist: AB|PERFORMED BY KW".split("|"),
)
def test_initials_of_staff_go_with_their_role(text: str, clean: Clean) -> None:
    assert clean(f"knee, {text}") in ("knee", "knee,")


@pytest.mark.parametrize(
    "text",
    "RT: AP|RT: LE|RT: PTV|tech: CT|performed by CT|ordered by ENT|OP: HWS|50 rad|tech AB chest".split("|"),
)
def test_abbreviation_that_stands_behind_a_role_as_well_stays(text: str, clean: Clean) -> None:
    assert clean(text) == text
