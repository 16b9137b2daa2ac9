"""Characters that nobody sees, or that change the direction of the text around them.

Two names that look the same should be the same, and a name must not reorder what stands beside it. Format characters
(zero-width, bidirectional, tags), letters and signs without ink, and variation selectors that select nothing are
therefore no part of a name, and a space that only looks like the usual one is replaced by it. What a script needs stays
where it is needed:

- ZWNJ and ZWJ after a virama (scripts of India and its neighbours), and between letters of Arabic and its kin, of N'Ko
  and of Mongolian: there they decide how a word is written, as in Persian. Anywhere else, also between emoji, they show
  nothing (after RFC 5892, A.1 and A.2, with the classes of `unicodedata` in place of joining types).
- Variation selectors after a CJK ideograph or a symbol, and those of Mongolian after its letters.
- The ideographic space (U+3000), which Chinese keyboards type and everybody sees.

Controls, surrogates and separators of lines and paragraphs are not here: names that hold them are refused.
"""

from __future__ import annotations

import re
import unicodedata

# Letters, marks and signs that show nothing (Unicode 15, Default_Ignorable_Code_Point), and the empty Braille pattern.
_NO_INK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0") | {chr(n) for n in range(0xFFF0, 0xFFF9)}
_JOINERS = "\u200c\u200d"
_VIRAMA = 9  # a combining class
_MONGOLIAN_SELECTORS = "\u180b\u180c\u180d\u180f"
# Every character that may have to go, and some that need not: most texts have none, and are done with one search.
_PERHAPS = re.compile(
    "[\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_ODD_SPACE = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f]")


def seen(text: str, *, instead: str = "") -> str:
    """Return a text as one sees it: no characters that nobody sees (or others in their place), and usual spaces."""
    return _ODD_SPACE.sub(" ", without_unseen(text, instead=instead))


def without_unseen(text: str, *, instead: str = "") -> str:
    """Return the same with all spaces as they are."""
    return _PERHAPS.sub(lambda found: instead if _is_unseen(text, found.start()) else found[0], text)


def _is_unseen(text: str, place: int) -> bool:
    char, before = text[place], text[max(0, place - 1) : place]
    if char in _JOINERS:
        return not _is_joiner_needed(text, place)
    if char in _MONGOLIAN_SELECTORS:
        return not _is_mongolian(before)
    if "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        return not _has_variants(before)
    return char in _NO_INK or "\U000e0000" <= char <= "\U000e0fff" or unicodedata.category(char) == "Cf"


def _is_joiner_needed(text: str, place: int) -> bool:
    before = place - 1
    if before >= 0 and unicodedata.combining(text[before]) == _VIRAMA:
        return True
    while before >= max(0, place - 8) and unicodedata.category(text[before]) == "Mn":  # vowels stand on their letter
        before -= 1
    return before >= 0 and _joins(text[before]) and _joins(text[place + 1 : place + 2])


def _joins(char: str) -> bool:
    return bool(char) and (
        unicodedata.bidirectional(char) == "AL" or _is_mongolian(char) or "\u07ca" <= char <= "\u07ea"
    )


def _is_mongolian(char: str) -> bool:
    return "\u1820" <= char <= "\u18aa"


def _has_variants(char: str) -> bool:
    if not char:
        return False
    category = unicodedata.category(char)
    return category[0] == "S" or (category == "Lo" and unicodedata.name(char, "").startswith("CJK"))
