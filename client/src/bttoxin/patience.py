"""Retry requests while the portal is unreachable, and turn error responses into exceptions.

An outage has a budget in seconds, not a number of attempts: to a waiting notebook, a nightly restart and a move to
another machine are the same.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from typing import Any

from bttoxin.effects import PROXY_LOGIN, Answer, Interrupted, Program, Save, Send, Sleep
from bttoxin.errors import NotAPortal, PortalUnreachable, RequestRefused, refusal
from bttoxin.progress import Progress

# Worth a retry: too early, too many requests, a conflict with another request, or a proxy or server restarting.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 507})
_LONGEST_PAUSE_S = 30.0
_SHOWN_AFTER_S = 5.0


@dataclass(frozen=True)
class Patience:
    """How long (s) to keep trying without a valid response: during work, and at the first contact."""

    outage_s: float = 3600.0
    first_contact_s: float = 10.0


class _Outage:
    """The time since the last valid response, and the pause before the next attempt."""

    def __init__(self, budget_s: float, progress: Progress) -> None:
        self._began = time.monotonic()
        self._budget_s = budget_s
        self._progress = progress
        self._pause_s = 0.5

    def pause(self, why: str, asked_for: str | None) -> Sleep:
        """Return the pause before the next attempt.

        Raises:
            PortalUnreachable: the budget is used up.
        """
        gone = time.monotonic() - self._began
        wanted = float(asked_for) if asked_for and asked_for.isdigit() else self._pause_s * random.uniform(0.7, 1.3)  # noqa: S311 - jitter
        if gone + min(wanted, 1.0) > self._budget_s:
            raise PortalUnreachable(f"No answer for {gone:.0f} s. {why}")
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        if gone > _SHOWN_AFTER_S:
            self._progress.show(f"the portal has been away for {gone:.0f} s; still trying ({why})")
        return Sleep(min(wanted, self._budget_s - gone))


def ask(effect: Send, patience: Patience, progress: Progress, *, first: bool = False) -> Program[Answer]:
    """Send a request until it is answered; return a response below 400.

    Requests are repeated unchanged, which is safe: keys and digests make all requests of this client idempotent.

    Raises:
        RequestRefused: the portal refused the request.
        NotAPortal: something else answered.
        PortalUnreachable: no response within the budget.
    """
    outage = _Outage(patience.first_contact_s if first else patience.outage_s, progress)
    while True:
        try:
            answer: Answer = yield effect
        except Interrupted as error:
            if not error.may_pass:
                raise PortalUnreachable(str(error)) from None
            yield outage.pause(str(error), None)
            continue
        if answer.status < 300 or answer.status == 304:
            return answer
        refused = _error(answer, effect)
        asked_for = answer.headers.get("retry-after")
        if answer.status in _PASSING or (answer.status == 409 and asked_for):
            if answer.status in (429, 507) and first:
                raise refused
            yield outage.pause(str(refused), asked_for)
            continue
        raise refused


def read_json(answer: Answer, path: str) -> Any:
    """Return the JSON of a response.

    Raises:
        NotAPortal: the response is not JSON.
    """
    kind = answer.headers.get("content-type", "")
    try:
        if "json" not in kind:
            raise ValueError
        return json.loads(answer.content)
    except ValueError:
        raise NotAPortal(_stranger(path, f"{kind.partition(';')[0] or 'no type'} where JSON is expected")) from None


def _stranger(path: str, what: str) -> str:
    return (
        f"{path} was answered with {what}. Is the address that of a BtToxin Portal, "
        "and does nothing in front of it (a log-in page, a proxy) ask for something first?"
    )


def _error(answer: Answer, effect: Send) -> RequestRefused | NotAPortal:
    """Return the error for a response of 300 or more."""
    if answer.status < 400:
        target = answer.headers.get("location", "").partition("?")[0]
        if target.endswith(effect.path):  # http instead of https, or a portal that has moved
            return NotAPortal(f"The portal is at {target.removesuffix(effect.path)}; give that address.")
        return NotAPortal(_stranger(effect.path, f"a redirect to {target or 'an unnamed place'}"))
    if answer.status == 407:
        return NotAPortal(PROXY_LOGIN)
    try:
        body = json.loads(answer.content)
        message, code = str(body["message"]), int(body["code"])
    except (ValueError, KeyError, TypeError):
        return NotAPortal(_stranger(effect.path, f"HTTP {answer.status} in a form that a portal does not use"))
    line = next((detail["params"].get("line") for detail in _details(body)), None)
    return refusal(code)(
        message,
        code=code,
        errors=_fields(body),
        request_id=answer.headers.get("x-request-id"),
        line=line if isinstance(line, int) else None,
    )


def _fields(body: dict[str, Any]) -> dict[str, list[str]]:
    errors = body.get("errors")
    found = errors.items() if isinstance(errors, dict) else ()
    return {str(name): [str(text) for text in texts] for name, texts in found if isinstance(texts, list)}


def _details(body: dict[str, Any]) -> list[dict[str, Any]]:
    details = body.get("details")
    found = details if isinstance(details, list) else []
    return [item for item in found if isinstance(item, dict) and isinstance(item.get("params"), dict)]


def save(effect: Save, patience: Patience, progress: Progress) -> Program[Answer]:
    """Download until the body is complete; bytes already on disk are not fetched again.

    Raises:
        RequestRefused, NotAPortal, PortalUnreachable: see `ask`.
    """
    outage = _Outage(patience.outage_s, progress)
    while True:
        try:
            answer: Answer = yield effect
        except Interrupted as error:
            yield outage.pause(str(error), None)
            continue
        if answer.status == 416:  # the file is already complete, or the resource became shorter
            effect.target.unlink(missing_ok=True)
            continue
        if answer.status in (200, 206):
            return answer
        refused = _error(answer, Send("GET", effect.path))
        if answer.status not in _PASSING:
            raise refused
        yield outage.pause(str(refused), answer.headers.get("retry-after"))
