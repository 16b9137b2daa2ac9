"""Page, report, API, commands and comparison say the same of a strain: the one conclusion, each in its own words.

Read from what each of them puts before a reader: all published strains, every toxin name alone, and random
inventories with hits near and far, cut genes, broken genes and hits by profile alone.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace

import portal
from portal.cli.demo import _print_results
from portal.domain.status import Lang
from portal.pipeline.compare.tables import tabulate, write_tables
from portal.pipeline.plots.words import WORDS
from portal.pipeline.report.languages import PROSE
from portal.pipeline.report.render import ReportHeader, write_report
from portal.pipeline.report.summary import summarise
from portal.pipeline.shoter.validation.strains import KnownStrain, read_strains
from portal.results.codec import to_json
from portal.results.conclusion import LIKELY_FROM, POSSIBLE_FROM
from portal.results.reading import TaskResults, read_results
from portal.results.targets import PANELS, Panel
from portal.web.texts.words import ORDER
from tests.builders import BuiltTask, Site, make_site, rewrite_result, write_heartbeat
from tests.contract.inventories import score_inventories
from tests.contract.strains_together import GridRowSaid, StrainsTogether
from tests.pipeline.plots.result_files import write_results
from tests.pipeline.shoter.shoter_builders import hmm_only, row

STRAINS = Path(__file__).parents[1] / "data" / "strains"
SHIPPED = Path(portal.__file__).parent / "pipeline" / "shoter" / "data" / "validation_strains.csv"
RANDOM_STRAINS = 500
WITH_STOP = {"Protein sequence": "M" * 400 + "*" + "M" * 700}
# So many that they are possibly active although each has a stop.
ALL_BROKEN = (
    "Cry1Aa1", "Cry1Ab1", "Cry1Ac1", "Cry1Ca1", "Cry1Da1", "Cry1Fa1", "Cry2Aa1", "Cry2Ab1", "Vip3Aa1", "Vip3Ba1",
    "Cry9Aa1", "Cry9Ca1", "Cry51Aa1",
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What somebody read: the kind of answer, and the targets named with it; those that are no pests apart.

    And whether it was said that all that would act is broken.
    """

    outcome: str
    likely: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()
    besides: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    genes_broken: bool = False


@dataclass(frozen=True)
class Phrases:
    """How one of them words each outcome, and what stands before the targets; `separator` is a pattern."""

    outcomes: Mapping[str, str]
    possible: str
    besides: Mapping[str, str]
    separator: str
    broken: str
    names: Mapping[str, str]


def published() -> list[KnownStrain]:
    return [
        strain for path in (SHIPPED, STRAINS / "fresh_strains_open.csv") for strain in read_strains(path.read_bytes())
    ]


def toxin_names() -> list[str]:
    return (STRAINS / "toxin_names.txt").read_text(encoding="utf-8").split()


def random_rows(rng: random.Random, names: Sequence[str]) -> list[dict[str, str]]:
    broken = WITH_STOP if rng.random() < 0.2 else {}
    rows = [
        row(
            rng.choice(names),
            number,
            **broken,
            Identity=str(rng.choice((100, 99.2, 96.1, 90, 81.5, 70, 55, 47, 38))),
            Aln_length=str(rng.choice((1178, 1178, 1178, 900, 650, 300))),
            Endotoxin_C=rng.choice(("YES", "YES", "NO")),
            location=rng.choice(("10001-13534", "10001-13534", "1-3534")),
        )
        for number in range(rng.choice((0, 1, 1, 2, 3, 4, 6, 9)))
    ]
    if rng.random() < 0.1:
        rows.append(hmm_only(90))
    if rng.random() < 0.1:
        rows.append(row("NA", 91, BLAST="NO", HMM="NO", SVM="YES"))
    return rows


def inventories() -> dict[str, list[dict[str, str]]]:
    found = {
        f"published-{strain.strain_id}": [row(name, number) for number, name in enumerate(strain.toxins)]
        for strain in published()
    }
    names = toxin_names()
    found |= {f"one-{name}": [row(name)] for name in names}
    rng = random.Random(20261126)
    found["random-broken"] = [row(name, number, **WITH_STOP) for number, name in enumerate(ALL_BROKEN)]
    return found | {f"random-{number}": random_rows(rng, names) for number in range(RANDOM_STRAINS)}


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
    printed = score_inventories(folder, inventories(), "--draws", "100", "--min_identity", "0.45")
    return Scored(folder, read_results(folder / "no digger", folder), printed)


