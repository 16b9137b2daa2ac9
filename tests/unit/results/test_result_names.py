"""One place spells the names of result files, and one says what type they are of."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import portal
from portal.results import media, names

PORTAL = Path(portal.__file__).parent
# What lies in `files/` are other documents: a submission has a manifest of its own.
OTHERS = ("files/", "reference/", "results/names.py", "results/media.py")


def known_names() -> set[str]:
    """Return every name that the table spells: files, folders and beginnings of pictures."""
    plain = {value for value in vars(names).values() if isinstance(value, str) and value != names.__name__}
    listed = {*names.FOLDERS.values(), *names.Picture, *names.ComparePicture, *names.COMPARE_FILES}
    endings = {names.strain_list(""), names.strain_gff3(""), names.strain_genbank(""), names.plot_table("")}
    found = {text for text in plain | set(map(str, listed)) | endings if not text.startswith(("_", "\n"))}
    # Words of their own as well: a column, a kind of drawing, a title.
    return found - {"domains", "inventory", "Comparison", names.__file__, names.__doc__ or ""}


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the texts of a module with their lines, without docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def test_nobody_else_spells_a_name_of_a_result() -> None:
    known = known_names()
    assert len(known) > 35
    spelled = [
        f"{path.relative_to(PORTAL)}:{line}: {text!r}"
        for path in sorted(PORTAL.rglob("*.py"))
        if not str(path.relative_to(PORTAL)).startswith(OTHERS)
        for line, text in literals(path)
        if text in known or text.rpartition("/")[2] in known
    ]
    assert spelled == []


def test_scripts_of_the_pages_get_the_names_from_the_server() -> None:
    known = {name for name in known_names() if "." in name.strip(".")}
    for script in (PORTAL / "web" / "static").glob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert [name for name in known if f'"{name}"' in text] == [], script.name


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (names.ALL_TOXINS, "text/tab-separated-values"),
        (f"{names.FOLDERS[next(iter(names.FOLDERS))]}/{names.ALL_TOXINS}", "text/tab-separated-values"),
        (names.strain_list("HD-1"), "text/plain"),
        (names.strain_gff3("HD-1"), "text/plain"),
        (names.strain_genbank("HD-1"), "text/plain"),
        (names.plot_table("inventory"), "text/tab-separated-values"),
        (names.SCORES_JSON, "application/json"),
        (names.BUNDLE_ZIP, "application/zip"),
        (names.CHECKSUMS, "text/plain"),
        ("picture.PNG", "image/png"),
        ("no_ending", "application/octet-stream"),
    ],
)
def test_types_are_registered_ones_and_texts_are_utf_8(name: str, kind: str) -> None:
    assert media.media_type(name) == kind
    expected = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    assert media.content_type(name) == expected
