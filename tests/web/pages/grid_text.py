"""What a page's grid says, read from its HTML."""

from __future__ import annotations

import csv
import html
import io
import re

from flask.testing import FlaskClient


def row(page: str, n: int) -> str:
    found = re.search(rf'<tr role="row" id="strain-{n}".*?</tr>', page, re.DOTALL)
    assert found, page
    return found.group()


def order_of(page: str) -> list[int]:
    return [int(n) for n in re.findall(r'<tr role="row" id="strain-(\d+)"', page)]


def text(fragment: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", fragment).split()))


def table(client: FlaskClient, page: str, by: str, ending: str = "csv", more: str = "") -> list[dict[str, str]]:
    path, _, query = page.partition("?")
    answer = client.get(f"{path}/table.{ending}?{query}&by={by}{more}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text), delimiter="\t" if ending == "tsv" else ","))
