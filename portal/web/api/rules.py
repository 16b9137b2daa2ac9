"""Validators for requests: marshmallow's own, with the portal's message codes in place of sentences.

They subclass marshmallow's, so that the OpenAPI document still includes choices, ranges and patterns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import marshmallow as ma
from marshmallow import ValidationError, fields, validate

from portal.domain.message import Message

T = TypeVar("T")


class OneOf(validate.OneOf):
    """One of some values."""

    def __call__(self, value: T) -> T:
        if value not in self.choices:
            raise ValidationError([Message("value.choice", choices=[str(choice) for choice in self.choices])])
        return value


class Within(validate.Range):
    """A number within an inclusive range."""

    def __init__(self, lowest: float, highest: float) -> None:
        super().__init__(lowest, highest)
        self._wrong = Message("value.range", lowest=lowest, highest=highest)

    def __call__(self, value: T) -> T:
        if not self.min <= value <= self.max:
            raise ValidationError([self._wrong])
        return value


class Count(validate.Length):
    """A list with a limited number of items, or a text with a limited number of characters."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(least, most)
        self._wrong = Message("value.count", least=least, most=most)

    def __call__(self, value: T) -> T:
        if not self.min <= len(value) <= self.max:  # type: ignore[arg-type, operator]
            raise ValidationError([self._wrong])
        return value


class Pattern(validate.Regexp):
    """A text that matches a pattern, which only the OpenAPI document shows."""

    def __call__(self, value: Any) -> Any:
        if self.regex.match(value) is None:
            raise ValidationError([Message("value.invalid")])
        return value


def _messages(field: fields.Field[Any]) -> Mapping[str, Message]:
    """Return a field's messages by marshmallow's error keys."""
    wrong = Message("value.invalid")
    if isinstance(field, fields.Boolean):
        wrong = Message("value.flag")
    elif isinstance(field, fields.Date):
        wrong = Message("value.date")
    elif isinstance(field, fields.Number):
        wrong = Message("value.number")
    elif isinstance(field, fields.String):
        wrong = Message("value.text")
    elif isinstance(field, fields.List):
        wrong = Message("value.list")
    elif isinstance(field, fields.Nested):
        wrong = Message("value.object")
    own = {"required": Message("field.missing"), "null": Message("value.null")}
    return {key: own.get(key, wrong) for key in field.error_messages}


class RequestSchema(ma.Schema):
    """A schema for requests whose error messages are codes."""

    error_messages: dict[str, Any] = {  # noqa: RUF012 - marshmallow's own form
        "type": Message("value.object"),
        "unknown": Message("field.unknown"),
    }

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        messages: dict[str, Any] = {key: [message] for key, message in _messages(field_obj).items()}
        field_obj.error_messages = messages
        inner = getattr(field_obj, "inner", None)
        if isinstance(inner, fields.Field):
            self.on_bind_field(field_name, inner)
