"""Signing in at an OpenID Connect provider: the code flow with PKCE, state and nonce, by Authlib.

    GET  /sign-in             to the provider, and back to
    GET  /sign-in/callback    which gives the browser a session and leads to the page that was wanted
    POST /sign-out            ends the session here; the provider's own is not touched

State, nonce and code verifier are in a signed cookie while a sign-in is under way, so that no other browser can end it.
"""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth  # type: ignore[import-untyped]
from flask import Blueprint, Flask, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError

from portal.config import Settings
from portal.domain.errors import InvalidValue, MalformedRequest, NotReady
from portal.domain.mail_address import read_mail_address
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.domain.person import SignedInBy, read_person_id
from portal.services.sign_in import SESSION_S, SignIns
from portal.web.context import web
from portal.web.identity import sign_in_cookie
from portal.web.security import require_same_origin

log = logging.getLogger(__name__)

_OWN_PAGE = re.compile(r"/(?:[A-Za-z0-9._~-]+/?)*")
_TIMEOUT_S = 10
_UNDER_WAY = "bttoxin_signing_in"


def add_sign_in(app: Flask, pages: Blueprint, settings: Settings) -> None:
    """Add the routes.

    Raises:
        NotReady: the file with the client's secret cannot be read.
    """
    app.config.update(
        SESSION_COOKIE_NAME=_UNDER_WAY,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url is not None and settings.public_url.scheme == "https",
    )
    client = OAuth(app).register(
        "institute",
        client_id=settings.OIDC_CLIENT_ID,
        client_secret=_client_secret(settings),
        server_metadata_url=f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": settings.OIDC_SCOPES, "code_challenge_method": "S256", "timeout": _TIMEOUT_S},
    )
    way = _SignIn(client, settings)
    pages.add_url_rule("/sign-in", "sign_in", way.begin)
    pages.add_url_rule("/sign-in/callback", "sign_in_callback", way.finish)
    pages.add_url_rule("/sign-out", "sign_out", sign_out, methods=["POST"])


def _client_secret(settings: Settings) -> str:
    path = settings.OIDC_CLIENT_SECRET_FILE
    if path is None:
        return settings.OIDC_CLIENT_SECRET
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else str(error)
        raise NotReady(Message("access.client_secret", path=str(path), reason=reason)) from error


class _SignIn:
    """The two steps, for one provider."""

    def __init__(self, client: FlaskOAuth2App, settings: Settings) -> None:
        self._client = client
        self._issuer = settings.OIDC_ISSUER
        self._claim = settings.OIDC_CLAIM
        self._keeps_mail = bool(settings.SMTP_URL)
        self._asks_for_mail = "email" in settings.OIDC_SCOPES.split()

    def begin(self) -> ResponseReturnValue:
        """Send the browser to the provider."""
        wanted = request.args.get("next", "")
        try:
            self._check_issuer()
            address = url_for("people.sign_in_callback", _external=True)
            response = make_response(self._client.authorize_redirect(address))
        except (AuthlibBaseError, requests.RequestException, ValueError) as error:
            raise _not_reached(error) from error
        # Not in the state, which the provider sees; only a page of ours is remembered.
        kept = wanted if _OWN_PAGE.fullmatch(wanted) else ""
        response.set_cookie(
            f"{_UNDER_WAY}_to",
            kept,
            max_age=900,
            path=request.script_root or "/",
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )
        return response

    def _check_issuer(self) -> None:
        told = self._client.load_server_metadata().get("issuer")
        if told != self._issuer:
            raise ValueError(f"the provider calls itself {told!r}, and OIDC_ISSUER is {self._issuer!r}")

    def finish(self) -> ResponseReturnValue:
        """Exchange the code for the person, and give the browser a session."""
        try:
            token = self._client.authorize_access_token()
            person_id = read_person_id(self._told(token))
            mail = self._mail(token) if self._keeps_mail else None
        except requests.RequestException as error:
            raise _not_reached(error) from error
        except (AuthlibBaseError, JoseError, InvalidValue, KeyError, ValueError) as error:
            log.warning("a sign-in failed: %s", type(error).__name__ if isinstance(error, KeyError) else error)
            raise MalformedRequest(Message("access.sign_in")) from error
        if person_id is None:
            raise MalformedRequest(Message("access.sign_in"))
        if mail is not None:
            _note_mail(person_id, mail)
        wanted = request.cookies.get(f"{_UNDER_WAY}_to", "")
        target = wanted if _OWN_PAGE.fullmatch(wanted) else url_for("people.work").removeprefix(request.script_root)
        response = redirect(request.script_root + target, HTTPStatus.SEE_OTHER)
        path = request.script_root or "/"
        response.delete_cookie(f"{_UNDER_WAY}_to", path=path, secure=request.is_secure, httponly=True, samesite="Lax")
        response.set_cookie(
            sign_in_cookie(request.environ),
            _sign_ins().begin(person_id),
            max_age=SESSION_S,
            path=path,
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )
        return response

    def _told(self, token: dict[str, Any]) -> str:
        """Return the claim that identifies the person: from the id token, else from the provider's userinfo."""
        claims = dict(token["userinfo"])
        if self._claim not in claims:
            more = self._client.userinfo(token=token)
            if more.get("sub") != claims["sub"]:
                raise ValueError("userinfo is of another person")
            claims |= dict(more)
        if self._claim == "email" and claims.get("email_verified") is not True:
            raise ValueError("the provider has not verified the address")
        found = claims[self._claim]
        if not isinstance(found, str):
            raise ValueError(f"the claim {self._claim} is not text")
        return found

    def _mail(self, token: dict[str, Any]) -> str:
        """Return the person's mail address if the provider has verified it; else an empty text."""
        claims = dict(token["userinfo"])
        if "email" not in claims and self._asks_for_mail:
            claims |= self._more(token, claims["sub"])
        if claims.get("email_verified") is not True or not isinstance(claims.get("email"), str):
            return ""
        try:
            return read_mail_address(claims["email"])
        except InvalidValue:
            return ""

    def _more(self, token: dict[str, Any], sub: str) -> dict[str, Any]:
        """Return what the provider's userinfo says, nothing if it does not answer: an address is not needed to sign in.

        A provider need not have this endpoint.
        """
        try:
            more = dict(self._client.userinfo(token=token))
        except (AuthlibBaseError, JoseError, requests.RequestException, KeyError, ValueError) as error:
            log.warning("the provider does not tell a mail address: %s", type(error).__name__)
            return {}
        return more if more.get("sub") == sub else {}


def _note_mail(person_id: str, mail: str) -> None:
    people = web().parts.people
    assert people is not None  # these routes exist only with them
    people.note_use(people.person(person_id, SignedInBy.OIDC, mail))


def _not_reached(error: Exception) -> NotReady:
    log.error("the sign-in provider: %s: %s", type(error).__name__, error)
    return NotReady(Message("access.provider"))


def _sign_ins() -> SignIns:
    found = web().parts.sign_ins
    assert found is not None  # these routes exist only with them
    return found


def sign_out() -> ResponseReturnValue:
    """End the session for every holder of its cookie."""
    require_same_origin()
    name = sign_in_cookie(request.environ)
    _sign_ins().end(request.cookies.get(name, ""))
    response = redirect(url_for("pages.submit"), HTTPStatus.SEE_OTHER)
    path = request.script_root or "/"
    response.delete_cookie(name, path=path, secure=request.is_secure, httponly=True, samesite="Lax")
    return response
