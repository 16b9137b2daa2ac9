"""Links between the documents lead somewhere, code names documents that exist, and the index lists them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
_LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
_TEXTS = {".py", ".md", ".html", ".cfg", ".toml", ".js", ".css", ".yml", ".txt"}


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    wrong = []
    for target, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        leads_to = page.parent / target if target else page
        if not leads_to.exists() or (anchor and anchor not in anchors(leads_to)):
            wrong.append(f"{target}#{anchor}")
    assert wrong == []


def test_every_document_that_a_file_names_exists() -> None:
    """`docs/...` in a comment, a docstring or a text."""
    rooms = ("portal", "slurm", "templates", "tests", "docs", "bench")
    listed = [*ROOT.glob("*"), *(path for room in rooms for path in (ROOT / room).rglob("*"))]
    files = [path for path in listed if path.suffix in _TEXTS and "vendor" not in path.parts]
    wrong = {
        f"{name(file)}: {document}"
        for file in files
        for document in re.findall(r"(?<![/\w])docs/[\w./-]+\.(?:md|svg|png|jpg)", file.read_text(encoding="utf-8"))
        if not (ROOT / document).exists()
    }
    assert wrong == set()


def test_the_index_lists_every_document() -> None:
    index = DOCS / "README.md"
    listed = {(DOCS / target).resolve() for target, _ in _LINK.findall(index.read_text(encoding="utf-8")) if target}
    assert set(DOCS.rglob("*.md")) - {index} - listed == set()


def test_every_decision_has_a_date_a_state_and_what_else_was_looked_at() -> None:
    choices = (ROOT / "docs/develop/decisions.md").read_text().split("## Choices\n", 1)[1]
    records = re.split(r"^### ", choices, flags=re.MULTILINE)[1:]
    assert len(records) > 15
    line = re.compile(r"\*20\d\d-\d\d-\d\d, (in force|given up for .+)\. Instead of: .+\*", re.DOTALL)
    assert [record.splitlines()[0] for record in records if not line.match(record.split("\n\n")[1])] == []


@pytest.mark.parametrize("page", sorted((DOCS / "develop").glob("*.md")), ids=name)
def test_every_file_of_the_code_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"`([\w./-]+\.(?:py|js|html|j2))`", page.read_text()))
    there = {
        str(path.relative_to(ROOT))
        for folder in ("portal", "slurm", "templates", "tests", "bench", "client", "tools")
        for path in (ROOT / folder).rglob("*.*")
    } | {path.name for path in ROOT.iterdir()}
    assert sorted(file for file in named if not any(path == file or path.endswith(f"/{file}") for path in there)) == []


def test_every_test_that_the_security_page_names_is_there() -> None:
    text = (ROOT / "docs/operate/security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:unit|web|e2e|contract|pipeline|browser)/[\w/]+\.py)(?:::(\w+))?`", text))
    assert len(named) > 50
    for file, name in named:
        source = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in source, f"{file}::{name}"
