"""Many strains as one submission of the portal: what its grid, its tables and its comparison say of each of them."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from msgspec.structs import replace

from portal.cli.genome_lines import genome_line
from portal.domain.status import Lang
from portal.files.submissions import SubmissionFolders
from portal.results.codec import to_json
from portal.results.conclusion import NOTHING_FOUND
from portal.results.scores import ScoresDocument
from tests.builders import GENOME, Site, rewrite_result


@dataclass(frozen=True)
class GridRowSaid:
    """A row of the grid by orders: its line of text, and of each order's cell the text, the value and the mark."""

    line: str
    cells: Mapping[str, tuple[str, float | None, str]]


class StrainsTogether:
    """A submission with one completed genome for each strain of a document of scores, labelled by the strain."""

    def __init__(self, site: Site, client: FlaskClient, scores: ScoresDocument) -> None:
        self._client = client
        labels = [strain.strain for strain in scores.strains]
        item = {"size": len(GENOME), "sha256": hashlib.sha256(GENOME).hexdigest()}
        body = client.post(
            "/api/submissions", json={"items": [{"label": label, **item} for label in labels]}
        ).get_json()
        self._id, self._token = body["submission_id"], body["token"]
        for made, strain in zip(body["items"], scores.strains, strict=True):
            SubmissionFolders(site.portal).mark_received(self._id, made["n"])
            has_toxins = strain.conclusion.outcome not in NOTHING_FOUND
            site.task(task_id=made["task_id"], submission=self._id, hits=int(has_toxins))
            out = site.portal.task(made["task_id"]).attempt(1).path / "shoter" / "out"
            rewrite_result(out / "strain_scores.json", to_json(replace(scores, strains=(strain,), records={})))
        self._task_ids = [made["task_id"] for made in body["items"]]
        self._page = f"/submissions/{self._id}"
        assert client.post(f"{self._page}/unlock", data={"token": self._token}).status_code == 303

    def drawn(self, lang: Lang, part: str = "") -> dict[str, GridRowSaid]:
        """Return the rows that the script of the grid draws; `part` is `/compare` for the comparison."""
        return self._rows(f"{self._page}{part}/rows?by=orders&lang={lang}")

    def tasks_drawn(self, labels: Sequence[str], lang: Lang) -> dict[str, GridRowSaid]:
        """Return the rows of the comparison of some tasks, under these labels."""
        found = self._rows(f"/compare/rows?tasks={','.join(self._task_ids[: len(labels)])}&by=orders&lang={lang}")
        return dict(zip(labels, found.values(), strict=True))

    def _rows(self, address: str) -> dict[str, GridRowSaid]:
        grid: dict[str, Any] = self._client.get(address).get_json()
        keys = [column[0] for column in grid["columns"]]
        cells = [(cell[0], cell[3], cell[6]) for cell in grid["cells"]]
        return {
            row[1]: GridRowSaid(row[5], dict(zip(keys, (cells[number] for number in row[8]), strict=True)))
            for row in grid["rows"]
        }

    def marked(self, lang: Lang, part: str = "") -> dict[str, list[str]]:
        """Return the marks in each strain's cells in the page itself, as readers without scripts get them."""
        page = self._client.get(f"{self._page}{part}?rows=all&lang={lang}").text
        rows = re.findall(r'<tr role="row" id="strain-.*?</tr>', page, re.DOTALL)
        labels = [re.findall(r'<th scope="row"[^>]* data-text="([^"]*)">', row)[0] for row in rows]
        marks = [re.findall(r'<span class="flaw">(.*?)</span></a></td>', row) for row in rows]
        return {html.unescape(label): found for label, found in zip(labels, marks, strict=True)}

    def legend(self, lang: Lang) -> str:
        """Return what the page says below the grid."""
        page = self._client.get(f"{self._page}?rows=all&lang={lang}").text
        return page.partition('id="grid-frame"')[2].partition('<p class="help">')[2].partition("</p>")[0]

    def cautions(self) -> list[dict[str, str]]:
        """Return the column `cautions` of each strain in the API's table and the comparison's, by the strain."""
        headers = {"Authorization": f"Bearer {self._token}"}
        body = self._client.get(f"/api/submissions/{self._id}/tasks?format=json", headers=headers).get_json()
        text = self._client.get(f"{self._page}/compare/table.csv?by=orders").text
        return [
            {row["label"]: row["cautions"] or "" for row in body["rows"]},
            {row["strain"]: row["cautions"] for row in csv.DictReader(io.StringIO(text))},
        ]

    def written(self, lang: Lang, part: str = "") -> dict[str, str]:
        """Return the line of each strain in the page itself, in full, as readers without scripts get it."""
        page = self._client.get(f"{self._page}{part}?rows=all&lang={lang}").text
        said = r'<th scope="row"[^>]* data-text="([^"]*)">.*?<span class="common said" title="([^"]*)">'
        rows = re.findall(said, page)
        return {html.unescape(label): html.unescape(line) for label, line in rows}

    def table(self) -> dict[str, tuple[str, tuple[str, ...], str]]:
        """Return outcome, targets and the state of all genes of each strain in the API's table, as JSON."""
        headers = {"Authorization": f"Bearer {self._token}"}
        body = self._client.get(f"/api/submissions/{self._id}/tasks?format=json", headers=headers).get_json()
        return {row["label"]: (*_named(row["conclusion"], row["targets"]), _genes(row, True)) for row in body["rows"]}

    def printed(self) -> dict[str, str]:
        """Return what the commands print of each strain's row in that table."""
        headers = {"Authorization": f"Bearer {self._token}"}
        body = self._client.get(f"/api/submissions/{self._id}/tasks?format=json", headers=headers).get_json()
        return {row["label"]: genome_line(row).split("\t")[3] for row in body["rows"]}

    def compared_table(self) -> dict[str, tuple[str, tuple[str, ...], str]]:
        """Return the same from the comparison's table to download."""
        text = self._client.get(f"{self._page}/compare/table.csv?by=orders").text
        rows = csv.DictReader(io.StringIO(text))
        return {row["strain"]: (*_named(row["conclusion"], row["targets"]), _genes(row, "yes")) for row in rows}


def _genes(row: Mapping[str, Any], yes: object) -> str:
    return next((state for state in ("broken", "cut") if row[f"genes_{state}"] == yes), "whole")


def _named(outcome: str, targets: str | None) -> tuple[str, tuple[str, ...]]:
    return outcome, tuple((targets or "").split("; ")) if targets else ()
