"""The page that asks for a token leads on to what was asked for, also by a link into a task or submission."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote

from flask import Response, g, request, url_for

_NEXT = "next"
_QUERY = "/?:@!$&'()*+,;=%-._~"  # as it was sent


def on_to(page: str) -> dict[str, Any]:
    """Return what the address of the form that unlocks carries: what this request asked for, if it is below `page`.

    Nothing where that is the page itself, or where something was to be changed: it is asked for again there.
    """
    asked = request.args.get(_NEXT, "") if request.endpoint in _UNLOCKS else _asked()
    return {_NEXT: asked} if _is_below(page, asked) else {}


def address_after(page: str) -> str:
    """Return where to go once `page` is open."""
    asked = request.args.get(_NEXT, "")
    return asked if _is_below(page, asked) else page


def note_form() -> None:
    """Note that this request is answered by the form that asks for a token."""
    g.asks_for_token = True


def as_page(response: Response) -> Response:
    """Answer 200 where the form is the page that a person sees; a program, or a button pressed, gets 401 or 403.

    A link carries its token behind the #, so the form is also what a guest's browser is sent first, before the token is
    exchanged: that is no error, and the browser's console is not to call it one.
    """
    refused = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    is_opened = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    if is_opened and g.get("asks_for_token") and response.status_code in refused:
        response.status_code = HTTPStatus.OK
        response.headers.pop("WWW-Authenticate", None)
        response.headers["Cache-Control"] = "no-store"  # the same address shows the results once the token is known
    return response


_UNLOCKS = frozenset(("pages.unlock", "pages.unlock_submission"))


def _asked() -> str:
    if request.method != "GET" or request.endpoint is None:
        return ""
    address = url_for(request.endpoint, **(request.view_args or {}))
    query = quote(request.query_string, safe=_QUERY)
    return f"{address}?{query}" if query else address


def _is_below(page: str, asked: str) -> bool:
    """Tell whether an address from a query is one of this task or submission, and so of this portal."""
    path = unquote(asked.partition("?")[0])
    return asked.isascii() and asked.isprintable() and path.startswith(f"{page}/") and ".." not in path.split("/")
