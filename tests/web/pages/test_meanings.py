"""Each state word that the page of a strain or the grid can show is explained there, in both languages."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import pytest
from flask.testing import FlaskClient

from portal.domain.catalogue.table import TEXTS
from portal.domain.status import Lang
from portal.results.conclusion import Assessment
from portal.results.evidence_table import Reading
from portal.results.loci import Verdict
from portal.results.own_tests import Role
from portal.results.scores import ScoreState, Tier
from portal.web.pages.genome_map import GeneShape
from portal.web.texts import meanings
from portal.web.texts.words import ASSESSMENT, GENE_FLAG, GENE_SHAPE, SCORE_STATE, TIER
from tests.builders import Site
from tests.web.pages.conftest import Open

# Shapes of the map that are verdicts in other words.
SAME_AS_A_VERDICT = {"whole", "cut", "remnant", "unjudged"}


@pytest.mark.parametrize(
    ("shown", "explained"),
    [
        (Assessment, meanings.OF_ASSESSMENT),
        (ASSESSMENT, meanings.OF_ASSESSMENT),
        (set(Tier) - {Tier.NONE}, meanings.OF_TIER),
        (TIER, meanings.OF_TIER),
        (ScoreState, meanings.OF_STATE),
        (SCORE_STATE, meanings.OF_STATE),
        ({*Verdict, None}, meanings.OF_VERDICT),
        (GENE_FLAG, meanings.OF_FLAG),
        (Reading, meanings.OF_READING),
        (set(GENE_SHAPE) - SAME_AS_A_VERDICT, meanings.OF_GENE_SHAPE),
        (set(GeneShape) - SAME_AS_A_VERDICT, meanings.OF_GENE_SHAPE),
    ],
)
def test_each_word_of_a_table_is_explained(shown: Collection[str], explained: Mapping[str, object]) -> None:
    assert set(shown) == set(explained)


def test_each_other_state_of_a_gene_is_explained() -> None:
    states = {code for code in TEXTS if code.startswith("locus.state.")}
    in_grids = {"genes.cut"}  # broken is among the forms of the map
    assert states | in_grids | {f"bioassay.whose.{Role.PART}"} == set(meanings.OF_GENE_STATE)


@pytest.mark.parametrize("lang", Lang)
def test_the_page_of_a_strain_explains_what_it_says(
    site: Site, client: FlaskClient, open_task: Open, lang: Lang
) -> None:
    text = client.get(f"{open_task(site.task())}?lang={lang}").text
    explained = explained_in(text)
    for code in (*(f"locus.verdict.{each}" for each in Verdict), "locus.verdict_none", *meanings.OF_GENE_STATE):
        assert TEXTS[code].fill(lang, {}) in explained
    told = re.findall(r'<td class="basis">(.*?)(?:<span|<details|</td>)', text)
    assert told
    for basis in told:
        for word in re.sub(r"<.*?>|&nbsp;", " ", basis).split("·"):
            assert not word.strip() or word.strip() in explained, word
    if lang is Lang.ZH:
        assert all(re.search(r"[\u4e00-\u9fff]", word) for word in explained)


@pytest.mark.parametrize("lang", Lang)
def test_the_grid_explains_the_same(site: Site, client: FlaskClient, open_task: Open, lang: Lang) -> None:
    built = site.task()
    on_page = explained_in(client.get(f"{open_task(built)}?lang={lang}").text)
    grid = client.get(f"/compare?tasks={built.task_id}&lang={lang}").text
    assert explained_in(grid) == on_page


def explained_in(text: str) -> set[str]:
    """Return the words that a page explains."""
    start = text.index('id="meanings"')
    return set(re.findall(r"<dt>(.*?)</dt>", text[start : text.index("</details>", start)]))
