"""What the grid says of its scores: frames as the conclusion has them, estimates where there are some."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.status import PipelineStage
from tests.builders import Site, rewrite_result
from tests.web.batch import Batch, out_of
from tests.web.pages.grid_text import row, text

ESTIMATE = {"share": 0.9, "of": 20, "acting": 18, "low": 0.75, "high": 1.0}


@pytest.fixture
def batch(site: Site, client: FlaskClient) -> Batch:
    batch = Batch(site, "a")
    batch.put(1)
    batch.open(client)
    return batch


def change(batch: Batch, **estimated: dict[str, Any]) -> dict[str, Any]:
    """Make the orders that are called primary others than those that the conclusion calls likely."""
    path = out_of(batch, PipelineStage.SHOTER) / "strain_scores.json"
    document = json.loads(path.read_text())
    [strain] = document["strains"]
    for order in strain["orders"]:
        order["tier"] = "primary" if order["target"] == "Diptera" else "secondary"
        order["documented"] = estimated.get(order["target"])
    said = {each["target"]: each for each in strain["conclusion"]["pest"]}
    said["Lepidoptera"]["assessment"], said["Coleoptera"]["assessment"] = "possible", "likely"
    rewrite_result(path, json.dumps(document).encode())
    return dict(strain)


def framed(page: str) -> set[str]:
    """Return the columns whose cell is framed."""
    columns = re.findall(r'data-key="([^"]+)"', page)[3:]
    cells = re.findall(r'<td role="cell" class="cell ([^"]+)"', row(page, 1))
    return {column for column, looks in zip(columns, cells, strict=True) if "framed" in looks.split()}


def help_of(page: str) -> str:
    return text(page.partition('id="grid-frame"')[2].partition('<p class="help">')[2].partition("</p>")[0])


def test_frames_are_those_of_the_conclusion(client: FlaskClient, batch: Batch) -> None:
    strain = change(batch)
    likely = {
        each["target"]
        for each in (*strain["conclusion"]["pest"], *strain["conclusion"]["non_pest"])
        if each["assessment"] == "likely"
    }
    page = client.get(batch.page).text
    assert framed(page) == likely == {"Coleoptera", "Human cancer cells"}
    assert 'title="likely acts on it"' in row(page, 1)
    client.post(f"/tasks/{batch.task_id(1)}/unlock", data={"token": batch.token})
    heading = re.search(r'<h2 id="verdict-title">.*?</h2>', client.get(f"/tasks/{batch.task_id(1)}").text, re.DOTALL)
    assert heading
    assert text(heading[0]) == "Likely acts on Coleoptera"


def test_no_conclusion_is_drawn_on_species(client: FlaskClient, batch: Batch) -> None:
    page = client.get(f"{batch.page}?by=species").text
    assert framed(page) == set()
    assert "Framed" not in help_of(page)
    assert "A species may score above its order" in help_of(page)
    assert "物种的得分可能高于其所在的目" in help_of(client.get(f"{batch.page}?by=species&lang=zh").text)


def test_without_estimates_it_says_so(client: FlaskClient, batch: Batch) -> None:
    assert "How many strains with such a score act on these orders is not known." in help_of(
        client.get(batch.page).text
    )
    assert "尚不知道" in help_of(client.get(f"{batch.page}?lang=zh").text)


def test_orders_without_an_estimate_are_named(client: FlaskClient, batch: Batch) -> None:
    change(batch, Lepidoptera=ESTIMATE, Diptera=ESTIMATE)
    said = help_of(client.get(batch.page).text)
    unknown = said.partition("for ")[2].partition(" this is not known")[0]
    assert {"Coleoptera", "Orthoptera"} <= set(unknown.split(", "))
    assert {"Lepidoptera", "Diptera", "Hymenoptera"}.isdisjoint(unknown.split(", ")), "estimated, or without a score"
    assert "鞘翅目" in help_of(client.get(f"{batch.page}?lang=zh").text)
