"""The specificity table: three headers, every check with its line, and the table that is shipped."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from portal.domain.dose import UNITS, DoseFamily
from portal.domain.errors import InvalidInput
from portal.pipeline.shoter.specificity.checks import grade_problems
from portal.pipeline.shoter.specificity.dose import potency
from portal.pipeline.shoter.specificity.merge import merge_facts
from portal.pipeline.shoter.specificity.rows import SHIPPED_COLUMNS
from portal.pipeline.shoter.specificity.table import (
    SHIPPED_TABLE,
    load_table,
    read_facts,
    table_from_bytes,
)
from portal.pipeline.shoter.specificity.write import table_bytes
from portal.results.sources import lasting_address
from portal.results.targets import PANELS

BPPRC = (
    "name", "partnerprotein", "partnerprotein_textbox", "target_order", "target_species", "activity", "taxonid", "lc50",
    "units", "non_toxic", "percentage_mortality", "publication", "other_citations", "life_stage", "instar",
    "assay_material", "assay_method", "comment", "data_entered_by",
)  # fmt: skip


def as_csv(columns: list[str] | tuple[str, ...], *rows: dict[str, str]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


def own(number: int = 1, **changes: str) -> dict[str, str]:
    return {
        "fact_id": f"F{number}", "toxin": "Cry1Ac", "order": "Lepidoptera", "species": f"Species number{number}",
        "activity": "positive", "strength": "A", "reference": "Author 2000", "claim_seen": "seen_abstract_or_text",
    } | changes  # fmt: skip


def bpprc(**changes: str) -> dict[str, str]:
    return {
        "name": "Cry1Ac1", "partnerprotein": "No", "target_order": "Lepidoptera", "activity": "Yes", "lc50": "1.2",
        "target_species": "Plutella xylostella", "units": "µg/ml", "publication": "doi:10.1128/AEM.00078-13",
    } | changes  # fmt: skip


def test_the_shipped_table_is_sound() -> None:
    table = load_table()
    facts, problems = read_facts(SHIPPED_TABLE.read_bytes())
    assert problems == []
    assert len(facts) >= 1300
    assert table.unverified_facts <= 100
    # docs/science/specificity.md: read means that the address of the text that was read is kept.
    read = [fact for fact in facts if fact.claim_seen != "recalled"]
    without = [fact.fact_id for fact in read if not (fact.url or (fact.doi and fact.claim_seen != "seen_bpprc_row"))]
    assert without == []
    assert {fact.order for fact in facts} <= set(PANELS)


def test_the_shipped_table_keeps_to_the_rule_of_the_grades() -> None:
    assert grade_problems(load_table().facts) == []


def test_every_grade_a_of_the_shipped_table_has_a_source_that_can_be_opened() -> None:
    table = load_table()
    best = [fact for fact in table.facts if "A" in (fact.strength, fact.grade)]
    assert len(best) > 50
    closed = [fact.fact_id for fact in best if not lasting_address(fact.doi, fact.url)]
    assert closed == []
    elsewhere = [
        fact.fact_id
        for fact in table.facts
        if fact.doi and (fact.doi.lower() != table.sources[fact.source_id].doi.lower())
    ]
    assert elsewhere == []


@pytest.mark.parametrize(
    ("address", "grade"),
    [
        ({"doi": "10.1000/x"}, "A"),
        ({"url": "https://pubmed.ncbi.nlm.nih.gov/12/"}, "A"),
        ({"url": "https://www.academia.edu/8011790/Screening"}, "B"),
        ({"url": "https://repository.example.org/820"}, "B"),
        ({"doi": "to appear"}, "B"),
        ({}, "B"),
    ],
)
def test_a_measured_effect_without_a_doi_or_pubmed_entry_is_grade_b(address: dict[str, str], grade: str) -> None:
    measured = {"measure": "LC50", "dose": "1.2", "dose_unit": "ug/ml"}
    (fact,), problems = read_facts(as_csv(SHIPPED_COLUMNS, own(1, **measured, **address)))
    assert problems == []
    assert (fact.grade, fact.lowered().strength) == (grade, grade)
    assert len(grade_problems([fact])) == (grade != "A")


@pytest.mark.parametrize(
    ("publication", "grade"),
    [("doi:10.1128/AEM.00078-13", "A"), ("PMID: 22068947", "A"), ("Smith 1999, Journal of Beetles 3:1", "B")],
)
def test_a_measured_row_of_an_export_is_grade_a_if_its_publication_can_be_opened(publication: str, grade: str) -> None:
    (fact,), problems = read_facts(as_csv(BPPRC, bpprc(publication=publication)))
    assert problems == []
    assert (fact.strength, fact.grade) == (grade, grade)
    assert (lasting_address(fact.doi, fact.url) is not None) is (grade == "A")


def test_an_effect_of_high_doses_alone_is_weak() -> None:
    """docs/science/specificity.md: from 100 ug of purified toxin per ml; spores and crystals are no purified toxin."""
    for fact in load_table().facts:
        if fact.activity == "positive" and fact.strength == "A" and fact.dose and fact.dose.high:
            assert potency(fact.dose) > 0 or "inclusion" in fact.note, (fact.fact_id, fact.dose.words)


def test_what_describes_the_shipped_table_is_true() -> None:
    about = json.loads(SHIPPED_TABLE.with_suffix(".json").read_text(encoding="utf-8"))
    table = load_table()
    counts = {"facts": len(table.facts), "sources": len(table.sources)}
    assert about == {"name": table.name, "version": table.version, "sha256": table.sha256, **counts}


def test_a_read_source_has_an_address_or_a_citation() -> None:
    for fact in load_table().facts:
        assert fact.doi or fact.url or fact.reference, fact.fact_id
        if fact.doi:
            assert fact.doi.startswith("10."), fact.fact_id


def test_the_table_survives_writing_and_reading() -> None:
    table = load_table()
    assert table_bytes(table.facts) == SHIPPED_TABLE.read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"order": "Lepidopterra"}, "order 'Lepidopterra' is not known"),
        ({"toxin": "Cyr1Ac"}, "toxin 'Cyr1Ac' is not known"),
        ({"toxin": "something"}, "toxin 'something' is not known"),
        ({"activity": "maybe"}, "activity 'maybe'"),
        ({"strength": "D"}, "strength 'D'"),
        ({"claim_seen": "yes"}, "claim_seen 'yes'"),
        ({"reference": ""}, "no source"),
        ({"partner": "Tpp2Aa"}, "Cry1Ac names the partner Tpp2Aa"),
        ({"partner": "nobody"}, "partner 'nobody' is not known"),
        ({"fact_id": "F1"}, "fact_id F1 is already in line 2"),
        ({"fact_id": ""}, "fact_id is empty"),
        ({"species": "Species number1"}, "says the same as line 2"),
    ],
)
def test_a_broken_row_is_refused_with_its_line(change: dict[str, str], message: str) -> None:
    content = as_csv(SHIPPED_COLUMNS, own(1), own(2, **change))
    with pytest.raises(InvalidInput, match=f"line 3: .*{message}") as caught:
        table_from_bytes(content, name="test")
    assert caught.value.line == 3


def test_all_problems_are_counted() -> None:
    content = as_csv(SHIPPED_COLUMNS, own(1, order="x"), own(2, order="y"), own(3, order="z"))
    with pytest.raises(InvalidInput, match="2 more"):
        table_from_bytes(content, name="test")


def test_a_row_with_too_few_columns_is_refused() -> None:
    with pytest.raises(InvalidInput, match="line 3: 2 columns, but the header has 19"):
        table_from_bytes(as_csv(SHIPPED_COLUMNS, own()) + b"F2,Cry1Ab\n", name="test")


def test_an_unknown_header_is_refused_with_what_it_lacks() -> None:
    with pytest.raises(InvalidInput, match=r"line 1: the header lacks .*publication"):
        table_from_bytes(as_csv([name for name in BPPRC if name != "publication"]), name="test")


def test_no_row_and_no_text_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no record"):
        table_from_bytes(as_csv(SHIPPED_COLUMNS), name="test")
    with pytest.raises(InvalidInput, match=r"line 2: .*not UTF-8"):
        table_from_bytes(as_csv(SHIPPED_COLUMNS) + b"\xff\n", name="test")


def test_the_bpprc_export_is_taken_as_it_is() -> None:
    content = as_csv(
        BPPRC,
        bpprc(),
        bpprc(name="Cry51Aa2", target_order="Hemiptera", lc50="", percentage_mortality="80%"),
        bpprc(name="Cry2Ab1", activity="No", target_order="Diptera", target_species="Aedes aegypti"),
        bpprc(name="Cry1Fa1", publication=""),
    )
    table = table_from_bytes(content, name="export")
    ac, mpp, negative, uncited = table.facts
    assert (ac.order, ac.species, ac.activity, ac.strength) == ("Lepidoptera", "Plutella xylostella", "positive", "A")
    assert ac.doi == "10.1128/AEM.00078-13"
    assert (mpp.toxin, mpp.strength) == ("Mpp51Aa2", "A")  # a share of dead animals is a figure
    assert negative.activity == "negative"
    assert uncited.strength == "C"
    assert len(table.version) == 12


def test_a_pair_of_the_export_speaks_for_both_halves() -> None:
    content = as_csv(BPPRC, bpprc(name="Cry34Ab1", partnerprotein="Yes", partnerprotein_textbox="Cry35Ab1"))
    first, second = table_from_bytes(content, name="export").facts
    assert (first.toxin, first.partner) == ("Gpp34Ab1", "Tpp35Ab1")
    assert (second.toxin, second.partner) == ("Tpp35Ab1", "Gpp34Ab1")


def test_a_pair_named_from_both_sides_and_a_repeated_row_count_once() -> None:
    pair = bpprc(name="Cry34Ab1", partnerprotein="Yes", partnerprotein_textbox="Cry35Ab1")
    mirror = bpprc(name="Cry35Ab1", partnerprotein="Yes", partnerprotein_textbox="Cry34Ab1")
    table = table_from_bytes(as_csv(BPPRC, pair, mirror, bpprc(), bpprc()), name="export")
    assert [fact.toxin for fact in table.facts] == ["Gpp34Ab1", "Tpp35Ab1", "Cry1Ac1"]


def test_a_partner_that_is_no_toxin_is_a_note() -> None:
    content = as_csv(BPPRC, bpprc(partnerprotein="Yes", partnerprotein_textbox="spores"))
    (fact,) = table_from_bytes(content, name="export").facts
    assert fact.partner == ""
    assert "with spores" in fact.note


def test_an_export_with_windows_line_ends_and_a_mark_at_its_start() -> None:
    content = b"\xef\xbb\xbf" + as_csv(BPPRC, bpprc()).replace(b"\n", b"\r\n")
    assert len(table_from_bytes(content, name="export").facts) == 1


def test_an_extension_adds_what_is_new() -> None:
    base = list(table_from_bytes(as_csv(SHIPPED_COLUMNS, own(1)), name="a").facts)
    more = table_from_bytes(as_csv(SHIPPED_COLUMNS, own(2) | {"fact_id": "N2"}, own(1)), name="b").facts
    assert [fact.fact_id for fact in merge_facts(base, more)] == ["F1", "N2"]
    clash = table_from_bytes(as_csv(SHIPPED_COLUMNS, own(1, species="Other species")), name="c").facts
    with pytest.raises(InvalidInput, match="F1 stands for two facts"):
        merge_facts(base, clash)


def test_name_and_version_stand_beside_the_table(tmp_path: Path) -> None:
    path = tmp_path / "ours.csv"
    path.write_bytes(as_csv(SHIPPED_COLUMNS, own()))
    assert load_table(path).name == "ours"
    path.with_suffix(".json").write_text('{"name": "institute", "version": "3"}', encoding="utf-8")
    assert (load_table(path).name, load_table(path).version) == ("institute", "3")


def test_a_table_changed_by_hand_loses_its_version(tmp_path: Path) -> None:
    path = tmp_path / "ours.csv"
    path.write_bytes(as_csv(SHIPPED_COLUMNS, own()))
    path.with_suffix(".json").write_text('{"name": "ours", "version": "3", "sha256": "00"}', encoding="utf-8")
    table = load_table(path)
    assert (table.name, table.version) == ("ours", table.sha256[:12])


@pytest.mark.parametrize("text", ["{", "[]", "\x00"])
def test_a_broken_description_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ours.csv"
    path.write_bytes(as_csv(SHIPPED_COLUMNS, own()))
    path.with_suffix(".json").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"ours\.json does not describe"):
        load_table(path)


def test_the_docs_count_the_units_of_the_doses_in_the_table() -> None:
    table = load_table()
    doses = [fact.dose for fact in table.facts if fact.dose]
    counts = Counter(dose.unit for dose in doses)
    told = (Path(__file__).parents[3] / "docs/science/specificity.md").read_text(encoding="utf-8")
    section = told.partition("## Which doses are compared")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert {unit: int(count) for row in rows for unit, count in re.findall(r"(\S+) \((\d+)", row)} == counts
    assert f"{len(doses)} records have a dose" in section
    listed = [set(re.findall(r"[a-z0-9/]+", row.partition("|")[2].partition("|")[2])) & UNITS.keys() for row in rows]
    by_family = [{unit for unit, (family, _) in UNITS.items() if family is each} for each in DoseFamily]
    assert listed == by_family
