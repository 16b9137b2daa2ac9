"""What the words for evidence say: that of relatives beside tests of the toxin itself, and no score a probability."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portal.pipeline.plots.words import EN, ZH, state_label
from portal.pipeline.report import prose_en, prose_zh
from portal.results.codec import from_json
from portal.results.scores import ScoresDocument, ScoreState
from tests.pipeline.shoter.fact_tables import fact, shoot


def test_evidence_of_relatives_may_stand_beside_a_record_of_the_toxin_itself(tmp_path: Path) -> None:
    """A test without effect whose source was not read decides nothing, and is listed all the same."""
    facts = [
        fact(1, "Cry1Ab", "Coleoptera", "Leptinotarsa decemlineata", "negative", seen="recalled"),
        fact(2, "Cry1Ba", "Coleoptera", "Leptinotarsa decemlineata", "positive"),
    ]
    document = from_json((shoot(tmp_path, facts, "Cry1Ab1") / "strain_scores.json").read_bytes(), ScoresDocument)
    (score,) = (each for each in document.strains[0].targets if each.target == "Coleoptera")
    assert score.state is ScoreState.INHERITED
    assert [share.records for share in score.units] == [("F0001",)]
    assert state_label(EN, score.state) == "effect known of relatives only"
    assert state_label(ZH, score.state) == "仅近缘毒素有活性记录"


@pytest.mark.parametrize("prose", [prose_en, prose_zh])
def test_no_sentence_of_the_method_calls_a_score_a_probability(prose: object) -> None:
    sentences = re.split(r"[.。:：]", " ".join(prose._METHOD))  # type: ignore[attr-defined]
    said = [sentence for sentence in sentences if "probability" in sentence or "概率" in sentence]
    assert said
    assert all("no probability" in sentence or "不是概率" in sentence for sentence in said)
