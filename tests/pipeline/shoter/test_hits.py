"""Bad and odd tables of hits: read, or refused with line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.domain.errors import InvalidInput
from portal.pipeline.shoter.hits import Hit, read_hits
from tests.pipeline.shoter.shoter_builders import COLUMNS, hits_of, hmm_only, row, table_text

FILE = Path("All_Toxins.txt")


def read(text: str | bytes) -> list[Hit]:
    return list(read_hits(FILE, text.encode() if isinstance(text, str) else text).hits)


def test_a_row_becomes_a_hit() -> None:
    (hit,) = hits_of([row("Cry51Aa2", Aln_length="600", Identity="96.1201501877347")])
    assert (hit.name_2020, hit.name_1998, hit.family) == ("Mpp51Aa2", "Cry51Aa2", "Mpp51")
    assert hit.identity == 96.1201501877347
    assert hit.coverage == pytest.approx(600 / 1178)
    assert hit.contig == "contig1"
    assert not hit.at_contig_edge


def test_a_profile_hit_has_neither_identity_nor_coverage() -> None:
    (hit,) = hits_of([hmm_only()])
    assert (hit.hit_name, hit.identity, hit.coverage, hit.ranks) == ("Vpa (HMM only)", None, None, None)
    assert hit.hmm
    assert not hit.blast


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_of_both_worlds(end: str) -> None:
    hits = read(table_text([row(), row("Cry2Ab1", 2)], end=end))
    assert [hit.hit_name for hit in hits] == ["Cry1Ac1", "Cry2Ab1"]
    assert all(hit.domains["ETX_MTX2"] is False for hit in hits)


def test_columns_are_found_by_name() -> None:
    columns = ["Extra", *reversed(COLUMNS)]
    assert read(table_text([row()], columns))[0].hit_name == "Cry1Ac1"


def test_missing_sequences_are_a_warning() -> None:
    found = read_hits(FILE, table_text([row()], COLUMNS[:25]).encode())
    assert len(found.hits) == 1
    assert "Scaffold sequence" in str(found.remarks[0])


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"line 1: .*Identity") as caught:
        read(table_text([row()], [name for name in COLUMNS if name != "Identity"]))
    assert caught.value.line == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Identity": "high"}, "column Identity: 'high'"),
        ({"Identity": "101"}, "column Identity: '101'"),
        ({"Identity": "nan"}, "column Identity: 'nan'"),
        ({"Aln_length": "-5"}, "column Aln_length: '-5'"),
        ({"Hit_length": "0"}, "column Hit_length"),
        ({"BLAST": "maybe"}, "column BLAST: 'maybe'"),
        ({"location": "12"}, "column Gene location on scaffold: '12'"),
        ({"Strain": ""}, "Strain is empty"),
        ({"Endotoxin_N": "?"}, r"column Endotoxin_N: '\?'"),
    ],
)
def test_a_wrong_cell_is_refused_with_row_and_column(change: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidInput, match=f"line 3: {message}"):
        read(table_text([row(), row("Cry2Ab1", 2, **change)]))


def test_a_short_row_is_refused() -> None:
    with pytest.raises(InvalidInput, match="line 3: 2 columns, but the header has 28"):
        read(table_text([row()]) + "S1\tp2\n")


def test_an_empty_file_is_no_table() -> None:
    with pytest.raises(InvalidInput, match="line 1"):
        read("")


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    with pytest.raises(InvalidInput, match="line 2: the file is not UTF-8 text"):
        read(table_text([]).encode() + b"\xff\xfe\n")


def test_no_row_is_no_error() -> None:
    assert read(table_text([])) == []


@pytest.mark.parametrize("absent", ["NA", "ND", "NO", ""])
def test_every_way_to_write_nothing(absent: str) -> None:
    (hit,) = hits_of([row(SVM=absent, Endotoxin_mid=absent, HMM=absent)])
    assert not hit.hmm
    assert hit.domains["Endotoxin_mid"] is (None if absent in {"NA", ""} else False)


def test_coverage_may_be_zero_or_above_one() -> None:
    low, high = hits_of([row(Aln_length="0"), row("Cry2Ab1", 2, Aln_length="1200")])
    assert low.coverage == 0.0
    assert high.coverage == pytest.approx(1200 / 1178)


@pytest.mark.parametrize("location", ["1-900", "3-900", "601-1500", "600-1498"])
def test_genes_at_contig_ends_are_seen(location: str) -> None:
    (hit,) = hits_of([row(location=location) | {"Scaffold sequence": "A" * 1500}])
    assert hit.at_contig_edge


def test_names_of_laboratories_and_families_before_2020() -> None:
    names = {"axmi058": "App4Aa1", "Sip1Ab1": "Mpp5Ab1", "Mtx2": "Mpp2", "Cry78Aa1": "Tpp78Aa1", "Vip1Ad1": "Vpb1Ad1"}
    hits = hits_of([row(name, number) for number, name in enumerate(names)])
    assert [hit.name_2020 for hit in hits] == list(names.values())


def test_a_name_that_does_not_parse_is_kept_as_it_is() -> None:
    (hit,) = hits_of([row("strange protein 7")])
    assert (hit.name_2020, hit.ranks, hit.family) == ("strange protein 7", None, "strange protein 7")
