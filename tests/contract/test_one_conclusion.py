"""Page, report, API, commands and comparison say the same of a strain: the one conclusion, each in its own words.

Read from what each of them puts before a reader: all published strains, every toxin name alone, and random
inventories with hits near and far, cut genes, broken genes and hits by profile alone.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace

from portal.cli.demo import _print_results
from portal.domain.status import Lang
from portal.pipeline.compare.tables import tabulate, write_tables
from portal.pipeline.report.languages import PROSE
from portal.pipeline.report.render import ReportHeader, write_report
from portal.pipeline.report.summary import summarise
from portal.results.codec import to_json
from portal.results.conclusion import LIKELY_FROM, POSSIBLE_FROM, Assessment
from portal.results.gene_state import GeneCondition
from portal.results.reading import TaskResults, read_results
from portal.results.targets import PANELS, Panel
from tests.builders import BuiltTask, Site, make_site, rewrite_result, write_heartbeat
from tests.contract.inventories import score_inventories
from tests.contract.said import PAGE, PAGE_ZH, REPORT, TERMINAL, Phrases, Said, in_json, read
from tests.contract.strains_of_all_kinds import UNKNOWN, inventories
from tests.contract.strains_together import GridRowSaid, StrainsTogether
from tests.pipeline.plots.result_files import write_results


@dataclass(frozen=True)
class Scored:
    """One run of `btportal shoter` over all inventories, and what it printed."""

    folder: Path
    results: TaskResults
    printed: str

    @property
    def strains(self) -> tuple[str, ...]:
        return tuple(strain.strain for strain in self.results.strains)


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Scored:
    folder = tmp_path_factory.mktemp("scored")
    printed = score_inventories(
        folder, inventories(), "--draws", "100", "--min_identity", "0.45", mostly_unknown={UNKNOWN}
    )
    return Scored(folder, read_results(folder / "no digger", folder), printed)


class Served:
    """A task in the portal whose scores are, one after the other, those of each strain."""

    def __init__(self, site: Site, client: FlaskClient, scored: Scored) -> None:
        self._client = client
        self._scores = scored.results.scores
        self._built: BuiltTask = site.task()
        self._path = site.portal.task(self._built.task_id).attempt(1).path / "shoter" / "out" / "strain_scores.json"
        address = f"/tasks/{self._built.task_id}"
        assert client.post(f"{address}/unlock", data={"token": self._built.token}).status_code == 303

    def show(self, number: int) -> None:
        scores = replace(self._scores, strains=(self._scores.strains[number],), records={})
        rewrite_result(self._path, to_json(scores))

    def line(self) -> str:
        return self._client.get(f"/tasks/{self._built.task_id}/verdict?lang=en").text

    def page(self) -> str:
        html = self._client.get(f"/tasks/{self._built.task_id}?lang=en").text
        self.unknown = unescape(html.partition('<div class="unknowns">')[2].partition("</div>")[0])
        parts = re.findall(r'<h2 id="verdict-title">(.*?)</h2>|<p class="lead">(.*?)</p>', html, re.DOTALL)
        words = [unescape(re.sub(r"<[^>]+>", "", title or lead)) for title, lead in parts]
        return re.sub(r"\s+", " ", ". ".join(words)).replace(" ,", ",").strip() + "."

    def rows(self, lang: Lang) -> dict[str, str]:
        """Return the rows of its scores, pests and others, by target."""
        html = self._client.get(f"/tasks/{self._built.task_id}?lang={lang}").text
        tables = re.findall(r'<table class="scores.*?</table>', html, re.DOTALL)
        rows = [row for table in tables for row in re.findall(r"<tr[ >].*?</tr>", table, re.DOTALL)]
        names = (PAGE if lang is Lang.EN else PAGE_ZH).names
        found = {}
        for markup in rows:
            text = unescape(re.sub(r"<[^>]+>", "\n", markup))
            first = next(line.strip() for line in text.splitlines() if line.strip())
            if first in names:
                found[names[first]] = text
        return found

    def api(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._client.get(
            f"/api/tasks/{self._built.task_id}/results", headers=self._built.bearer
        ).get_json()
        return found["scores"]["strains"][0]["conclusion"]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, scored: Scored) -> Served:
    site = make_site(tmp_path_factory.mktemp("site") / "jobs")
    write_heartbeat(site.portal)
    client = site.app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return Served(site, client, scored)


@pytest.fixture(scope="module")
def told(scored: Scored, served: Served) -> dict[str, dict[str, Said]]:
    """What the API, the report in both languages, the terminal and the comparison say of each strain."""
    found: dict[str, dict[str, Said]] = {strain: {} for strain in scored.strains}
    for number, strain in enumerate(scored.strains):
        served.show(number)
        found[strain]["API"] = in_json(served.api())
        for lang, phrases in REPORT.items():
            summary = summarise(scored.results, scored.results.strains[number])
            found[strain][f"report {lang}"] = read(PROSE[lang].lead(summary), phrases)
    for line in scored.printed.splitlines():
        strain, colon, text = line.partition(": ")
        if colon and strain in found:
            found[strain]["btportal shoter"] = read(text, TERMINAL)
    for strain, text in demo_lines(scored).items():
        found[strain]["btportal demo"] = read(text, TERMINAL)
    for strain, conclusion in compared(scored).items():
        found[strain]["comparison"] = in_json(conclusion)
    return found


def demo_lines(scored: Scored) -> dict[str, str]:
    """Return what `btportal demo` prints of a bundle, by strain."""
    bundle = scored.folder / "demo.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("all_demo/1_Toxin_Mining/toxins.tsv", "strain\tprotein_id\n")
        archive.write(scored.folder / "strain_scores.json", "all_demo/2_Target_Prediction/strain_scores.json")
        archive.writestr("all_demo/manifest.json", "{}")
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        _print_results(bundle)
    lines = (line.partition(": ") for line in output.getvalue().splitlines())
    return {strain: text for strain, colon, text in lines if colon and strain in scored.strains}


def compared(scored: Scored) -> dict[str, Mapping[str, Any]]:
    out = scored.folder / "compared"
    out.mkdir(exist_ok=True)
    write_tables(tabulate(["all"], [scored.results]), out)
    document = json.loads((out / "compare.json").read_text(encoding="utf-8"))
    return {strain["strain"].removeprefix("all: "): strain["conclusion"] for strain in document["strains"]}


SURFACES = {"API", "report en", "report zh", "btportal shoter", "btportal demo", "comparison"}


@pytest.mark.parametrize(("kind", "number"), [("published", 58), ("one", 886), ("random", 400)])
def test_all_say_the_same(told: dict[str, dict[str, Said]], kind: str, number: int) -> None:
    strains = {strain: said for strain, said in told.items() if strain.startswith(f"{kind}-")}
    assert len(strains) >= number
    assert all(set(said) == SURFACES for said in strains.values())
    disagreeing = {strain: said for strain, said in strains.items() if len(set(said.values())) > 1}
    assert disagreeing == {}


def test_every_outcome_is_among_them(told: dict[str, dict[str, Said]]) -> None:
    outcomes = {said["API"].outcome for said in told.values()}
    assert outcomes == {
        "likely",
        "possible",
        "none_supported",
        "no_record",
        "not_scored",
        "no_toxins",
        "mostly_unknown",
    }
    assert {how for said in told.values() for how, _ in said["API"].besides} == {"likely", "possible"}
    for state in ("broken", "cut"):
        outcomes = {said["API"].outcome for said in told.values() if said["API"].genes == state}
        assert {"possible", "none_supported"} <= outcomes <= {"likely", "possible", "none_supported"}


@pytest.fixture(scope="module")
def chosen(told: dict[str, dict[str, Said]], scored: Scored) -> list[int]:
    """Every published strain, and of the others each answer once: whole pages and reports take a while."""
    seen: set[Said] = set()
    numbers = []
    for number, strain in enumerate(scored.strains):
        said = told[strain]["API"]
        if said not in seen or strain.startswith("published"):
            numbers.append(number)
        seen.add(said)
    return numbers


def test_the_pages_say_it_too(
    told: dict[str, dict[str, Said]], scored: Scored, served: Served, chosen: list[int]
) -> None:
    for number in chosen:
        strain = scored.strains[number]
        said = told[strain]["API"]
        served.show(number)
        assert read(served.page(), PAGE) == said, strain
        # What the table has no record of cannot be said of toxins that no score was asked for.
        nothing_scored = said.outcome in ("not_scored", "no_toxins")
        assert ("no record of these toxins" in served.unknown) <= (not nothing_scored), strain
        assert ("lower thresholds would score it" in served.unknown) == (said.outcome == "not_scored"), strain
        line = read(f"{served.line()}.", PAGE)
        assert (line.outcome, line.likely, line.genes) == (said.outcome, said.likely, said.genes), strain
        assert line.possible == (said.possible if said.outcome == "possible" else frozenset()), strain


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory, scored: Scored, chosen: list[int]) -> StrainsTogether:
    site = make_site(tmp_path_factory.mktemp("together") / "jobs")
    write_heartbeat(site.portal)
    client = site.app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    scores = scored.results.scores
    return StrainsTogether(site, client, replace(scores, strains=tuple(scores.strains[number] for number in chosen)))


@pytest.mark.parametrize(("lang", "phrases"), [(Lang.EN, PAGE), (Lang.ZH, PAGE_ZH)])
def test_the_grids_say_it_too(
    told: dict[str, dict[str, Said]],
    scored: Scored,
    chosen: list[int],
    together: StrainsTogether,
    lang: Lang,
    phrases: Phrases,
) -> None:
    """In the line of each strain; and no cell speaks against it."""
    labels = [scored.strains[number] for number in chosen]
    grids = {
        "submission": together.drawn(lang),
        "its comparison": together.drawn(lang, "/compare"),
        "chosen tasks": together.tasks_drawn(labels[:40], lang),
    }
    lines = {name: {label: drawn.line for label, drawn in rows.items()} for name, rows in grids.items()}
    lines |= {"page": together.written(lang), "page of the comparison": together.written(lang, "/compare")}
    for name, said_there in lines.items():
        assert list(said_there) == (labels[:40] if name == "chosen tasks" else labels), name
        for label, line in said_there.items():
            assert short(read(f"{line}{'.' if lang is Lang.EN else '。'}", phrases)) == short(told[label]["API"]), label
    for name, rows in grids.items():
        for label, drawn in rows.items():
            assert spoken_against(told[label]["API"], drawn) == [], f"{name}: {label}"


_IN_CELL = {
    Lang.EN: {"wide_interval": "wide interval", "beside_primary": "not primary"},
    Lang.ZH: {"wide_interval": "区间宽", "beside_primary": "非主要"},
}


@pytest.mark.parametrize("lang", Lang)
def test_the_grids_say_why_a_high_score_is_only_called_possible(
    scored: Scored, chosen: list[int], together: StrainsTogether, lang: Lang
) -> None:
    """In the cell, with scripts and without, explained below the grid, and in the tables to download."""
    words = _IN_CELL[lang]
    expected = {
        scored.strains[number]: {
            each.target: words[each.caution]
            for each in scored.results.strains[number].conclusion.all
            if each.caution is not None
        }
        for number in chosen
    }
    assert {word for of_strain in expected.values() for word in of_strain.values()} == set(words.values())
    for rows in (together.drawn(lang), together.drawn(lang, "/compare")):
        for label, drawn in rows.items():
            marks = {target: mark.split(", ")[-1].split("、")[-1] for target, (_, _, mark) in drawn.cells.items()}
            assert {target: mark for target, mark in marks.items() if mark in words.values()} == expected[label]
    for label, found in together.marked(lang).items():
        written = [word for word in words.values() for mark in found if mark.endswith(word)]
        assert sorted(written) == sorted(expected[label].values()), label
    for word in words.values():
        assert f'<span class="flaw">{word}</span>' in together.legend(lang)
    codes = {word: code for code, word in words.items()}
    for said in together.cautions():
        for label, of_strain in expected.items():
            named = dict(each.split(": ") for each in said[label].split("; ") if each)
            assert named == {target: codes[word] for target, word in of_strain.items()}, label


@pytest.mark.parametrize(
    ("lang", "cut", "word", "other"),
    [(Lang.EN, "cut", "cannot be told", "little support"), (Lang.ZH, "截断", "无法判断", "证据不足")],
)
def test_no_row_and_no_cell_speaks_of_a_target_whose_genes_were_seen_only_in_part(
    scored: Scored,
    chosen: list[int],
    served: Served,
    together: StrainsTogether,
    lang: Lang,
    cut: str,
    word: str,
    other: str,
) -> None:
    """Not even where the strain has other toxins: row, cell and report say what the headline would."""
    grid, seen = together.drawn(lang), 0
    for number in chosen:
        strain = scored.results.strains[number]
        untold = {each.target for each in strain.conclusion.all if each.assessment is Assessment.CANNOT_BE_TOLD}
        marked = {score.target for score in strain.targets if strain.genes_behind(score) is GeneCondition.CUT}
        if strain.conclusion.genes_cut:
            assert {each.assessment for each in strain.conclusion.pest}.isdisjoint({Assessment.LITTLE_SUPPORT})
        assert untold <= marked
        cells = {
            target for target, (_, _, mark) in grid[strain.strain].cells.items() if cut in re.split("[,、] ?", mark)
        }
        assert cells == marked, strain.strain
        if not untold:
            continue
        seen += 1
        served.show(number)
        rows = served.rows(lang)
        report = PROSE[lang].assessment(Assessment.CANNOT_BE_TOLD)
        assert report == word
        for target in untold:
            found = [each for each in (word, cut, other) if each in rows[target]]
            assert found == [word, cut], (strain.strain, target)
    assert seen > 5


def short(said: Said) -> Said:
    """Return what a line has room for: the outcome, the targets that make it, and the state of all genes behind it."""
    possible = said.possible if said.outcome == "possible" else frozenset()
    return Said(said.outcome, said.likely, possible, genes=said.genes)


def spoken_against(said: Said, drawn: GridRowSaid) -> list[str]:
    """Return the orders whose cell does not go with the conclusion: no score where it names one, or too low a one."""
    least = dict.fromkeys(said.possible, POSSIBLE_FROM) | dict.fromkeys(said.likely, LIKELY_FROM)
    values = {target: value for target, (_, value, _) in drawn.cells.items()}
    wrong = [target for target, low in least.items() if (values[target] or 0.0) < low - 1e-4]
    unknown = said.outcome in ("no_toxins", "mostly_unknown", "not_scored", "no_record")
    return wrong + [
        target for target, value in values.items() if unknown and value is not None and PANELS[target] is Panel.PEST
    ]


def test_the_tables_of_many_say_it_too(
    told: dict[str, dict[str, Said]], scored: Scored, chosen: list[int], together: StrainsTogether
) -> None:
    expected = {}
    for number in chosen:
        said = told[scored.strains[number]]["API"]
        expected[scored.strains[number]] = (said.outcome, said.likely or said.possible, said.genes)
    for table in (together.table(), together.compared_table()):
        found = {label: (outcome, frozenset(targets), genes) for label, (outcome, targets, genes) in table.items()}
        assert found == expected
    for label, line in together.printed().items():
        assert short(read(line, TERMINAL)) == short(told[label]["API"]), label


@pytest.mark.parametrize("lang", Lang)
def test_the_report_as_it_is_written_says_it_too(
    told: dict[str, dict[str, Said]], scored: Scored, chosen: list[int], tmp_path: Path, lang: Lang
) -> None:
    digger, shoter = write_results(tmp_path / "results", 1)
    scores = replace(scored.results.scores, strains=tuple(scored.results.strains[number] for number in chosen))
    (shoter / "strain_scores.json").write_bytes(to_json(scores))
    header = ReportHeader("all", "all.txt", "", "2026-03-01T10:00:00+00:00")
    html, markdown, *_ = write_report(digger, shoter, tmp_path, tmp_path, lang=lang, header=header)
    by_form: dict[str, Callable[[str], list[str]]] = {
        html: lambda text: re.findall(r'<p class="lead">(.*?)</p>', text),
        markdown: lambda text: re.findall(r"^\*\*(.*)\*\*$", text, re.MULTILINE),
    }
    for name, find in by_form.items():
        leads = [unescape(lead.replace("\\", "")) for lead in find((tmp_path / name).read_text(encoding="utf-8"))]
        said = [read(lead, REPORT[lang]) for lead in leads]
        assert said == [told[scored.strains[number]][f"report {lang}"] for number in chosen]
