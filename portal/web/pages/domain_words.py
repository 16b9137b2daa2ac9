"""The domains of toxins in words, and the style and sign of each in drawings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from portal.web.texts.i18n import lazy_gettext as _l

_WORDS = {
    "Endotoxin_N": _l("domain I"),
    "Endotoxin_M": _l("domain II"),
    "Endotoxin_mid": _l("middle domain"),
    "Endotoxin_C": _l("domain III"),
}
_LOOKS = {"Endotoxin_N": "one", "Endotoxin_M": "two", "Endotoxin_mid": "middle", "Endotoxin_C": "three"}
_SIGNS = {"Endotoxin_N": "I", "Endotoxin_M": "II", "Endotoxin_mid": "II", "Endotoxin_C": "III"}


class SaidWords(dict[str, str]):
    """Words in the language of this request; a key without a word is returned unchanged."""

    def __missing__(self, name: str) -> str:
        return name


def said(words: Mapping[Any, object]) -> SaidWords:
    """Return lazy words in the language of this request."""
    return SaidWords((name, str(word)) for name, word in words.items())


def domain_context() -> dict[str, Any]:
    """Return what templates need to name and draw domains."""
    return {
        "domain_words": said(_WORDS),
        "domain_looks": defaultdict(lambda: "other", _LOOKS),
        "domain_signs": defaultdict(str, _SIGNS),
    }
