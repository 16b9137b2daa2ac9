"""The page on which a signed-in person makes and revokes API keys."""

from __future__ import annotations

import contextlib
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import Conflict, InvalidRequest, NotFound
from portal.services.api_keys import LONGEST_NAME
from portal.web.api.keys import make_key, present_person
from portal.web.pages.form import told
from portal.web.security import require_same_origin
from portal.web.texts.wording import wording


def add_key_pages(pages: Blueprint) -> None:
    """Add the routes."""
    pages.add_url_rule("/keys", "keys", keys_page)
    pages.add_url_rule("/keys", "make_key", make, methods=["POST"])
    pages.add_url_rule("/keys/<key_id>/revoke", "revoke_key", revoke, methods=["POST"])


def keys_page() -> ResponseReturnValue:
    """List the keys, with the form for another."""
    return _page()


def _page(*, made: str = "", name: str = "", problem: str = "") -> str:
    person, keys = present_person()
    return render_template(
        "keys.html",
        keys=keys.of(person),
        made=made,
        name=name,
        problem=problem,
        longest=LONGEST_NAME,
        base_url=request.host_url.rstrip("/") + request.script_root,
    )


def make() -> ResponseReturnValue:
    """Make a key and show it, this once; it is in no redirect and no cookie."""
    person, keys = present_person()
    require_same_origin()
    name = request.form.get("name", "")
    try:
        key = make_key(keys, person, name)[1]
    except (InvalidRequest, Conflict) as error:
        problem = told(error.errors).get("name", [wording(error.message)])[0]
        status = HTTPStatus.CONFLICT if isinstance(error, Conflict) else HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(name=name, problem=problem), status
    return _page(made=key), HTTPStatus.CREATED


def revoke(key_id: str) -> ResponseReturnValue:
    """Revoke a key; one that is gone already is no error."""
    person, keys = present_person()
    require_same_origin()
    with contextlib.suppress(NotFound):
        keys.revoke(key_id, person)
    return redirect(url_for("people.keys"), HTTPStatus.SEE_OTHER)
