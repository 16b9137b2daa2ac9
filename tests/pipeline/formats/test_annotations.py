"""GenBank and GFF3 as Biopython, BCBio and gffutils read them: no word changed, whatever the contigs are called."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import gffutils
import pytest
from BCBio import GFF
from Bio import SeqIO
from Bio.SeqFeature import AfterPosition, BeforePosition
from Bio.SeqRecord import SeqRecord

from portal.pipeline.digger.engine import run_digger
from portal.pipeline.digger.output.genbank import day_of
from tests.pipeline.digger.digger_builders import backbone, gene, protein, reverse_complement, write_fasta
from tests.pipeline.formats.conftest import NAMES, DiggerOutput


def found(output: DiggerOutput) -> dict[str, dict[str, Any]]:
    document = json.loads((output.folder / "toxins.json").read_text(encoding="utf-8"))
    return {toxin["protein_id"]: toxin for toxin in document["toxins"]}


def genbank(output: DiggerOutput) -> list[SeqRecord]:
    with (output.folder / f"{output.strain}.gbk").open(encoding="utf-8") as stream:
        return list(SeqIO.parse(stream, "genbank"))


def coding(record: SeqRecord) -> Any:
    [feature] = [feature for feature in record.features if feature.type == "CDS"]
    return feature


def test_each_contig_has_its_gene(genome: DiggerOutput) -> None:
    assert sorted(toxin["contig"] for toxin in found(genome).values()) == sorted(NAMES)


def test_biopython_reads_ids_and_qualifiers_as_they_are(genome: DiggerOutput) -> None:
    toxins, records = found(genome), genbank(genome)
    assert [record.id for record in records] == list(toxins)
    for record, toxin in zip(records, toxins.values(), strict=True):
        qualifiers = coding(record).qualifiers
        frame = f"{toxin['contig']} {toxin['start']}..{toxin['end']} frame {toxin['frame']:+d}; Rank4; "
        assert record.name == toxin["protein_id"]
        assert qualifiers["locus_tag"] == [toxin["protein_id"]]
        assert qualifiers["product"] == ["pesticidal protein similar to Cry6Aa1"]
        assert qualifiers["note"][0].startswith(frame + "identity 100.00% coverage 100.00% to Cry6Aa1")
        assert record.description.startswith(f"pesticidal protein similar to Cry6Aa1; {toxin['contig']} ")


def test_biopython_reads_the_sequence_and_the_place_of_the_gene(genome: DiggerOutput) -> None:
    for record in genbank(genome):
        feature = coding(record)
        assert str(record.seq) == genome.sequences[found(genome)[str(record.id)]["contig"]]
        assert feature.translate(record.seq, cds=False, to_stop=True) == feature.qualifiers["translation"][0]


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("edge", ["left", "right"])
def test_a_gene_that_the_contig_cuts_is_partial_there(
    reference: Path, tmp_path: Path, edge: str, backward: bool
) -> None:
    whole = gene(protein(5, 300))
    whole = reverse_complement(whole) if backward else whole
    contig = whole[300:] + backbone(1, 90) if edge == "left" else backbone(1, 90) + whole[:-300]
    genome = write_fasta(tmp_path / "g.fna", {"c": contig})
    run_digger([("g", genome)], tmp_path / "out", reference_fasta=reference, cache_dir=tmp_path / "cache",
               reference_facts={}, threads=1)  # fmt: skip
    output = DiggerOutput(tmp_path / "out", "g", {"c": contig})
    [toxin], [record] = found(output).values(), genbank(output)
    location = coding(record).location
    assert toxin["contig_edge"] == edge
    assert isinstance(location.start, BeforePosition) == (edge == "left")
    assert isinstance(location.end, AfterPosition) == (edge == "right")
    assert (location.start + 1, location.end) == (toxin["start"], toxin["end"])


def test_the_locus_line_has_type_division_and_date(genome: DiggerOutput) -> None:
    record = genbank(genome)[0]
    assert {record.annotations[name] for name in ("molecule_type", "topology", "data_file_division")} == {
        "DNA", "linear", "BCT"}  # fmt: skip
    day = day_of(genome.folder.parent / "in.fasta")
    assert datetime.strptime(str(record.annotations["date"]), "%d-%b-%Y").replace(tzinfo=UTC).date() == day


def test_a_line_is_only_longer_than_80_where_a_name_needs_it(genome: DiggerOutput) -> None:
    text = (genome.folder / f"{genome.strain}.gbk").read_text(encoding="utf-8")
    record = next(part for part in text.split("\n//\n") if "a;b=c&d,e_" in part)
    assert max(map(len, record.splitlines())) <= 80


def test_gffutils_reads_every_attribute_as_it_is(genome: DiggerOutput, proteins: DiggerOutput) -> None:
    for output in (genome, proteins):
        database = gffutils.create_db(str(gff3(output)), ":memory:")
        for name, toxin in found(output).items():
            feature = database[name]
            assert unquote(feature.seqid) == toxin["contig"]
            assert (feature.start, feature.end) == (toxin["start"], toxin["end"])
            assert feature.attributes["Name"] == ["Cry6Aa1"]
            assert feature.attributes["product"] == ["pesticidal protein similar to Cry6Aa1"]
            assert feature.attributes["Note"][0].startswith("Rank4; identity 100.00% coverage 100.00% to Cry6Aa1")


def test_bcbio_reads_the_same_places(genome: DiggerOutput) -> None:
    with gff3(genome).open(encoding="utf-8") as stream:
        records = list(GFF.parse(stream))
    genes = [(unquote(record.id), gene) for record in records for gene in record.features]
    assert {gene.type for _, gene in genes} == {"gene"}
    features = {feature.id: (contig, feature) for contig, gene in genes for feature in gene.sub_features}
    assert sorted(features) == sorted(found(genome))
    for name, (contig, feature) in features.items():
        toxin = found(genome)[name]
        assert (contig, feature.location.start + 1, feature.location.end) == (
            toxin["contig"], toxin["start"], toxin["end"])  # fmt: skip
        assert feature.location.strand == {"+": 1, "-": -1}[toxin["strand"]]


def test_a_sequence_id_holds_only_the_characters_that_gff3_allows(genome: DiggerOutput) -> None:
    """https://github.com/The-Sequence-Ontology/Specifications/blob/master/gff3.md, column 1."""
    lines = gff3(genome).read_text(encoding="utf-8").splitlines()[1:]
    assert len(lines) == 2 * len(NAMES), "a gene and its coding sequence each"
    for line in lines:
        assert re.fullmatch(r"(?:[a-zA-Z0-9.:^*$@!+_?|-]|%[0-9A-F]{2})+", line.split("\t")[0])


def gff3(output: DiggerOutput) -> Path:
    return output.folder / f"{output.strain}.gff3"
