"""What pages load is kept for a year, packed, and never of two versions."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from flask.testing import FlaskClient

from portal.web.static_files import FOLDER, static_digest

_PACKED = {"Accept-Encoding": "gzip, br"}


def _address(client: FlaskClient, name: str) -> str:
    found = re.search(rf'"(/static/[0-9a-f]{{12}}/{re.escape(name)})"', client.get("/").text)
    assert found, f"{name} has no address of its version"
    return found[1]


def test_every_static_file_is_kept(client: FlaskClient) -> None:
    root = _address(client, "portal.css").removesuffix("portal.css")
    names = [path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()]
    assert len(names) > 30
    for name in names:
        answer = client.get(root + name, headers=_PACKED)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable", name
        is_text = not name.endswith((".png", ".woff2", ".ico", "LICENSE", "NOTICE"))
        if is_text and (FOLDER / name).stat().st_size > 1024 and "LICENSE" not in name:
            assert answer.headers.get("Content-Encoding") == "gzip", name
        again = client.get(root + name, headers={**_PACKED, "If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), name


def test_a_static_file_is_kept_and_packed(client: FlaskClient) -> None:
    answer = client.get(_address(client, "portal.css"), headers=_PACKED)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert gzip.decompress(answer.data) == (FOLDER / "portal.css").read_bytes()
    assert len(answer.data) < len(gzip.decompress(answer.data)) / 2
    again = client.get(answer.request.path, headers={**_PACKED, "If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    plain = client.get(answer.request.path)
    assert plain.data == (FOLDER / "portal.css").read_bytes()
    assert "Content-Encoding" not in plain.headers


def test_another_version_leads_to_the_files_of_today_and_is_not_kept(client: FlaskClient) -> None:
    for address in ("/static/page.js", "/static/0123456789ab/page.js"):
        answer = client.get(address)
        assert answer.data == (FOLDER / "page.js").read_bytes()
        assert "no-cache" in answer.headers["Cache-Control"]
    for address in ("/static/0123456789ab/../../app.py", "/static/0123456789ab/%2e%2e/app.py", "/static/nothing.js"):
        assert client.get(address).status_code == 404


def test_the_address_changes_with_any_file(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1", encoding="ascii")
    first = static_digest(tmp_path)
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "b.js").write_text("1", encoding="ascii")
    second = static_digest(tmp_path)
    (tmp_path / "a.js").write_text("2", encoding="ascii")
    assert len({first, second, static_digest(tmp_path)}) == 3
