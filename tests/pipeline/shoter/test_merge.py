"""Taking a further table in: new, repeated, confirmed, contradicted; and the file of the BPPRC repository as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.specificity import specificity
from portal.domain.errors import InvalidInput
from portal.pipeline.shoter.specificity.merge import take_in
from portal.pipeline.shoter.specificity.table import load_table, table_from_bytes
from tests.pipeline.shoter.shoter_builders import fact

META = (
    'Cry2Aa,No,,Diptera,Aedes aegypti,7159,No,"N/A, not toxic","N/A, not toxic","N/A, not toxic",'
    "0.1111/j.1574-6968.2011.02403.x ,,Larvae,3rd Instar,Purified protein,Addition to water,,Somebody\n"
    "Cry4Aa,No,,Hemiptera,Acyrthosiphon pisum,7029,Yes,70 to 100,µg/mL,100% at 500 µg/mL,10.1128/AEM.00686-09,,"
    "Nymph,Not specified,Purified protein,Membrane feeding,,Somebody\n"
    "Cry1Ab,No,,Hemiptera,Acyrthosiphon pisum,7029,Yes, , ,25% at 500 µg/mL,10.1128/AEM.00686-09,,Nymph,"
    "Not specified,Purified protein,Membrane feeding,,Somebody\n"
    "Mpp64Ba/Mpp64Ca,No,,Hemiptera,Sogatella furcifera,113103,Yes,2.14,µg/mL, ,10.1128/AEM.01996-17,,Nymph,"
    "3rd Instar,Purified protein,Membrane feeding,,Somebody\n"
    'axmi112,No,,Lepidoptera,Helicoverpa zea,7113,No,"N/A, not toxic","N/A, not toxic","N/A, not toxic",,'
    "US patent 8461421,,,,,Possible mild stunting,Somebody\n"
    'AflP-1A,Yes,AflP-1B,Lepidoptera,Chrysodeixis includens,689277,No,"N/A, not toxic","N/A, not toxic",'
    '"N/A, not toxic",10.1038/s41598-017-03544-9 ,,Larvae,Neonates,Purified protein,Surface contamination,'
    "Stunting when used in combination,Somebody\n"
)


def test_the_file_of_the_bpprc_repository_is_read_without_a_header() -> None:
    facts = table_from_bytes(META.encode(), name="bpprc").facts
    mosquito, aphid, weak, half, other, patent, pair, mirror = facts
    assert (mosquito.activity, mosquito.strength, mosquito.doi) == (
        "negative",
        "B",
        "10.1111/j.1574-6968.2011.02403.x",
    )
    assert (aphid.dose.words if aphid.dose else "", aphid.activity, aphid.strength) == (
        "LC50 70-100 ug/ml",
        "positive",
        "A",
    )
    assert (weak.activity, weak.dose) == ("weak", None)  # 25 % at 500 ug/ml
    assert (half.toxin, half.partner, other.toxin) == ("Mpp64Ba", "Mpp64Ca", "Mpp64Ca")
    assert (patent.toxin, patent.strength, patent.says_inactive) == ("Cry1Ab37", "C", False)
    assert (pair.toxin, mirror.toxin, pair.strength) == ("Hdd9Aa1", "Hdd10Aa1", "C")


def test_a_row_of_another_file_keeps_its_line() -> None:
    broken = META + "Cry9Aa,No,,Butterflies,x,1,Yes,,,,10.1/x,,,,,,,\n"
    with pytest.raises(InvalidInput, match="line 7: order 'Butterflies' is not known"):
        table_from_bytes(broken.encode(), name="bpprc")
    with pytest.raises(InvalidInput, match="line 7: 3 columns"):
        table_from_bytes((META + "Cry9Aa,No,\n").encode(), name="bpprc")


PLUTELLA = fact("Cry1Ac", "Lepidoptera", species="Plutella xylostella", number=1)


def test_what_is_new_is_added_and_what_repeats_a_source_is_not() -> None:
    repeat = replace(
        PLUTELLA, fact_id="N1", toxin="Cry1Ac7", species_text="Plutella xylostella (larva)", doi="10.1000/1"
    )
    other_source = replace(PLUTELLA, fact_id="N2", doi="10.1000/2")
    merged = take_in([PLUTELLA], [repeat, other_source])
    assert [item.fact_id for item in merged.facts] == ["T0001", "N2"]
    assert merged.repeated == [(repeat, PLUTELLA)]


def test_the_source_that_was_read_stands_against_a_row_that_cites_it() -> None:
    says_no = replace(PLUTELLA, activity="negative")
    claims = replace(PLUTELLA, fact_id="N1")
    merged = take_in([says_no], [claims])
    assert merged.facts == [says_no]
    assert merged.contradicted == [(claims, says_no)]
    assert "T0001 of the same source is negative" in merged.lines()[1]


def test_an_unread_record_is_confirmed_and_keeps_its_id() -> None:
    unread = replace(PLUTELLA, claim_seen="recalled", doi="10.1000/old", strength="A")
    row = replace(
        PLUTELLA, fact_id="N1", doi="10.1000/new", strength="B", claim_seen="seen_export_row", reference="New"
    )
    (found,) = take_in([unread], [row]).facts
    assert (found.fact_id, found.doi, found.reference, found.strength) == ("T0001", "10.1000/new", "New", "B")
    assert not found.unverified


def test_an_unread_record_of_another_outcome_is_not_confirmed() -> None:
    unread = replace(PLUTELLA, claim_seen="recalled", activity="negative", doi="10.1000/old")
    merged = take_in([unread], [replace(PLUTELLA, fact_id="N1")])
    assert [item.unverified for item in merged.facts] == [True, False]


def test_the_command_extends_the_shipped_table_with_an_export(tmp_path: Path) -> None:
    export = tmp_path / "meta_data.csv"
    export.write_text(META.replace("Sogatella furcifera", "Nephotettix cincticeps"), encoding="utf-8")
    out = tmp_path / "ours.csv"
    flags = ["--extend", "--out", str(out), "--name", "ours", "--version", "1", "--read-at", "https://example.org/x"]
    result = CliRunner().invoke(specificity, ["build", str(export), *flags])
    assert result.exit_code == 0, result.output
    assert "2 new" in result.output
    table = load_table(out)
    assert len(table.facts) == len(load_table().facts) + 2
    assert table.facts[-1].url == "https://example.org/x"
    assert table.sources == load_table().sources
