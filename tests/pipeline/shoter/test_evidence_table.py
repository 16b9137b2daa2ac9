"""The records behind the scores as a table and a bibliography: files of a run, filters, the command."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.main import cli
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import OUTPUTS, run_shoter
from portal.results.codec import from_json
from portal.results.evidence_table import (
    COLUMNS,
    EvidenceDocument,
    EvidenceFilter,
    Reading,
    evidence_of,
    filtered,
)
from portal.results.own_tests import Role
from portal.results.scores import ScoresDocument
from portal.results.sources import lasting_address
from tests.pipeline.shoter.shoter_builders import row, write_table


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the files of a run of Cry1Ac and Cry2Aa with the shipped table."""
    folder = tmp_path_factory.mktemp("evidence")
    table = write_table(folder / "All_Toxins.txt", [row("Cry1Ac1", 1), row("Cry2Aa1", 2)])
    (folder / "shoter").mkdir()
    run_shoter(table, folder / "shoter", parameters=ShoterParameters(draws=100))
    return folder / "shoter"


@pytest.fixture(scope="module")
def whole(out: Path) -> EvidenceDocument:
    return evidence_of(from_json((out / "strain_scores.json").read_bytes(), ScoresDocument))


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def test_every_record_behind_a_score_has_a_row_with_its_publication(out: Path, whole: EvidenceDocument) -> None:
    scores = json.loads((out / "strain_scores.json").read_text(encoding="utf-8"))
    shares = [unit for order in scores["strains"][0]["orders"] for unit in order["units"]]
    used = {fact for unit in shares for fact in (*unit["records"], *unit["inherited_records"])}
    assert {each.record for each in whole.rows} == used
    own = {fact for unit in shares for fact in unit["records"]}
    assert {each.record for each in whole.rows if each.role is Role.OWN} == own
    assert all(each.citation for each in whole.rows)
    assert len({each.source_id for each in whole.rows if each.source_id}) == len(whole.sources) > 20
    tabular = cells(out / "evidence.tsv")
    assert list(tabular[0]) == list(COLUMNS)
    assert [each["record"] for each in tabular] == [each.record for each in whole.rows]
    document = json.loads((out / "evidence.json").read_text(encoding="utf-8"))
    assert [each["record"] for each in document["rows"]] == [each.record for each in whole.rows]
    assert document["schema"] == 1


def test_links_lead_to_dois_and_pubmed_only(whole: EvidenceDocument) -> None:
    links = {each.link for each in whole.rows if each.link}
    assert len(links) > 20
    assert all(link.startswith(("https://doi.org/10.", "https://pubmed.ncbi.nlm.nih.gov/")) for link in links)


@pytest.mark.parametrize(
    ("doi", "url", "link"),
    [
        ("10.1128/AEM.02474-08", "https://elsewhere.example/", "https://doi.org/10.1128/AEM.02474-08"),
        ("10.1/x", "https://a.example/b", None),
        (None, "https://staging.example.org/10.1128/AEM.02474-08", None),
        (None, "https://pubmed.ncbi.nlm.nih.gov/1234567/", "https://pubmed.ncbi.nlm.nih.gov/1234567/"),
        (None, "http://www.ncbi.nlm.nih.gov/pubmed/12", "https://pubmed.ncbi.nlm.nih.gov/12/"),
        (
            None,
            "https://www.ncbi.nlm.nih.gov/pubmed/8200856?dopt=Abstract",
            "https://pubmed.ncbi.nlm.nih.gov/8200856/",
        ),
        (None, "https://pubmed.ncbi.nlm.nih.gov.example.org/1234567/", None),
        (None, "javascript:alert(1)", None),
        (None, None, None),
    ],
)
def test_an_address_that_does_not_last_is_none(doi: str | None, url: str | None, link: str | None) -> None:
    assert lasting_address(doi, url) == link


def test_rows_are_filtered_by_toxin_species_grade_and_reading(whole: EvidenceDocument) -> None:
    rows = filtered(whole, EvidenceFilter(toxin="cry2")).rows
    assert rows
    assert all(any(name.startswith("Cry2") for name in (each.toxin, *each.speaks_for)) for each in rows)
    for name in ("Plutella xylostella", "diamondback", "小菜蛾"):
        found = filtered(whole, EvidenceFilter(species=name)).rows
        assert found, name
        assert {each.species for each in found} == {"Plutella xylostella"}
    both = filtered(whole, EvidenceFilter(grade="ab", read="text"))
    assert {each.grade for each in both.rows} <= {"A", "B"}
    assert {each.read for each in both.rows} == {Reading.TEXT}
    assert set(both.sources) == {each.source_id for each in both.rows if each.source_id in whole.sources}
    assert filtered(whole, EvidenceFilter(toxin="no such toxin")).rows == ()


def test_a_source_that_nobody_has_read_is_grade_c(whole: EvidenceDocument) -> None:
    unread = [each for each in whole.rows if each.read is Reading.NO]
    assert unread
    assert {each.grade for each in unread} == {"C"}


def test_the_bibliography_has_each_publication_once(out: Path, whole: EvidenceDocument) -> None:
    items = json.loads((out / "references.json").read_text(encoding="utf-8"))
    assert {item["id"] for item in items} == set(whole.sources)
    bibtex, ris = ((out / name).read_text(encoding="utf-8") for name in ("references.bib", "references.ris"))
    assert bibtex.count("\n@") + bibtex.startswith("@") == len(items)
    assert ris.count("TY  - ") == ris.count("ER  - ") == len(items)
    assert {"evidence.tsv", "evidence.json", "references.json", "references.bib", "references.ris"} < set(OUTPUTS)


def test_the_command_filters_and_writes_all_forms(out: Path, whole: EvidenceDocument, tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["evidence", str(out), *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    assert len(run().splitlines()) == len(whole.rows) + 1
    two = run("--species", "Plutella", "--species", "Aedes", "--grade", "AB", "--format", "json")
    species = {each["species"] for each in json.loads(two)["rows"]}
    assert species >= {"Plutella xylostella", "Aedes aegypti"}
    assert all("Plutella" in name or "Aedes" in name for name in species)
    assert run("--toxin", "Cry2", "--format", "bibtex").startswith("@")
    written = tmp_path / "refs.ris"
    said = run("--format", "ris", "--out", str(written))
    assert f"{len(whole.rows)} of {len(whole.rows)} records" in said
    assert written.read_text(encoding="utf-8").startswith("TY  - ")
    refused = CliRunner().invoke(cli, ["evidence", str(tmp_path)])
    assert refused.exit_code == 1
