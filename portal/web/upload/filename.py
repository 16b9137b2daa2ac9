"""Decode the name of an uploaded file, for display only; never a reason to refuse the file.

In this order: `filename*` (RFC 5987, also split as in RFC 2231), encoded words (RFC 2047), then the bytes as UTF-8, GBK
(browsers and scripts on Chinese Windows) or Windows-1252; anything else becomes the replacement character.
"""

from __future__ import annotations

import binascii
import codecs
import re
import unicodedata
from email.errors import MessageError
from email.header import decode_header
from email.message import Message as MailMessage
from typing import Any

from multipart import MultipartSegment

from portal.domain.invisible import seen
from portal.domain.normal_form import composed

LONGEST = 255
_REPLACED = "\N{REPLACEMENT CHARACTER}"
_REFUSED = frozenset({"Cc", "Cn", "Co", "Cs", "Zl", "Zp"})  # of the other C, Cf, the ones that are needed are left
_DISPOSITION = "Content-Disposition"
_ENCODED_WORD = re.compile(r"=\?[\w.:-]+\?[bBqQ]\?[^?]*\?=", re.ASCII)
# Charsets in real use; other Python codecs are not charsets, are slow, or execute what they read.
_CHARSET = re.compile(
    r"(utf-8|ascii|iso8859-\d+|cp125\d|cp8\d\d|koi8-[ru]|gb\w+|hz|big5\w*|cp9\d\d|shift_jis\w*|euc_\w+|iso2022_\w+)"
)


def sent_filename(part: MultipartSegment) -> str | None:
    """Return the file name of a part whose headers were read as Latin-1; None if it has none."""
    plain = part.filename
    header = part.header(_DISPOSITION) or ""
    if "*" in header:
        extended, in_parts = _extended(header)
        if extended is not None:
            return extended
        plain = in_parts if plain is None else plain
    return None if plain is None else decoded_name(plain.encode("latin-1"))


def decoded_name(raw: bytes) -> str:
    """Return the most likely text of a name given as bytes."""
    if _ENCODED_WORD.search(raw.decode("latin-1")):
        words = _encoded_words(raw.decode("latin-1"))
        if words is not None:
            return words
    for charset in ("utf-8", "gbk"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp1252", "replace")


def _encoded_words(text: str) -> str | None:
    """Return a text with its encoded words decoded; None if one cannot be decoded."""
    try:
        parts = decode_header(text)
    except (MessageError, binascii.Error, ValueError):
        return None
    read = [part if isinstance(part, str) else _decoded(part, charset or "ascii") for part, charset in parts]
    return None if None in read else "".join(part for part in read if part is not None)


def _decoded(raw: bytes, charset: str, errors: str = "strict") -> str | None:
    try:
        if not _CHARSET.fullmatch(codecs.lookup(charset).name):
            return None
        return raw.decode(charset, errors)
    except (LookupError, ValueError):
        return None


def _extended(header: str) -> tuple[str | None, str | None]:
    """Return the value of `filename*` if it can be decoded, also one split into parts without a charset."""
    message = MailMessage()
    message[_DISPOSITION] = header.replace("\r", " ").replace("\n", " ")
    params: list[tuple[str, Any]] = message.get_params([], _DISPOSITION) or []
    in_parts = None
    for name, value in params:  # typeshed omits the three-part form of an extended value
        if name.lower() != "filename":
            continue
        if not isinstance(value, tuple):
            in_parts = value
        elif value[0]:
            read = _decoded(value[2].encode("latin-1", "replace"), value[0], "replace")
            if read:
                return read, None
    return None, in_parts


def display_name(raw: str) -> str:
    """Return the last part of a file name, at most LONGEST characters.

    Whatever nobody sees (`domain.invisible`), control, private and unassigned characters are replaced.
    """
    base = raw.replace("\\", "/").rsplit("/", 1)[-1]
    normal = seen(composed(base, LONGEST), instead=_REPLACED)
    shown = "".join(_REPLACED if unicodedata.category(char) in _REFUSED else char for char in normal)
    if len(shown) <= LONGEST:
        return shown
    stem, dot, suffix = shown.rpartition(".")
    if not dot or len(suffix) > LONGEST // 2:
        return shown[:LONGEST]
    return f"{stem[: LONGEST - len(suffix) - 2]}\N{HORIZONTAL ELLIPSIS}.{suffix}"
