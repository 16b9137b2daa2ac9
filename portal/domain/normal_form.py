"""The normal form of a text (NFC), in time that does not grow with what a stranger sends."""

from __future__ import annotations

import unicodedata

# No character of a text in NFC stands for more of them (UAX 15): what is longer by this is too long in any form.
_MOST_PER_CHARACTER = 4


def composed(text: str, longest: int) -> str:
    """Return a text in NFC; one that cannot become as short as `longest` stays as it is.

    The time to sort marks that combine grows with the square of their number.
    """
    return text if len(text) > _MOST_PER_CHARACTER * longest else unicodedata.normalize("NFC", text)
