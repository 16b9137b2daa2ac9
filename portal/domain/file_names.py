"""File names that are valid on every system on which results may be unpacked."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_LONGEST = 60
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_ACCENTS = re.compile(r"(?<=[A-Za-z])[\u0300-\u036f]+")
# Latin letters that are no letter with an accent to Unicode.
_LATIN = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "Ø": "O", "ø": "o", "Đ": "D", "đ": "d"}
    | {"Ð": "D", "ð": "d", "Þ": "Th", "þ": "th", "Ł": "L", "ł": "l", "Ħ": "H", "ħ": "h", "\u0131": "i"}
)
# Windows treats these as devices, in either case and whatever follows the first dot
# (https://learn.microsoft.com/windows/win32/fileio/naming-a-file).
_DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {f"{port}{n}" for port in ("COM", "LPT") for n in range(10)}
)


def is_device(name: str) -> bool:
    """Tell whether Windows reserves this name for a device."""
    return name.partition(".")[0].rstrip(" ").upper() in _DEVICES


def never_a_device(name: str) -> str:
    """Return a name, prefixed with `genome_` if Windows reserves it for a device."""
    return f"genome_{name}" if is_device(name) else name


def safe_stem(stem: str) -> str:
    """Return a text as part of a file name: ASCII letters, digits, `._-`, 1-60 characters.

    Latin letters lose their accents. A text with letters of other scripts ends in a mark of six hex digits of its
    SHA-256: two different names must not become the same strain because nothing is left of either.
    """
    latin = _without_accents(stem)
    name = never_a_device(_UNSAFE.sub("_", latin).strip("._-"))[:_LONGEST]
    if name and all(char.isascii() or not char.isalnum() for char in latin):
        return name
    mark = mark_of(stem)
    return f"{name[: _LONGEST - len(mark)] or 'genome'}{mark}"


def mark_of(stem: str) -> str:
    """Return the mark that tells names in other scripts apart: `_` and six hex digits."""
    return "_" + hashlib.sha256(stem.encode("utf-8", "surrogatepass")).hexdigest()[:6]


def _without_accents(text: str) -> str:
    return _ACCENTS.sub("", unicodedata.normalize("NFD", text.translate(_LATIN)))
