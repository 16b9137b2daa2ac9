"""A text of the catalogue: English and Chinese side by side, and how values are put into it.

Placeholders are those of `str.format`: `{name}`, `{free:.1f}`, `{limit:,}`. A list is written with the separators of
the language; what joins it is chosen by the format: `{names}` "a, b, c", `{names:and}`, `{names:or}`, `{problems:;}`
"a; b", `{problems:sentences}` one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from portal.domain.status import Lang

MINUS = "\N{MINUS SIGN}"
_BETWEEN: Mapping[str, Mapping[Lang, str]] = {
    "": {Lang.EN: ", ", Lang.ZH: "、"},
    ";": {Lang.EN: "; ", Lang.ZH: "；"},
    "sentences": {Lang.EN: " ", Lang.ZH: ""},
}
# What stands before the last of two, and of more.
_LAST: Mapping[str, Mapping[Lang, tuple[str, str]]] = {
    "and": {Lang.EN: (" and ", ", and "), Lang.ZH: ("和", "和")},
    "or": {Lang.EN: (" or ", ", or "), Lang.ZH: ("或", "或")},
}


class Text(NamedTuple):
    """What a code says. `one` is the English text where the placeholder `count` is 1."""

    en: str
    zh: str
    one: str | None = None

    def fill(self, lang: Lang, values: Mapping[str, object]) -> str:
        """Return the text with its values; nested messages are strings already, lists are lists of such.

        Raises:
            KeyError, ValueError, TypeError, IndexError, AttributeError: the values do not fit the placeholders.
        """
        template = self.zh if lang is Lang.ZH else self.en
        if lang is Lang.EN and self.one is not None and values.get("count") == 1:
            template = self.one
        return template.format_map({name: _as_written(value, lang) for name, value in values.items()})

    def pattern(self, lang: Lang) -> str:
        """Return the text with the names of its values in their places: `gap '<character>'`."""
        return (self.zh if lang is Lang.ZH else self.en).format_map(_Names())


class _Name:
    """A value's name in place of the value, whatever its format."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __format__(self, spec: str) -> str:
        return f"<{self._name}>"


class _Names(dict[str, _Name]):
    def __missing__(self, name: str) -> _Name:
        return _Name(name)


class _Listed:
    """A list on its way into a text."""

    def __init__(self, items: Sequence[object], lang: Lang) -> None:
        self._items = [str(item) for item in items]
        self._lang = lang

    def __format__(self, spec: str) -> str:
        if spec not in _LAST:
            return _BETWEEN[spec][self._lang].join(self._items)
        if len(self._items) < 2:
            return "".join(self._items)
        of_two, of_more = _LAST[spec][self._lang]
        between = _BETWEEN[""][self._lang]
        last = of_two if len(self._items) == 2 else of_more
        if self._lang is Lang.ZH and f"{self._items[-2][-1:]}{self._items[-1][:1]}".isascii():
            last = f" {last} "  # between Latin words
        return between.join(self._items[:-1]) + last + self._items[-1]


class _Negative:
    """A number below zero on its way into a text: a sentence has a minus sign, not a hyphen."""

    def __init__(self, number: float) -> None:
        self._number = number

    def __format__(self, spec: str) -> str:
        return format(self._number, spec).replace("-", MINUS)


def _as_written(value: object, lang: Lang) -> object:
    if isinstance(value, list | tuple):
        return _Listed(value, lang)
    return _Negative(value) if isinstance(value, int | float) and value < 0 else value


def placeholders(template: str) -> frozenset[str]:
    """Return the names that a template asks for."""
    from string import Formatter  # a job seldom needs it

    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)
