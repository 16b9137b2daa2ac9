"""Parse JSON request bodies once, strictly (RFC 8259, and I-JSON of RFC 7493), or refuse them with 400.

Python's parser accepts more than JSON (NaN), keeps the last of duplicate members, and fails on numbers with
thousands of digits or on thousands of nested brackets. This module rejects all of that; what it accepts can be
written again as UTF-8 and stored in a record.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

import flask
from flask_smorest import Blueprint
from webargs import core
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.exceptions import UnsupportedMediaType

from portal.domain.errors import MalformedRequest
from portal.domain.message import Message

DEPTH = 16  # the API's deepest body has 4 levels
DIGITS = 20  # of a whole number; 2**63 has 19
_LONGEST_NUMBER = 64  # of any other


def _whole(text: str) -> int:
    if len(text) > DIGITS:
        raise MalformedRequest(Message("json.number"))
    return int(text)


def _number(text: str) -> float:
    number = float(text) if len(text) <= _LONGEST_NUMBER else math.inf
    if not math.isfinite(number):
        raise MalformedRequest(Message("json.number"))
    return number


def _constant(_text: str) -> NoReturn:
    raise MalformedRequest(Message("json.number"))


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        raise MalformedRequest(Message("json.duplicate"))
    return found


_READER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_whole, parse_float=_number, parse_constant=_constant)


def read_json(body: bytes) -> Any:
    """Return the value of a JSON body.

    Raises:
        MalformedRequest: the body is not JSON in UTF-8, or contains what no request needs.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise MalformedRequest(Message("json.encoding")) from error
    try:
        value = _READER.decode(text)
    except RecursionError as error:
        raise MalformedRequest(Message("json.depth", depth=DEPTH)) from error
    except json.JSONDecodeError as error:
        raise MalformedRequest(Message("json.syntax", line=error.lineno, column=error.colno)) from error
    _check(value)
    return value


def _check(value: Any) -> None:
    """Refuse deep nesting and lone surrogates, also in member names."""
    left = [(value, 1)]
    while left:
        held, depth = left.pop()
        if isinstance(held, str):
            _require_characters(held)
        elif isinstance(held, dict | list):
            if depth > DEPTH:
                raise MalformedRequest(Message("json.depth", depth=DEPTH))
            if isinstance(held, dict):
                left += [(name, depth) for name in held]
                held = held.values()
            left += [(item, depth + 1) for item in held]


def _require_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise MalformedRequest(Message("json.surrogate")) from error


class StrictParser(FlaskParser):
    """webargs' argument parser with `read_json` for bodies; it refuses a body of another media type."""

    def _raw_load_json(self, req: flask.Request) -> Any:
        body = req.get_data(cache=True)
        if not body:
            return core.missing
        if not is_json_request(req):
            # If ignored, the request would be carried out differently from what it says.
            raise UnsupportedMediaType
        return read_json(body)


class ApiBlueprint(Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """A blueprint of the API whose request bodies are strict JSON."""

    ARGUMENTS_PARSER = StrictParser()
