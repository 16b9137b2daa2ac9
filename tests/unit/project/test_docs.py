"""Links between the documents lead somewhere, code names documents that exist, and the index lists them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
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


@pytest.mark.parametrize("page", [*sorted((DOCS / "develop").glob("*.md")), ROOT / "CONTRIBUTING.md"], ids=name)
def test_every_file_of_the_code_that_a_page_names_exists(page: Path) -> None:
    words = " ".join(re.findall(r"`([^`\n]+)`", page.read_text()))
    named = set(re.findall(r"(?<![\w./*-])([\w./-]+\.(?:py|js|html|j2))(?![\w/])", words))
    there = {
        str(path.relative_to(ROOT))
        for folder in ("portal", "slurm", "templates", "tests", "bench", "client", "tools")
        for path in (ROOT / folder).rglob("*.*")
    } | {path.name for path in ROOT.iterdir()}
    assert sorted(file for file in named if not any(path == file or path.endswith(f"/{file}") for path in there)) == []


# The chapters of ASVS 5.0 and how many requirement groups each has.
ASVS = dict(zip(range(1, 18), (5, 4, 7, 4, 4, 8, 6, 4, 2, 7, 7, 3, 4, 3, 4, 5, 3), strict=True))


def test_every_requirement_group_of_the_asvs_has_its_row() -> None:
    rows = re.findall(r"^\| (\d+)\.(\d+) .*? \| (met|met but one|n/a) \| .+? \| (.*?)\|$", read("asvs"), re.MULTILINE)
    assert [(int(a), int(b)) for a, b, _, _ in rows] == [(a, b) for a, most in ASVS.items() for b in range(1, most + 1)]
    without = [f"{a}.{b}" for a, b, state, evidence in rows if state != "n/a" and not evidence.strip()]
    assert without == [group for group in without if group.endswith(".1")], "only documentation is its own evidence"


def read(page: str) -> str:
    return (ROOT / f"docs/operate/{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("page", "least"), [("security", 25), ("asvs", 60)])
def test_every_test_that_the_security_pages_name_is_there(page: str, least: int) -> None:
    named = set(re.findall(r"`((?:unit|web|e2e|contract|pipeline|browser)/[\w/]+\.py)(?:::(\w+))?`", read(page)))
    assert len(named) > least
    for file, name in named:
        source = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert not name or f"def {name}(" in source, f"{file}::{name}"