def read(text: str, phrases: Phrases) -> Said:
    """Return what a text says, where it says it in one of these phrases."""
    outcome = next((each for each, phrase in phrases.outcomes.items() if re.search(phrase, text)), None)
    assert outcome, f"no known phrase in {text!r}"

    def after(pattern: str) -> frozenset[str]:
        match = re.search(pattern, text)
        if not match:
            return frozenset()
        words = [word for word in re.split(phrases.separator, match["targets"]) if word]
        return frozenset(phrases.names[re.sub(r"\s*[(（][^)）]*[)）]", "", word).strip()] for word in words)

    named = after(phrases.outcomes[outcome]) if outcome in ("likely", "possible") else frozenset()
    return Said(
        outcome=outcome,
        likely=named if outcome == "likely" else frozenset(),
        possible=named if outcome == "possible" else after(phrases.possible),
        besides=frozenset((how, target) for how, pattern in phrases.besides.items() for target in after(pattern)),
        genes_broken=phrases.broken in text,
    )


_ENGLISH_NAMES = {name: name for name in ORDER}
REPORT = {
    Lang.EN: Phrases(
        outcomes={
            "likely": r"Likely active against (?P<targets>[^.]*(?:\.\d\d[^.]*)*)\.",
            "possible": r"^Possibly active against (?P<targets>[^.;]*(?:\.\d\d[^.;]*)*);",
            "none_supported": "the published evidence does not point to any pest",
            "no_record": "no record of any pest",
            "not_scored": "all of them lie below the thresholds",
            "no_toxins": "No toxin gene was found",
        },
        possible=r"Possibly also against (?P<targets>[^.]*(?:\.\d\d[^.]*)*)\.",
        besides={
            "likely": r"Other than pests, likely active against (?P<targets>[^.]*(?:\.\d\d[^.]*)*)\.",
            "possible": r"Other than pests, possibly active against (?P<targets>[^.]*(?:\.\d\d[^.]*)*)\.",
        },
        separator=r", | and ",
        broken="are broken",
        names={label: target for target, label in WORDS[Lang.EN].targets.items()} | _ENGLISH_NAMES,
    ),
    Lang.ZH: Phrases(
        outcomes={
            "likely": "该菌株很可能对(?P<targets>.*?)有活性",
            "possible": "该菌株可能对(?P<targets>.*?)有活性",
            "none_supported": "不足以指向任何害虫",
            "no_record": "对任何害虫的记录",
            "not_scored": "均低于本次分析的阈值",
            "no_toxins": "未检出毒素基因",
        },
        possible="。对(?P<targets>[^。]*)也可能有活性",
        besides={
            "likely": "害虫以外，很可能对(?P<targets>[^。]*)有活性",
            "possible": "害虫以外，可能对(?P<targets>[^。]*)有活性",
        },
        separator="、|和",
        broken="基因均已受损",
        names={label: target for target, label in WORDS[Lang.ZH].targets.items()},
    ),
}
PAGE = Phrases(
    outcomes={
        "likely": r"^Likely acts on (?P<targets>[^.]*)",
        "possible": r"^May act on (?P<targets>[^.]*)",
        "none_supported": "the published evidence points to no pest",
        "no_record": "no pest is on record",
        "not_scored": "all of them lie below the thresholds",
        "no_toxins": "^No toxin gene was found in this genome",
    },
    possible=r"May also act on (?P<targets>[^.]*)\.",
    besides={
        "likely": r"Other than pests, likely acts on (?P<targets>[^.]*)\.",
        "possible": r"Other than pests, may act on (?P<targets>[^.]*)\.",
    },
    separator=", ",
    broken="are broken",
    names=_ENGLISH_NAMES,
)
PAGE_ZH = Phrases(
    outcomes={
        "likely": "^很可能作用于(?P<targets>[^。]*)",
        "possible": "^有一定可能作用于(?P<targets>[^。]*)",
        "none_supported": "不足以指向任何害虫",
        "no_record": "对害虫的记录",
        "not_scored": "均低于本次分析的阈值",
        "no_toxins": "^该基因组中未检出毒素基因",
    },
    possible="也有一定可能作用于(?P<targets>[^。]*)。",
    besides={},
    separator="、",
    broken="基因均已受损",
    names=REPORT[Lang.ZH].names,
)
TERMINAL = Phrases(
    outcomes={
        "likely": r"^likely acts on (?P<targets>[^;]*)",
        "possible": r"^may act on (?P<targets>[^;]*)",
        "none_supported": "the published evidence points to no pest",
        "no_record": "no pest is on record",
        "not_scored": "all of them lie below the thresholds",
        "no_toxins": "^no toxin found",
    },
    possible=r"may also act on (?P<targets>[^;]*)",
    besides={
        "likely": r"other than pests, likely acts on (?P<targets>[^;]*)",
        "possible": r"other than pests, possibly acts on (?P<targets>[^;]*)",
    },
    separator=", ",
    broken="are broken",
    names=_ENGLISH_NAMES,
)


