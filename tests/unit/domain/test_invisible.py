"""No name holds what nobody sees or what changes direction; what a script needs stays, old records stay readable."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from portal.domain.annotations import Annotations, clean_tags, clean_text, is_as_written
from portal.domain.errors import InvalidRequest, InvalidValue
from portal.domain.invisible import seen, without_unseen
from portal.domain.submission import clean_label
from portal.web.texts.shown_text import shown
from portal.web.upload.filename import display_name

EVERY = [chr(number) for number in range(sys.maxunicode + 1)]
REFUSED = {"Cc", "Cs", "Zl", "Zp"}
NO_INK = set("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe0f\ufe00\u180b\U000e0100\U000e0041\u200c\u200d")

# What a script needs: Persian with ZWNJ, Devanagari and Sinhala with joiners after a virama, a variant of an ideograph,
# a Mongolian letter with its selector, an emoji with its presentation, a wide space.
NEEDED = [
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "\u0645\u06cc\u0650\u200c\u062e",
    "\u0915\u094d\u200d\u0937",
    "\u0915\u094d\u200c\u0937",
    "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
    "\u845b\U000e0100\u57ce",
    "\u1820\u180b",
    "\u2764\ufe0f",
    "\u83cc\u682a\u3000\u4e00",
]


@pytest.mark.parametrize("clean", [clean_label, lambda text: clean_text(text, 200), lambda text: clean_tags([text])[0]])
def test_of_every_category_what_is_not_seen_is_left_out_or_refused(clean: object) -> None:
    assert callable(clean)
    for char in EVERY:
        category, text = unicodedata.category(char), f"a{char}b"
        if category in REFUSED:
            with pytest.raises(InvalidValue):
                clean(text)
        elif category == "Cf" or char in NO_INK:
            assert clean(text) == "ab", hex(ord(char))
        elif category == "Zs":
            assert clean(text) == ("a\u3000b" if char == "\u3000" else "a b"), hex(ord(char))


def test_a_file_name_shows_that_something_was_there() -> None:
    for char in EVERY:
        category, text = unicodedata.category(char), f"a{char}b.fna"
        if category[0] == "C" or category in REFUSED or char in NO_INK:
            assert display_name(text) == "a\N{REPLACEMENT CHARACTER}b.fna", hex(ord(char))
        elif category == "Zs" and char != "\u3000":
            assert display_name(text) == "a b.fna", hex(ord(char))


@pytest.mark.parametrize("text", NEEDED)
def test_what_a_script_needs_stays(text: str) -> None:
    normal = unicodedata.normalize("NFC", text)
    assert (clean_label(text), clean_text(text, 200), shown(text)) == (normal, normal, text)
    assert display_name(f"{text}.fna") == f"{normal}.fna"


@pytest.mark.parametrize("text", ["\u200c{}", "{}\u200d", "C\u200d{}", "{}\u200cC", "\u200b{}", "{}\u2060\ufeff"])
@pytest.mark.parametrize("needed", NEEDED)
def test_the_same_character_elsewhere_does_not(text: str, needed: str) -> None:
    bare = (
        text.replace("\u200c", "")
        .replace("\u200d", "")
        .replace("\u200b", "")
        .replace("\u2060", "")
        .replace("\ufeff", "")
    )
    if text.startswith("{}\u200d") and unicodedata.combining(needed[-1]) == 9:
        return
    assert seen(text.format(needed)) == bare.format(needed)


def test_joiners_between_emoji_show_nothing() -> None:
    assert clean_label("\U0001f469\u200d\U0001f52c 7") == "\U0001f469\U0001f52c 7"


_TEXT = st.text(
    alphabet=st.one_of(
        st.characters(categories=["Cf", "Zs", "Mn"]), st.sampled_from("aé\u0645\u06cc\u0915\u094d\u845b\u1820\u2764<&;")
    ),
    max_size=20,
)


@given(_TEXT)
def test_to_clean_again_changes_nothing(text: str) -> None:
    try:
        label = clean_label(text)
    except InvalidValue:
        return
    assert clean_label(label) == label == clean_text(label, 200) == shown(label)
    assert seen(without_unseen(text)) == seen(text) == without_unseen(seen(text))


@given(_TEXT)
def test_text_of_pages_never_becomes_markup(text: str) -> None:
    assert "<" not in str(shown(Markup.escape(text)))
    assert shown(Markup("<\u200bb>")) == Markup("<\ufffdb>")


def test_what_earlier_versions_stored_is_read() -> None:
    assert is_as_written(
        Annotations("a\u200bb\u00a0c\ufeff1", ("soil\u00ad",), "x\u200e\ny", {"s\u200bite": "\u3164x"})
    )
    assert not is_as_written(Annotations("a\u202eb"))
    with pytest.raises(InvalidRequest):
        is_as_written(Annotations("a\u2028b"))


def test_what_is_no_text_is_written_as_it_is() -> None:
    value = object()
    assert shown(value) is value
    assert shown(7) == 7
