"""Message: a text for a reader, as a code and its parameters; the wording is looked up when it is shown.

Errors, failures of jobs, reasons to wait, states of parts, warnings: each is a `Message`, and the catalogue
(`portal.domain.catalogue`) has the English and the Chinese text of every code. `str(message)` is the English sentence,
for logs; pages, API and command line use their reader's language with `message.word(lang)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from portal.domain.catalogue.table import TEXTS
from portal.domain.catalogue.text import placeholders
from portal.domain.status import Lang

# Messages that say where another is true, and the values by which they do.
_PLACES: Mapping[str, Sequence[str]] = {"input.line": ("line",), "input.item": ("n", "label")}

Value: TypeAlias = "str | int | float | Message | Sequence[str | int | float | Message]"


@dataclass(frozen=True, init=False)
class Message:
    """A code of the catalogue with the values of its placeholders: text, numbers, messages, or lists of these.

    Messages are equal if their codes and values are. A message can be pickled, and converted
    to JSON and back (`to_json`, `from_json`).
    """

    code: str
    params: Mapping[str, Value]

    def __init__(self, code: str, /, **params: Value) -> None:
        object.__setattr__(self, "code", code)
        kept = {name: value if isinstance(value, str) else _kept(value) for name, value in params.items()}
        object.__setattr__(self, "params", kept)

    def __post_init__(self) -> None:
        """Convert lists to tuples, because documents are decoded into messages without `__init__`."""
        kept = {name: _kept(value) if isinstance(value, list) else value for name, value in self.params.items()}
        object.__setattr__(self, "params", kept)

    def word(self, lang: Lang) -> str:
        """Return the message in a language.

        A code or a set of values that is missing from this version's catalogue, as in a newer version's record, is
        shown unformatted, so that a page never fails because of a text.
        """
        try:
            return TEXTS[self.code].fill(lang, {name: _word(value, lang) for name, value in self.params.items()})
        except (KeyError, ValueError, TypeError, IndexError, AttributeError):
            values = ", ".join(f"{name}={_word(value, lang)}" for name, value in self.params.items())
            return f"{self.code} ({values})" if values else self.code

    def __str__(self) -> str:
        return self.word(Lang.EN)

    @property
    def is_known(self) -> bool:
        """Tell whether the catalogue has the code, and the values match the placeholders of its text."""
        text = TEXTS.get(self.code)
        return text is not None and placeholders(text.en) == self.params.keys()

    @property
    def cause(self) -> Message:
        """The message itself, or the one that it wraps with the line, or the item, that it is about."""
        reason = self.params.get("reason")
        return reason.cause if self.code in _PLACES and isinstance(reason, Message) else self

    @property
    def place(self) -> Mapping[str, Value]:
        """Where the cause is: `line`, or `n` and `label` of an item; empty if the message is the cause itself."""
        return {name: self.params[name] for name in _PLACES.get(self.code, ()) if self.cause is not self}

    @classmethod
    def of(cls, code: str, params: Mapping[str, Value]) -> Message:
        """Return the message of a code from elsewhere, such as a scheduler's."""
        return cls(code, **params)

    def to_json(self) -> dict[str, Any]:
        """Return `{"code": ..., "params": {...}}` of JSON types, nested messages in the same form."""
        return {"code": self.code, "params": params_to_json(self.params)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Message:
        """Return the message of a JSON object.

        Raises:
            KeyError, TypeError, ValueError: the value does not have the form of a message.
        """
        code, params = value["code"], value["params"]
        if not isinstance(code, str) or not isinstance(params, Mapping):
            raise TypeError(f"no message: {value!r}")
        return cls(code, **{str(name): _from_json(item) for name, item in params.items()})


def params_to_json(params: Mapping[str, Value]) -> dict[str, Any]:
    """Return the parameters of a message as JSON types."""
    return {name: _to_json(value) for name, value in params.items()}


def stored_message(text: str | None, code: str | None, params: Mapping[str, Any]) -> Message | None:
    """Return the message that a record keeps as sentence, code and parameters; None if there is none.

    An older version's record has no code, and a newer version's may have an unknown one: then the English sentence
    is used.
    """
    if not text:
        return None
    try:
        message = Message.from_json({"code": code, "params": params})
    except (KeyError, TypeError, ValueError):
        return verbatim(text)
    return message if message.is_known else verbatim(text)


def as_message(stored: Message | str) -> Message:
    """Return a document's message; one of an older version holds an English sentence and no code."""
    return stored if isinstance(stored, Message) else verbatim(stored)


def verbatim(text: str) -> Message:
    """Return a message that quotes text from elsewhere: a tool's complaint, a sentence in an older record."""
    return Message("verbatim", text=text)


def _kept(value: Value) -> Value:
    return tuple(value) if isinstance(value, Sequence) else value


def _word(value: object, lang: Lang) -> object:
    if isinstance(value, Message):
        return value.word(lang)
    if isinstance(value, list | tuple):
        return [_word(item, lang) for item in value]
    return value


def _to_json(value: object) -> Any:
    if isinstance(value, Message):
        return value.to_json()
    if isinstance(value, list | tuple):
        return [_to_json(item) for item in value]
    return value


def _from_json(value: Any) -> Value:
    if isinstance(value, Mapping):
        return Message.from_json(value)
    if isinstance(value, list):
        return [item if isinstance(item, str | int | float) else Message.from_json(item) for item in value]
    if isinstance(value, str | int | float):
        return value
    raise TypeError(f"no parameter of a message: {value!r}")
