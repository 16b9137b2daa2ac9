"""What an owner writes about a strain: a name, tags, a note and metadata columns. All of it is text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from portal.domain.errors import InvalidRequest, InvalidValue
from portal.domain.invisible import seen
from portal.domain.message import Message
from portal.domain.normal_form import composed

MAX_NAME = 200
MOST_TAGS, MAX_TAG = 20, 40
MAX_NOTE = 5000
# Of one strain, and of all strains of a submission together: they are the columns of its table.
MOST_COLUMNS, MAX_COLUMN, MAX_VALUE = 40, 60, 200
FIELDS = ("name", "tags", "note", "metadata")
# The fixed columns of a metadata table; no metadata column may have such a name.
FIXED_COLUMNS = ("label", "task_id", "revision", "name", "tags", "note")
_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Embeddings, overrides and isolates (Unicode 15, UAX 9): they reorder the text around them.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ASKED_TAG = re.compile(r'(?<!\S)(?:tag|标签)[:：](?:"([^"]*)"|(\S+))', re.IGNORECASE)
_BETWEEN_TAGS = re.compile("[,;\n\uff0c\uff1b\u3001]")


class Clean(Protocol):
    """Returns a text in the stored form, or raises InvalidValue."""

    def __call__(self, value: Any, longest: int, *, lines: bool = False) -> str: ...


@dataclass(frozen=True)
class Annotations:
    """The annotations of one strain; empty text and no entries stand for nothing written."""

    name: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    def called(self, label: str) -> str:
        """Return what a strain is called wherever it is named: as its owner named it, else as its label or file."""
        return self.name or label


def clean_text(value: Any, longest: int, *, lines: bool = False) -> str:
    """Return text as it is stored: NFC, without outer space and what nobody sees (`domain.invisible`).

    With `lines` it may have several lines.

    Raises:
        InvalidValue: it is not text, too long, or holds control characters.
    """
    return earlier_text(seen(value) if isinstance(value, str) else value, longest, lines=lines)


def earlier_text(value: Any, longest: int, *, lines: bool = False) -> str:
    """Return text as earlier versions stored it: of what nobody sees, only bidirectional controls were removed."""
    if not isinstance(value, str):
        raise InvalidValue(Message("value.text"))
    text = value.replace("\r\n", "\n").replace("\r", "\n") if lines else value
    text = composed(_BIDI.sub("", text).strip(), longest).strip()
    if len(text) > longest:
        raise InvalidValue(Message("annotation.too_long", longest=longest))
    allowed = "\n\t" if lines else ""
    if any(unicodedata.category(char) in _REFUSED and char not in allowed for char in text):
        raise InvalidValue(Message("value.control"))
    return text


def split_tags(text: str) -> list[str]:
    """Return the tags in a line of text; commas, semicolons and line ends separate them, those of Chinese too."""
    return [part.strip() for part in _BETWEEN_TAGS.split(text) if part.strip()]


def clean_tags(values: Any, *, clean: Clean = clean_text) -> tuple[str, ...]:
    """Return tags in the stored form; of two that differ in case alone, the first.

    Raises:
        InvalidValue: it is not a list, there are too many, or one is empty, too long, or holds a separator.
    """
    if not isinstance(values, list | tuple):
        raise InvalidValue(Message("value.list"))
    found: dict[str, str] = {}
    for value in values:
        tag = clean(value, MAX_TAG)
        if not tag:
            raise InvalidValue(Message("value.empty"))
        if _BETWEEN_TAGS.search(tag) or '"' in tag:
            raise InvalidValue(Message("annotation.tag"))
        found.setdefault(tag.casefold(), tag)
    if len(found) > MOST_TAGS:
        raise InvalidValue(Message("annotation.too_many_tags", limit=MOST_TAGS))
    return tuple(found.values())


def clean_column(value: Any, *, clean: Clean = clean_text) -> str:
    """Return the name of a metadata column in the stored form.

    Raises:
        InvalidValue: it is empty, too long, holds control characters, or is the name of a fixed column.
    """
    column = clean(value, MAX_COLUMN)
    if not column:
        raise InvalidValue(Message("value.empty"))
    if column.casefold() in FIXED_COLUMNS:
        raise InvalidValue(Message("annotation.fixed_column", column=column))
    return column


def clean_metadata(values: Any, *, clean: Clean = clean_text) -> dict[str, str]:
    """Return metadata in the stored form, without empty values.

    Raises:
        InvalidRequest: naming each column that is wrong.
        InvalidValue: it is no object, or there are too many columns.
    """
    if not isinstance(values, Mapping):
        raise InvalidValue(Message("value.object"))
    found: dict[str, str] = {}
    errors: dict[str, list[Message]] = {}
    for name, value in values.items():
        try:
            column, text = clean_column(name, clean=clean), clean(value, MAX_VALUE)
        except InvalidValue as error:
            errors[str(name)[:MAX_COLUMN]] = [error.message]
            continue
        if column in found:
            errors[column] = [Message("annotation.same_column", column=column)]
        elif text:
            found[column] = text
    if errors:
        raise InvalidRequest(Message("request.fields"), errors=errors)
    if len(found) > MOST_COLUMNS:
        raise InvalidValue(Message("annotation.too_many_columns", limit=MOST_COLUMNS))
    return found


def changed(present: Annotations, values: Mapping[str, Any], *, clean: Clean = clean_text) -> Annotations:
    """Return the annotations with the named fields replaced; in `metadata`, None or empty text removes a column.

    Raises:
        InvalidRequest: naming each field that is wrong, such as `metadata.site`.
    """
    errors: dict[str, list[Message]] = {}
    found: dict[str, Any] = {}
    for name, value in values.items():
        try:
            found[name] = _cleaned(present, name, value, clean)
        except InvalidValue as error:
            errors[name] = [error.message]
        except InvalidRequest as error:
            errors |= {f"{name}.{inner}": list(texts) for inner, texts in error.errors.items()}
    if errors:
        raise InvalidRequest(Message("request.fields"), errors=errors)
    return replace(present, **found)


def _cleaned(present: Annotations, name: str, value: Any, clean: Clean) -> Any:
    if name == "name":
        return clean(value, MAX_NAME)
    if name == "note":
        return clean(value, MAX_NOTE, lines=True)
    if name == "tags":
        return clean_tags(value, clean=clean)
    if name != "metadata":
        raise InvalidValue(Message("field.unknown"))
    if not isinstance(value, Mapping):
        raise InvalidValue(Message("value.object"))
    given = clean_metadata({column: "" if text is None else text for column, text in value.items()}, clean=clean)
    named = {clean_column(column, clean=clean) for column in value}
    kept = {column: text for column, text in present.metadata.items() if column not in named}
    return clean_metadata({**kept, **given}, clean=clean)


def is_as_written(stored: Annotations) -> bool:
    """Tell whether a version of the portal may have stored these texts, this one or an earlier one.

    Raises:
        InvalidRequest: none would have taken them.
    """
    return changed(Annotations(), vars(stored), clean=earlier_text) == stored


def tags_asked(text: str) -> tuple[tuple[str, ...], str]:
    """Return the tags that a search text names (`tag:soil`, `tag:"north slope"`), without case, and the rest of it."""
    found = tuple((quoted or plain).casefold() for quoted, plain in _ASKED_TAG.findall(text))
    return found, " ".join(_ASKED_TAG.sub(" ", text).split())


def metadata_columns(annotations: Iterable[Annotations]) -> list[str]:
    """Return the metadata columns of several strains, in the order in which they appear."""
    found: dict[str, None] = {}
    for each in annotations:
        found.update(dict.fromkeys(each.metadata))
    return list(found)


def joined_tags(tags: Sequence[str]) -> str:
    """Return tags as one line, which `split_tags` reads."""
    return "; ".join(tags)
