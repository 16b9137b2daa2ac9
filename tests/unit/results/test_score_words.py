"""What stands beside a score: an estimate and a count that say what they are, or that the score is uncalibrated."""

from __future__ import annotations

import pytest

from portal.domain.status import Lang
from portal.results.conclusion import AssessedTarget, Assessment, Caution
from portal.results.ranking import joined_limits, score_text, sum_text
from portal.results.score_words import assessment_note, documented_line, documented_words
from portal.results.scores import DocumentedShare

FOUND = DocumentedShare(share=0.98, strains=27, acting=23, low=0.75, high=1.0)


def test_an_estimate_and_a_count_are_told_apart() -> None:
    words = documented_words(FOUND).word(Lang.EN)
    assert words == (
        "estimate: 98 % of published strains with such a score are reported to act on it "
        "(from a curve through all scores; counted: of 27 published strains that score 0.75 to 1, 23 are)"
    )
    assert documented_words(FOUND).word(Lang.ZH).startswith("估计：得分相近的已发表菌株中有 98 %")
    assert documented_words(FOUND, short=True).word(Lang.EN) == "98 % (23 of 27 at 0.75 to 1)"
    assert documented_line(FOUND).word(Lang.EN) == "98 % of strains with such a score act"


def test_without_a_count_only_the_estimate_is_told() -> None:
    for found in (
        DocumentedShare(share=0.1, strains=0, acting=0, low=0.25, high=0.5),
        DocumentedShare(share=0.1, strains=4, acting=1),  # of an earlier version, which named no range
    ):
        assert "counted" not in documented_words(found).word(Lang.EN)
        assert documented_words(found, short=True).word(Lang.EN) == "10 % (not counted)"


def test_a_score_without_an_estimate_says_so() -> None:
    assert documented_words(None).word(Lang.EN).startswith("uncalibrated: not known")
    assert documented_words(None, short=True).word(Lang.ZH) == documented_line(None).word(Lang.ZH) == "未经校准"


@pytest.mark.parametrize(
    ("assessment", "caution", "score", "low", "words"),
    [
        ("possible", "wide_interval", 0.86, 0.0, "not likely, as the interval begins at 0.00, below 0.35"),
        ("possible", "wide_interval", 0.86, 0.3499, "not likely, as the interval begins just below 0.35"),
        (
            "possible",
            "beside_primary",
            0.86,
            0.5,
            "not likely, as the strain's own toxins were tested far less on it than on a likely primary target",
        ),
        ("possible", None, 0.697, 0.5, "the score is just below 0.70"),
        ("little_support", None, 0.3461, 0.0, "the score is just below 0.35"),
        ("possible", None, 0.35, 0.0, None),
        ("possible", None, 0.69, 0.0, None),
        ("little_support", None, 0.34, 0.0, None),
        ("likely", None, 0.7, 0.35, None),
    ],
)
def test_an_assessment_other_than_the_score_suggests_has_its_reason(
    assessment: str, caution: str | None, score: float, low: float, words: str | None
) -> None:
    said = AssessedTarget("Diptera", Assessment(assessment), Caution(caution) if caution else None)
    note = assessment_note(said, score, low, 0.95)
    assert (note and note.word(Lang.EN)) == words
    assert note is None or note.word(Lang.ZH) != words


@pytest.mark.parametrize(
    ("score", "words"),
    [(0.0, "0.00"), (0.0001, "<0.01"), (0.0049, "<0.01"), (0.005, "0.01"), (0.994, "0.99"), (0.995, ">0.99")],
)
def test_a_score_is_written_as_0_or_1_only_if_it_is(score: float, words: str) -> None:
    assert score_text(score) == words
    assert sum_text(score) == (words if score < 0.995 else "0.99")
    assert joined_limits("0.00", words) == (f"0.00 – {words}" if words[0] in "<>" else f"0.00–{words}")


def test_a_sum_may_be_above_1() -> None:
    assert [sum_text(total) for total in (0.004, 0.996, 6.1552)] == ["<0.01", "1.00", "6.16"]
