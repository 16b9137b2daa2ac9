"""Static files of the pages, at addresses that change with their content and are cached for a year.

`/static/<digest>/page.js`: the digest covers all files together, so that the modules of a page always match, and
import one another by relative addresses. Pages themselves have no version: they are revalidated.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from flask import Flask, Response, request, send_from_directory

FOLDER = Path(__file__).parent / "static"
_YEAR_S = 365 * 24 * 3600
_DIGITS = 12
_VERSION = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")


def static_digest(folder: Path = FOLDER) -> str:
    """Return a digest (hex) of the names and contents of all files below a folder."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:_DIGITS]


def static_address() -> str:
    """Return the current address of the files."""
    return f"/static/{static_digest()}"


def register_static_files(app: Flask) -> None:
    """Let browsers cache the files; addresses with another version, or none, return the current files uncached."""

    def keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code in (200, 304):
            response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
        return response

    def of_today(filename: str) -> Response:
        version, _, rest = filename.partition("/")
        return send_from_directory(FOLDER, rest if _VERSION.fullmatch(version) else filename, max_age=0)

    app.after_request(keep)
    app.add_url_rule("/static/<path:filename>", "static_of_today", of_today)
