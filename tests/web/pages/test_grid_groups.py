"""Groups of similar strains: average linkage against a plain computation, and where the tree is cut."""

from __future__ import annotations

import random
from itertools import product

import pytest
from flask.testing import FlaskClient

from portal.services.submission_grid import GridBy
from portal.web.pages.grid_groups import cut_of, similar_groups
from tests.builders import Site
from tests.web.batch import Batch
from tests.web.pages.grid_text import order_of, row, text


def plain_groups(rows: list[list[float]], cut: float) -> set[frozenset[int]]:
    """Merge the two nearest groups until the tree is whole, and undo what was merged above the cut."""
    groups = [frozenset([place]) for place in range(len(rows))]
    steps = [(0.0, set(groups))]

    def distance(one: frozenset[int], other: frozenset[int]) -> float:
        pairs = list(product(one, other))
        return sum(sum(abs(a - b) for a, b in zip(rows[x], rows[y], strict=True)) for x, y in pairs) / len(pairs)

    while len(groups) > 1:
        pairs = [(distance(a, b), a, b) for n, a in enumerate(groups) for b in groups[:n]]
        height, a, b = min(pairs, key=lambda pair: pair[0])
        groups = [group for group in groups if group not in (a, b)] + [a | b]
        steps.append((height, set(groups)))
    return [found for height, found in steps if height <= cut][-1]


@pytest.mark.parametrize("seed", range(12))
def test_groups_are_those_of_average_linkage(seed: int) -> None:
    dice = random.Random(seed)
    kinds = [[dice.random() for _ in range(7)] for _ in range(4)]
    rows = [[value + dice.gauss(0, 0.03) for value in dice.choice(kinds)] for _ in range(25)]
    found = similar_groups(rows, cut=1)
    assert {frozenset(group) for group in found} == plain_groups(rows, 1)
    assert sorted(place for group in found for place in group) == list(range(25))


@pytest.mark.parametrize(
    ("rows", "groups"),
    [
        ([], []),
        ([[1.0]], [[0]]),
        ([[], [], []], [[0, 1, 2]]),
        ([[0.5], [0.5], [0.5]], [[0, 1, 2]]),
        ([[0.9, 0.1], [0.8, 0.2]], [[0, 1]]),
        ([[0.9, 0.0], [0.0, 0.9], [0.9, 0.1]], [[0, 2], [1]]),
    ],
)
def test_what_differs_by_little_is_one_group(rows: list[list[float]], groups: list[list[int]]) -> None:
    assert similar_groups(rows, cut=cut_of(GridBy.ORDERS)) == groups


def test_a_page_without_scripts_marks_where_a_group_begins(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "quux", "b", "c", "d")
    for n, hits in enumerate((7, 0, 7, 0), 1):
        batch.put(n, hits=hits)
    batch.open(client)
    assert 'class="group"' not in client.get(batch.page).text
    for lang, words in (("en", "Group {n}: 2 strains"), ("zh", "第 {n} 组：2 个菌株")):
        page = client.get(f"{batch.page}?sort=similar&lang={lang}").text
        assert order_of(page) == [1, 3, 2, 4]
        begins = [n for n in (1, 2, 3, 4) if " begins" in row(page, n)[:120]]
        assert begins == [1, 2]
        assert words.format(n=1) in text(row(page, 1))
        assert words.format(n=2) in text(row(page, 2))
    single = client.get(f"{batch.page}?sort=similar&find=quux&lang=en").text
    assert "Group 1: 1 strain" in text(row(single, 1)), "of those that are shown"