def in_json(conclusion: Mapping[str, Any]) -> Said:
    """Return what a program reads in the API's answer or in `compare.json`."""

    def named(panel: str, assessment: str) -> frozenset[str]:
        return frozenset(each["target"] for each in conclusion[panel] if each["assessment"] == assessment)

    return Said(
        outcome=conclusion["outcome"],
        likely=named("pest", "likely"),
        possible=named("pest", "possible"),
        besides=frozenset((how, target) for how in ("likely", "possible") for target in named("non_pest", how)),
        genes_broken=conclusion["genes_broken"],
    )


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
        parts = re.findall(r'<h2 id="verdict-title">(.*?)</h2>|<p class="lead">(.*?)</p>', html, re.DOTALL)
        words = [unescape(re.sub(r"<[^>]+>", "", title or lead)) for title, lead in parts]
        return re.sub(r"\s+", " ", ". ".join(words)).replace(" ,", ",").strip() + "."

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
    assert outcomes == {"likely", "possible", "none_supported", "no_record", "not_scored", "no_toxins"}
    assert {how for said in told.values() for how, _ in said["API"].besides} == {"likely", "possible"}
    broken = {said["API"].outcome for said in told.values() if said["API"].genes_broken}
    assert {"possible", "none_supported"} <= broken <= {"likely", "possible", "none_supported"}


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
        line = read(f"{served.line()}.", PAGE)
        assert (line.outcome, line.likely, line.genes_broken) == (said.outcome, said.likely, said.genes_broken), strain
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


def short(said: Said) -> Said:
    """Return what a line has room for: the outcome, the targets that make it, and whether all of it is broken."""
    possible = said.possible if said.outcome == "possible" else frozenset()
    return Said(said.outcome, said.likely, possible, genes_broken=said.genes_broken)


def spoken_against(said: Said, drawn: GridRowSaid) -> list[str]:
    """Return the orders whose cell does not go with the conclusion: no score where it names one, or too low a one."""
    least = dict.fromkeys(said.possible, POSSIBLE_FROM) | dict.fromkeys(said.likely, LIKELY_FROM)
    values = {target: value for target, (_, value) in drawn.cells.items()}
    wrong = [target for target, low in least.items() if (values[target] or 0.0) < low - 1e-4]
    unknown = said.outcome in ("no_toxins", "not_scored", "no_record")
    return wrong + [
        target for target, value in values.items() if unknown and value is not None and PANELS[target] is Panel.PEST
    ]


def test_the_tables_of_many_say_it_too(
    told: dict[str, dict[str, Said]], scored: Scored, chosen: list[int], together: StrainsTogether
) -> None:
    expected = {}
    for number in chosen:
        said = told[scored.strains[number]]["API"]
        expected[scored.strains[number]] = (said.outcome, said.likely or said.possible, said.genes_broken)
    for table in (together.table(), together.compared_table()):
        found = {label: (outcome, frozenset(targets), broken) for label, (outcome, targets, broken) in table.items()}
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
