"""`btportal up` says where the portal answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.cli.processes import _greet
from portal.config import read_settings


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, "http://127.0.0.1:8000/"),
        ({"WEB_PORT": "8123"}, "http://127.0.0.1:8123/"),
        ({"LISTEN": "127.0.0.1:8124", "WEB_PORT": "8123"}, "http://127.0.0.1:8124/"),
        ({"LISTEN": "unix:/run/bttoxin/web.sock"}, "unix:/run/bttoxin/web.sock"),
    ],
)
def test_the_address_is_where_it_listens(
    tmp_path: Path, environment: dict[str, str], address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _greet(read_settings({"JOBS_DIR": str(tmp_path), "EXECUTOR": "local", **environment}))
    assert f"portal:     {address}\n" in capsys.readouterr().out
