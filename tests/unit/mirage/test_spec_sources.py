"""Every section of docs/mirage.md that the code cites as the source of a fact is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

NUMBER = r"\d+(?:\.\d+)*"
HEADING = re.compile(rf"^#+ ({NUMBER})\.? ", re.MULTILINE)
CITATION = re.compile(rf"docs/mirage\.md, sections? ({NUMBER}(?:(?:, | and | or | to ){NUMBER})*)")
LINE_BREAK = re.compile(r"\s*\n\s*(?:# )?")  # a citation may go on in the next line of a comment


def cited(text: str) -> set[str]:
    """Return the numbers of the sections of docs/mirage.md that a text cites."""
    lists = CITATION.findall(LINE_BREAK.sub(" ", text))
    return {number for found in lists for number in re.findall(NUMBER, found)}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("# MAME (docs/mirage.md, section 1.3).", {"1.3"}),
        ("a page (docs/mirage.md, sections 3.6 and 3.7).", {"3.6", "3.7"}),
        ("docs/mirage.md, sections 3, 4.1 or 5", {"3", "4.1", "5"}),
        ("    # ASG (docs/mirage.md,\n    # section 2.1)", {"2.1"}),
        ('"""A disk.\n\n    Source: docs/mirage.md, section\n    2.\n', {"2"}),
        ("arXiv:1710.10196, section 3", set()),
    ],
)
def test_a_citation_is_found_however_it_is_written(text: str, numbers: set[str]) -> None:
    assert cited(text) == numbers


def test_every_cited_section_of_the_facts_is_there() -> None:
    headings = set(HEADING.findall((ROOT / "docs" / "mirage.md").read_text(encoding="utf-8")))
    citations = {
        (number, path.relative_to(ROOT).as_posix())
        for folder in ("mirage_gan", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path != Path(__file__)
        for number in cited(path.read_text(encoding="utf-8"))
    }

    assert len(headings) > 20
    assert len(citations) > 10
    assert {citation for citation in citations if citation[0] not in headings} == set()
