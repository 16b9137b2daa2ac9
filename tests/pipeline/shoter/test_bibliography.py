"""The bibliography of the table: its checks, cut files, and what other programs make of its exports."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.specificity import specificity
from portal.domain.errors import InvalidInput
from portal.pipeline.shoter.specificity.bibliography import COLUMNS, path_beside, read_bibliography
from portal.pipeline.shoter.specificity.table import SHIPPED_TABLE, load_table
from portal.results.citations import as_bibtex, as_csl, as_ris
from portal.results.sources import Source, cited

TAILOR = Source(
    "R0001", "article", ("Tailor, R", "et al."), "1992", "A novel δ-endotoxin & 50 % {more}", "Molecular Microbiology",
    "6", "9", "1211-1217", "10.1111/j.1365-2958.1992.tb01560.x", "1588820",
)  # fmt: skip
PATENT = Source("R0002", "patent", patent="US8461421")


def copy_of_the_table(folder: Path) -> Path:
    table = folder / "ours.csv"
    for path in (SHIPPED_TABLE, path_beside(SHIPPED_TABLE), SHIPPED_TABLE.with_suffix(".json")):
        (folder / path.name.replace("specificity", "ours")).write_bytes(path.read_bytes())
    return table


def test_the_shipped_bibliography_is_complete_in_itself() -> None:
    table = load_table()
    assert all(fact.source_id in table.sources for fact in table.facts)
    used = {fact.source_id for fact in table.facts}
    assert used == set(table.sources)
    for source in table.sources.values():
        assert source.citation, source.source_id
        assert source.link is None or re.match(r"https://(doi\.org/10\.|pubmed\.ncbi\.nlm\.nih\.gov/\d)", source.link)


def test_no_reader_meets_a_bare_number_for_a_publication() -> None:
    table = load_table()
    words = {fact.fact_id: cited(table.sources.get(fact.source_id), fact.reference) for fact in table.facts}
    assert {fact_id: text for fact_id, text in words.items() if re.fullmatch(r"R\d{4}|", text)} == {}
    assert cited(TAILOR, "as the table has it") == TAILOR.citation
    assert cited(Source("R0003", "article"), "as the table has it") == "as the table has it"


@pytest.mark.parametrize(
    ("source", "citation"),
    [
        (Source("R1", "article", year="2017", container="Toxins", volume="9", pages="124"), "Toxins 9:124, 2017"),
        (
            Source("R1", "article", year="2019", container="BMC", title="On moths", doi="10.1/x"),
            "BMC, 2019, doi:10.1/x",
        ),
        (Source("R1", "article", container="Toxicon", doi="10.1/x"), "Toxicon, doi:10.1/x"),
        (Source("R1", "article", container="Toxicon", volume="3", pages="7", pmid="12"), "Toxicon 3:7, PMID 12"),
        (Source("R1", "article", container="Bulletin", title="On moths"), "Bulletin, On moths"),
        (Source("R1", "article", year="2013", doi="10.1/x"), "doi:10.1/x, 2013"),
        (Source("R1", "article", container="Toxicon"), "as the table has it"),
    ],
)
def test_a_citation_without_authors_begins_with_its_journal(source: Source, citation: str) -> None:
    assert cited(source, "as the table has it") == citation


def test_no_shipped_citation_begins_with_a_year_and_no_journal_is_an_author() -> None:
    sources = load_table().sources.values()
    assert [source.citation for source in sources if re.match(r"\d{4}\b", source.citation)] == []
    journals = {source.container for source in sources if source.container}
    assert [source.source_id for source in sources if set(source.authors) & journals] == []


def test_a_doi_stands_once() -> None:
    dois = [source.doi.lower() for source in load_table().sources.values() if source.doi]
    assert len(dois) == len(set(dois))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda row: row.replace("R0001", "R1"), "source_id 'R1'"),
        (lambda row: row.replace("article", "paper"), "kind 'paper'"),
        (lambda row: row.replace("1992", "92"), "'92' is not a year"),
        (lambda row: row.replace("10.1111/x", "doi:10.1111/x"), "is not a DOI without its prefix"),
        (lambda row: row.replace(",text", ",tex"), "basis 'tex'"),
        (lambda row: row.rpartition(",")[0], "12 columns, but the header has 13"),
        (lambda row: f"{row}\n{row}", "source_id R0001 appears twice"),
    ],
)
def test_a_broken_row_is_told_with_its_line(change, message: str) -> None:  # type: ignore[no-untyped-def]
    row = "R0001,article,Tailor; et al.,1992,,Mol Microbiol,6,,1211,10.1111/x,,,text"
    sources, problems = read_bibliography(f"{','.join(COLUMNS)}\n{change(row)}\n".encode())
    assert problems
    assert problems[0].line in (2, 3)
    assert message in str(problems[0].message)
    assert len(sources) == (1 if "twice" in message else 0)


@pytest.mark.parametrize("which", ["ours.csv", "ours.references.csv"])
@pytest.mark.parametrize("at_a_line", [True, False])
def test_a_cut_file_is_refused_with_the_line(tmp_path: Path, which: str, at_a_line: bool) -> None:
    table = copy_of_the_table(tmp_path)
    cut = tmp_path / which
    lines = cut.read_bytes().splitlines(keepends=True)
    kept = b"".join(lines[:200]) + (b"" if at_a_line else lines[200][: len(lines[200]) // 3])
    cut.write_bytes(kept)
    with pytest.raises(InvalidInput) as caught:
        load_table(table)
    assert caught.value.line is not None
    checked = CliRunner().invoke(specificity, ["check", str(table)])
    assert checked.exit_code == 1
    assert re.search(r"line \d+", checked.output)


def test_a_source_with_another_doi_than_its_fact_is_refused(tmp_path: Path) -> None:
    table = copy_of_the_table(tmp_path)
    path = tmp_path / "ours.references.csv"
    path.write_bytes(path.read_bytes().replace(b"10.1128/mr.53.2.242-255.1989", b"10.1128/mr.53.2.999"))
    with pytest.raises(InvalidInput, match=r"line 2: DOI 10\.1128/mr\.53\.2\.242-255\.1989, but R0001 has"):
        load_table(table)


def test_csl_json_has_the_fields_of_its_schema() -> None:
    article, patent = json.loads(as_csl([TAILOR, PATENT]))
    assert article["type"] == "article-journal"
    assert article["author"] == [{"family": "Tailor", "given": "R"}, {"literal": "et al."}]
    assert article["issued"] == {"date-parts": [[1992]]}
    assert (article["DOI"], article["PMID"], article["page"]) == (TAILOR.doi, TAILOR.pmid, "1211-1217")
    assert patent == {"id": "R0002", "type": "patent", "number": "US8461421"}


def test_bibtex_is_escaped_and_balanced() -> None:
    text = as_bibtex([TAILOR, PATENT])
    assert "@article{R0001," in text
    assert r"title = {{A novel δ-endotoxin \& 50 \% \{more\}}}," in text
    assert "author = {Tailor, R and others}," in text
    assert "@misc{R0002," in text
    plain = text.replace(r"\{", "").replace(r"\}", "")
    assert plain.count("{") == plain.count("}")


def test_ris_has_one_tag_per_line_and_ends_each_record() -> None:
    lines = as_ris([TAILOR, PATENT]).split("\r\n")
    assert lines[0] == "TY  - JOUR"
    assert "SP  - 1211" in lines
    assert "EP  - 1217" in lines
    assert lines.count("ER  - ") == 2
    assert all(not line or re.match(r"[A-Z][A-Z0-9]  - ", line) for line in lines)


@pytest.mark.parametrize(("kind", "begin"), [("csl", "["), ("bibtex", "@"), ("ris", "TY  - ")])
def test_the_command_exports_all_sources(tmp_path: Path, kind: str, begin: str) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(specificity, ["references", "--format", kind, "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert out.read_text(encoding="utf-8").startswith(begin)
    assert f"{len(load_table().sources)} sources" in result.output


def test_the_command_lists_what_is_not_known() -> None:
    result = CliRunner().invoke(specificity, ["references", "--incomplete"])
    lacking = [source for source in load_table().sources.values() if source.missing]
    assert len(result.output.splitlines()) == len(lacking)
