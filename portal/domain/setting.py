"""One setting: how its text is parsed, its meaning and its default; `portal.config.Settings` consists of these.

Each function returns a dataclass field that carries a `Setting`. Its reader raises InvalidValue, stating
what the value must be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.domain.cache_url import check_cache_url
from portal.domain.errors import InvalidValue
from portal.domain.message import Message

_KEY = "setting"
_TRUE = frozenset({"1", "true", "yes", "on"})
_EXPANDED = ("%", "\\", "\n", "\r")
_FALSE = frozenset({"0", "false", "no", "off", ""})


@dataclass(frozen=True)
class Setting:
    """`read` turns the text of a variable into a value; `meaning` is Markdown for the documentation."""

    read: Callable[[str], Any]
    meaning: str

    @classmethod
    def of(cls, item: Any) -> Setting:
        """Return the setting that a dataclass field carries."""
        setting: Setting = item.metadata[_KEY]
        return setting


def _field(default: Any, read: Callable[[str], Any], meaning: str) -> Any:
    return field(default=default, metadata={_KEY: Setting(read, meaning)})


def text(default: str, meaning: str, *, least: int = 0) -> Any:
    """Return a field for any text, which is empty or has at least `least` characters."""

    def read(value: str) -> str:
        if 0 < len(value) < least:
            raise InvalidValue(Message("value.length", least=least))
        return value

    return _field(default, read, meaning)


def choice(default: str, choices: tuple[str, ...], meaning: str) -> Any:
    """Return a field for one of some words."""

    def read(value: str) -> str:
        if value not in choices:
            raise InvalidValue(Message("value.choice", choices=choices))
        return value

    return _field(default, read, meaning)


def flag(default: bool, meaning: str) -> Any:
    """Return a field for yes or no."""

    def read(value: str) -> bool:
        if value.lower() not in _TRUE | _FALSE:
            raise InvalidValue(Message("value.flag"))
        return value.lower() in _TRUE

    return _field(default, read, meaning)


def whole(default: int, meaning: str, *, least: int, most: int) -> Any:
    """Return a field for a whole number from `least` to `most`."""
    return _field(default, _number_reader(int, Message("value.whole_number"), least, most), meaning)


def number(default: float, meaning: str, *, least: float, most: int) -> Any:
    """Return a field for a number from `least` to `most`."""
    return _field(default, _number_reader(float, Message("value.number"), least, most), meaning)


def _number_reader(kind: Callable[[str], float], wrong: Message, least: float, most: int) -> Callable[[str], float]:
    def read(value: str) -> float:
        try:
            found = kind(value)
        except ValueError:
            raise InvalidValue(wrong) from None
        if found < least:
            raise InvalidValue(Message("value.least", least=least))
        if found > most:
            raise InvalidValue(Message("value.most", most=most))
        if found != found:  # NaN
            raise InvalidValue(wrong)
        return found

    return read


def path(default: Path, meaning: str) -> Any:
    """Return a field for a path, relative to the current folder if not absolute, never empty.

    Jobs use the path, and SLURM and submitit expand some characters in it (`%j`), so these are refused.
    """

    def read(value: str) -> Path:
        if not value:
            raise InvalidValue(Message("value.empty"))
        path = Path(value).absolute()
        if any(character in str(path) for character in _EXPANDED):
            raise InvalidValue(Message("value.expanded"))
        return path

    return _field(default, read, meaning)


def checked_text(default: str, meaning: str, check: Callable[[str], object]) -> Any:
    """Return a field for a text that `check` accepts; otherwise `check` raises InvalidValue with the reason."""

    def read(value: str) -> str:
        if not value:
            return default
        check(value)
        return value

    return _field(default, read, meaning)


def cache_url(default: str, meaning: str) -> Any:
    """Return a field for the address of a cache; empty: none."""

    def read(value: str) -> str:
        if value:
            check_cache_url(value)
        return value

    return _field(default, read, meaning)


def optional_path(meaning: str) -> Any:
    """Return a field for a path that may be left out."""
    return _field(None, lambda value: Path(value).absolute() if value else None, meaning)
