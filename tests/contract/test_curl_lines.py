"""Every line with `curl` in the documentation of the API is one that curl takes."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

_DOCS = Path(__file__).parents[2] / "docs/use/api.md"
_BLOCKS = re.findall(r"^```sh\n(.*?)^```$", _DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
_WRITTEN = [line for block in _BLOCKS for line in re.sub(r"\\\n\s*", "", block).splitlines() if "curl " in line]
_FILES = ("genome.fna", "1.fna", "2.fna", "sites.csv", "announce.json")
_CANNOT_CONNECT = 7  # of curl: everything before that was right


@pytest.mark.parametrize("line", _WRITTEN)
def test_curl_takes_a_line_of_the_docs(line: str, tmp_path: Path) -> None:
    for name in _FILES:
        (tmp_path / name).write_text("x", encoding="ascii")
    nowhere = {"URL": "http://127.0.0.1:1", "TOKEN": "t", "VIEW_TOKEN": "v", "TASK": "a", "SUBMISSION": "b"}
    environment = {**os.environ, **nowhere, "NO_PROXY": "*"}
    done = subprocess.run(
        ["bash", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == _CANNOT_CONNECT, done.stderr


def test_there_are_lines_and_a_wrong_one_would_be_found(tmp_path: Path) -> None:
    assert len(_WRITTEN) > 50
    wrong = ["curl", "-OJ", "-C", "-", "http://127.0.0.1:1/bundle"]
    assert subprocess.run(wrong, cwd=tmp_path, capture_output=True, timeout=30, check=False).returncode == 2
