"""From a genome to its bundle: the same bytes each time, and each gene in it as FASTA and GenBank that others read."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from Bio import SeqIO
from Bio.SeqRecord import SeqRecord

from portal.domain.status import Lang
from portal.pipeline.bundle.make import StageFolders, make_bundle
from portal.pipeline.bundle.origin import InputFile, Origin
from portal.pipeline.bundle.verify import verify_bundle
from portal.pipeline.digger.engine import run_digger
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import run_shoter
from portal.results.codec import from_json
from portal.results.loci import LociDocument
from tests.pipeline.digger.digger_builders import backbone, gene, reference_proteins, reverse_complement, write_fasta

PROTEINS = reference_proteins()
STOPS = "TAATTAATTAA"
ORIGIN = Origin(
    task_id="abcdefgh2345",
    strain="g",
    submission_time="2026-03-01T10:00:07+01:00",
    lang=Lang.EN,
    genome=InputFile("g.fna", 4, "ab" * 32),
    parameters={},
)


def contigs() -> dict[str, str]:
    """Return Cry1Ab1 with a lost base, Cry2Aa1 backward over two contigs, and Vip3Aa1 whole."""
    cry1, vip = gene(PROTEINS["Cry1Ab1"]), gene(PROTEINS["Vip3Aa1"])
    cry2 = reverse_complement(STOPS + gene(PROTEINS["Cry2Aa1"]))
    middle = len(cry2) // 2
    return {
        "c1": backbone(1, 2000) + STOPS + cry1[:1500] + cry1[1501:] + backbone(2, 2000) + cry2[:middle],
        "c2": cry2[middle:] + backbone(3, 2000) + STOPS + vip + backbone(4, 2000),
    }


def made(folder: Path, index: Path) -> Path:
    """Return the bundle of a run from the genome on, in folders of its own."""
    digger, shoter, plots, out = (folder / name for name in ("digger", "shoter", "plots", "out"))
    for each in (shoter, plots, out):
        each.mkdir(parents=True)
    reference = write_fasta(folder / "made_up.faa", PROTEINS)
    genome = write_fasta(folder / "g.fna", contigs())
    run_digger([("g", genome)], digger, reference_fasta=reference, cache_dir=index, reference_facts={}, threads=2)
    run_shoter(digger / "All_Toxins.txt", shoter, parameters=ShoterParameters())
    make_bundle(StageFolders(digger, shoter, plots), out, origin=ORIGIN, display_name="g.fna")
    return out / "bundle.zip"


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("runs")
    return made(folder / "one", folder / "index"), made(folder / "another", folder / "another index")


def content(path: Path, ending: str) -> str:
    """Return the one file of a bundle's Digger folder with this ending."""
    with zipfile.ZipFile(path) as archive:
        [name] = [name for name in archive.namelist() if "/1_Toxin_Mining/" in name and name.endswith(ending)]
        return archive.read(name).decode()


def records(path: Path, ending: str, form: str) -> list[SeqRecord]:
    return list(SeqIO.parse(io.StringIO(content(path, ending)), form))


def test_two_runs_from_the_genome_on_give_the_same_bytes(bundles: tuple[Path, Path]) -> None:
    one, another = bundles
    with zipfile.ZipFile(one) as first, zipfile.ZipFile(another) as second:
        assert first.namelist() == second.namelist()
        differ = [name for name in first.namelist() if first.read(name) != second.read(name)]
    assert differ == []
    assert one.read_bytes() == another.read_bytes()
    assert verify_bundle(one) == []


def test_each_gene_is_in_the_bundle_as_protein_and_as_dna_with_its_flanks(bundles: tuple[Path, Path]) -> None:
    loci = from_json(content(bundles[0], "/loci.json").encode(), LociDocument).loci
    assert sorted(str(locus.verdict) for locus in loci) == ["frameshift", "intact", "split"]
    proteins = {record.id: str(record.seq) for record in records(bundles[0], ".genes.faa", "fasta")}
    assert proteins == {locus.locus_id: locus.protein for locus in loci}
    genome = contigs()
    both = [*genome.values(), *map(reverse_complement, genome.values())]
    stretches = records(bundles[0], ".genes.fna", "fasta")
    pieces = {locus.locus_id: 2 if locus.verdict == "split" else 1 for locus in loci}
    assert Counter(str(record.id).partition(".")[0] for record in stretches) == pieces
    for record in stretches:
        assert any(str(record.seq).upper() in strand.upper() for strand in both), record.id
        assert any(letter.islower() for letter in str(record.seq)), "flanks are in lower case"


def test_the_genbank_file_of_the_bundle_has_each_gene_where_it_lies(bundles: tuple[Path, Path]) -> None:
    loci = from_json(content(bundles[0], "/loci.json").encode(), LociDocument).loci
    found = {str(record.id): record for record in records(bundles[0], ".gbk", "genbank")}
    assert {name for locus in loci for name in locus.protein_ids} == set(found)
    both = [strand for contig in contigs().values() for strand in (contig, reverse_complement(contig))]
    for name, record in found.items():
        [of_gene] = [feature for feature in record.features if feature.type == "gene"]
        assert of_gene.qualifiers["note"][0].startswith("verdict: "), name
        assert of_gene.location is not None
        piece = str(of_gene.location.parts[0].extract(record.seq)).upper()
        assert any(piece in strand.upper() for strand in both), name
