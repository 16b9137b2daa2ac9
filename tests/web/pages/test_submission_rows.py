"""The rows of a submission as data: all of them, and those that changed."""

from __future__ import annotations

import gzip
import html
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.status import FailureKind, TaskStatus
from tests.builders import Site
from tests.web.batch import Batch
from tests.web.pages.grid_text import order_of, row, text


def test_only_what_changed_comes_to_a_page_that_watches(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b")
    batch.put(1, TaskStatus.RUNNING)
    batch.open(client)
    page = client.get(batch.page).text
    cursor, columns = (re.search(rf'data-{name}="([^"]*)"', page)[1] for name in ("cursor", "columns"))  # type: ignore[index]
    address = f"{batch.page}/changes?by=orders&since={cursor}&columns={columns}"
    assert client.get(address).status_code == 204
    batch.put(2, TaskStatus.RUNNING)
    changed = client.get(address).text
    assert numbers_of(changed_data(changed)) == [2]
    assert 'id="panel"' in changed
    whole = changed_data(client.get(f"{batch.page}/changes?by=orders&since={cursor}&columns=other").text)
    assert numbers_of(whole) == [1, 2]
    assert whole["key"] == columns


def changed_data(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="changed">(.*?)</script>', page, re.DOTALL)
    assert found, page
    data: dict[str, Any] = json.loads(found[1])
    return data


def numbers_of(data: dict[str, Any]) -> list[int]:
    return [row[0] for row in data["rows"]]


@pytest.mark.parametrize("by", ["orders", "species", "toxins"])
def test_the_data_of_the_grid_says_what_its_page_says(site: Site, client: FlaskClient, by: str) -> None:
    batch = Batch(site, "many", "none", "failed", "<b>awaited</b>")
    batch.put(1, hits=7)
    batch.put(2, hits=0)
    batch.put(3, TaskStatus.FAILED, failure_kind=FailureKind.TIMEOUT)
    batch.open(client)
    page, data = client.get(f"{batch.page}?by={by}").text, client.get(f"{batch.page}/rows?by={by}").get_json()
    assert re.findall(r'data-key="([^"]+)"', page)[3:] == [column[0] for column in data["columns"]]
    assert f'data-columns="{data["key"]}"' in page
    for n, label, status, word, tone, said, toxins, address, cells, _, _, _, brief, damage, _ in data["rows"]:
        shown = row(page, n)
        assert (f'data-state="{status}"' in shown, f'class="tone-{tone}"' in shown) == (True, True)
        drawn = [f"{data['cells'][cell][0]} {data['cells'][cell][5]} {data['cells'][cell][6]}" for cell in cells]
        read = [label, brief or said, word, "" if toxins is None else str(toxins), damage, *drawn]
        assert text(shown.replace("<span", " <span")).split() == " ".join(read).split()
        assert (f'title="{said}"' in shown) == bool(brief)
        evidences = [column[3] for column, cell in zip(data["columns"], cells, strict=True) if data["cells"][cell][4]]
        links = [address] * bool(address) + [f"{address}{evidence}" for evidence in evidences]
        assert re.findall(r'href="([^"]+)"', shown) == links


def test_a_long_grid_comes_with_its_first_rows_and_whole_without_scripts(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, *(f"s{n:02d}" for n in range(1, 31)))
    batch.open(client)
    page = client.get(f"{batch.page}?sort=-label&state=awaited").text
    assert order_of(page) == list(range(30, 6, -1)), "the first of those that are wanted, in their order"
    whole = re.search(r'<noscript><meta http-equiv="refresh" content="0; url=([^"]+)"></noscript>', page)
    assert whole
    followed = client.get(html.unescape(whole[1])).text
    assert order_of(followed) == list(range(30, 0, -1))
    assert "http-equiv" not in followed
    assert numbers_of(client.get(f"{batch.page}/rows").get_json()) == list(range(1, 31))


def test_the_data_of_the_grid_needs_the_token(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "secret strain")
    refused = client.get(f"{batch.page}/rows")
    assert (refused.status_code, "secret strain" in refused.text) == (401, False)
    batch.open(client, batch.view_token)
    answer = client.get(f"{batch.page}/rows")
    assert batch.view_token not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_tables_and_changed_rows_are_packed(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, *(f"strain {n}" for n in range(30)))
    batch.open(client)
    asked = (batch.page, f"{batch.page}/changes?columns=none", f"{batch.page}/rows", f"{batch.api}/tasks?format=csv")
    for path in asked:
        packed = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == client.get(path).data
