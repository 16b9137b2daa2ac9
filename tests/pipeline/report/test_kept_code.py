"""The compiled templates of the report: used while they fit, made again otherwise, and never needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, Environment

from portal.pipeline.report.kept_code import KeptCode


class CountingEnvironment(Environment):
    """Counts the templates that it compiles."""

    compiled = 0

    def compile(self, *arguments: Any, **options: Any) -> Any:
        self.compiled += 1
        return super().compile(*arguments, **options)


def show(folder: Path, text: str = "Hello {{ name }}", *, made_by: bytes = b"1") -> tuple[str, int]:
    """Return what a new process would show, and how many templates it compiled."""
    environment = CountingEnvironment(loader=DictLoader({"a": text}), bytecode_cache=KeptCode(folder, made_by))
    return environment.get_template("a").render(name="world"), environment.compiled


@pytest.fixture(autouse=True)
def written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def test_the_second_process_compiles_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "__pycache__"
    assert show(folder) == ("Hello world", 1)
    assert show(folder) == ("Hello world", 0)


@pytest.mark.parametrize("other", [{"text": "Bye {{ name }}"}, {"made_by": b"2"}])
def test_another_text_or_another_maker_is_compiled(tmp_path: Path, other: dict[str, Any]) -> None:
    show(tmp_path)
    wanted = other.get("text", "Hello {{ name }}").replace("{{ name }}", "world")
    assert show(tmp_path, **other) == (wanted, 1)
    assert show(tmp_path, **other) == (wanted, 0)


@pytest.mark.parametrize("damage", [lambda data: data[:-3], lambda _: b"", lambda data: data[:-3] + b"xyz"])
def test_a_damaged_file_is_made_again(tmp_path: Path, damage: Any) -> None:
    show(tmp_path)
    [path] = tmp_path.iterdir()
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert show(tmp_path) == ("Hello world", 1)
    assert path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_makes_no_difference(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    assert show(blocked / "__pycache__") == ("Hello world", 1)
    assert show(blocked) == ("Hello world", 1)


def test_nothing_is_written_where_python_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert show(tmp_path) == ("Hello world", 1)
    assert list(tmp_path.iterdir()) == []
