"""The pages that the `type` of an error refers to: what the code means, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from portal.domain.catalogue.table import TEXTS
from portal.domain.message import Message
from portal.web.texts.i18n import current_lang
from portal.web.texts.wording import wording

# First word of an error code -> what to do, as a code after `remedy.`.
GROUPS: Mapping[str, str] = {
    **{
        word: word
        for word in (
            "fasta", "input", "upload", "value", "field", "request", "json", "gzip", "item", "submission", "access",
            "client", "task", "results", "table", "compare", "example", "disk", "health", "record", "failure", "http",
            "verbatim", "maintenance", "share", "notify", "annotation",
        )
    },
    **dict.fromkeys(("job", "stage", "tool", "digger"), "failure"),
    **dict.fromkeys(("document", "os", "pack", "poller", "site", "upgrade"), "record"),
    **dict.fromkeys(("reference", "secret"), "health"),
    "announcement": "request",
}  # fmt: skip


def is_error(code: str) -> bool:
    """Return whether a code of the catalogue has a page."""
    return code in TEXTS and code.partition(".")[0] in GROUPS


def error_code_page(code: str) -> ResponseReturnValue:
    """Show what a code means and what to do; 404 if it is not an error code."""
    if not is_error(code):
        abort(HTTPStatus.NOT_FOUND)
    group = GROUPS[code.partition(".")[0]]
    return render_template(
        "error_code.html",
        code=code,
        meaning=TEXTS[code].pattern(current_lang()),
        remedy=wording(Message(f"remedy.{group}")),
    )


def error_codes_page() -> ResponseReturnValue:
    """List all error codes with their sentences, by first word."""
    lang = current_lang()
    groups: dict[str, list[tuple[str, str]]] = {}
    for code in filter(is_error, sorted(TEXTS)):
        groups.setdefault(code.partition(".")[0], []).append((code, TEXTS[code].pattern(lang)))
    return render_template("error_codes.html", groups=groups)
