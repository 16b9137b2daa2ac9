"""Further kinds of damage, beyond the matrix: two breaks in one gene, masked and inverted parts, copies, mosaics."""

from __future__ import annotations

from collections.abc import Mapping

from portal.reference.damage_cases import Case, Contigs, IntactGene, reverse
from portal.reference.example_genome import background

_LOST, _INVERTED = 300, 600
_SHORT_ELEMENT, _LONG_ELEMENT, _TARGET_REPEAT = 760, 5200, 5
# Bases before and behind a duplication that are not part of it: shorter ends of a gene may change among alleles.
_KEPT = 75
_NEXT_GENE = "TAATTAATTAATTGACTAATTAATTAAAAAGGAGGTATAA"
_ANY_BREAK = "frameshift|premature_stop|insertion|remnant"


def _later(gene: IntactGene) -> int:
    """Return a second place, halfway between the first and the end of the gene, between codons like the first."""
    return gene.at + (len(gene.coding) - gene.at) // 6 * 3


def _stops(gene: IntactGene) -> Contigs:
    coding = gene.coding
    for at in (gene.at, _later(gene)):
        coding = coding[:at] + "TAG" + coding[at + 3 :]
    return {"c1": gene.with_coding(coding)}


def _deletions(gene: IntactGene) -> Contigs:
    coding, later = gene.coding, _later(gene)
    return {"c1": gene.with_coding(coding[: gene.at] + coding[gene.at + 1 : later] + coding[later + 1 :])}


def _shift_stop(gene: IntactGene) -> Contigs:
    later = _later(gene) // 3 * 3
    shifted = gene.coding[: gene.at] + gene.coding[gene.at + 1 : later]
    return {"c1": gene.with_coding(shifted + "TGA" + gene.coding[later + 3 :])}


def _part(gene: IntactGene, most: int) -> tuple[int, int]:
    """Return a part of the gene around the place, of whole codons, at most a quarter of the gene."""
    length = min(most, len(gene.coding) // 4) // 3 * 3
    start = min(max(gene.at - length // 2, 30), len(gene.coding) - length - 30) // 3 * 3
    return start, start + length


def _lost_middle(gene: IntactGene) -> Contigs:
    start, end = _part(gene, _LOST)
    return {"c1": gene.with_coding(gene.coding[:start] + gene.coding[end:])}


def _inverted(gene: IntactGene) -> Contigs:
    start, end = _part(gene, _INVERTED)
    return {"c1": gene.with_coding(gene.coding[:start] + reverse(gene.coding[start:end]) + gene.coding[end:])}


def _doubled(gene: IntactGene, length: int, between: int = 0) -> Contigs:
    """Repeat a part of the gene around the place directly behind it, or behind a few other bases."""
    length = min(length, len(gene.coding) // 2)
    start = min(max(gene.at - length // 2, _KEPT), len(gene.coding) - length - _KEPT)
    apart = "".join(gene.rng.choices("CG", k=between))
    return {"c1": gene.with_coding(gene.coding[: start + length] + apart + gene.coding[start:])}


def _masked(gene: IntactGene, length: int) -> Contigs:
    start, end = _part(gene, length)
    return {"c1": gene.with_coding(gene.coding[:start] + "N" * (end - start) + gene.coding[end:])}


def _gap(gene: IntactGene, length: int) -> Contigs:
    return {"c1": gene.with_coding(gene.coding[: gene.at] + "N" * length + gene.coding[gene.at :])}


def _element(gene: IntactGene, length: int) -> Contigs:
    """Insert an element without inverted repeats, either way round."""
    body = background(length, gene.codons, gene.rng)
    element = body if gene.rng.random() < 0.5 else reverse(body)
    target = gene.coding[max(0, gene.at - _TARGET_REPEAT) : gene.at]
    return {"c1": gene.with_coding(gene.coding[: gene.at] + element + target + gene.coding[gene.at :])}


def _element_open(gene: IntactGene) -> Contigs:
    """Insert an element without a stop that keeps the reading frame: the gene stays one long open frame."""
    inner = "".join(gene.rng.choices(gene.codons.sense, gene.codons.sense_counts, k=_SHORT_ELEMENT // 3))
    return {"c1": gene.with_coding(gene.coding[: gene.at] + inner + gene.coding[gene.at :])}


def _three_contigs(gene: IntactGene) -> Contigs:
    later = _later(gene) + 1
    return {
        "c1": gene.before + gene.coding[: gene.at],
        "c2": reverse(gene.coding[gene.at : later]),
        "c3": gene.coding[later:] + gene.after,
    }


def _origin(gene: IntactGene, header: str) -> Contigs:
    cut = len(gene.before) + gene.at
    return {header: gene.whole[cut:] + gene.whole[:cut]}


def _tandem(gene: IntactGene, second: str) -> Contigs:
    return {"c1": gene.with_coding(gene.coding + _NEXT_GENE + second)}


def _stopped(gene: IntactGene) -> str:
    at = gene.at // 3 * 3
    return gene.coding[:at] + "TAA" + gene.coding[at + 3 :]


def _tandem_fused(gene: IntactGene) -> Contigs:
    return {"c1": gene.with_coding(gene.coding[:-3] + gene.coding)}


def _copies_apart(gene: IntactGene) -> Contigs:
    """Place a copy with its beginning lost before one with its end lost: not one gene in the wrong order."""
    return {"c1": gene.with_coding(gene.coding[gene.at :] + _NEXT_GENE + gene.coding[: gene.at])}


def _copies_on_contigs(gene: IntactGene) -> Contigs:
    """Cut one of two copies by the end of its contig: the whole copy does not complete it."""
    return {"c1": gene.before + gene.coding[: gene.at], "c2": gene.with_coding(gene.coding)}


def _within(gene: IntactGene) -> Contigs:
    """Put another toxin's whole gene, turned round, into the gene."""
    inner = reverse("TAATTAATTAAAAAGGAGGTATAA" + gene.other + "TAATTAATTAA")
    return {"c1": gene.with_coding(gene.coding[: gene.at] + inner + gene.coding[gene.at :])}


def _mosaic(gene: IntactGene) -> Contigs:
    """Go on, in the same reading frame, with the last part of another toxin's gene."""
    return {"c1": gene.with_coding(gene.coding[: gene.at] + gene.other[len(gene.other) // 2 // 3 * 3 :])}


FURTHER_CASES: Mapping[str, Case] = {
    case.name: case
    for case in (
        Case("stops", "two codons became stops", _stops, "premature_stop", between_codons=True,
             places=(0, 90)),
        Case("deletions", "a base is lost at two places", _deletions, "frameshift", places=(0, 90)),
        Case("shift-stop", "one base is lost, and further on a codon became a stop", _shift_stop, "frameshift",
             places=(0, 90)),
        Case("lost-middle", "up to 300 bases of its middle, a quarter at most, are lost in frame", _lost_middle,
             "remnant"),
        Case("doubled-40", "40 of its bases are there twice", lambda gene: _doubled(gene, 40), "frameshift"),
        Case("doubled-100", "100 of its bases are there twice", lambda gene: _doubled(gene, 100), "insertion"),
        Case("doubled-300", "300 of its bases are there twice, in frame", lambda gene: _doubled(gene, 300),
             "insertion"),
        Case("doubled-905", "905 of its bases, half of it at most, are there twice, 7 others between them",
             lambda gene: _doubled(gene, 905, 7), "insertion"),
        Case("inverted", "up to 600 bases of its middle, a quarter at most, are turned round", _inverted, _ANY_BREAK,
             places=(20, 80)),
        Case("masked-50", "50 of its bases are N", lambda gene: _masked(gene, 50), "intact|split", "not_higher"),
        Case("masked-300", "300 of its bases are N", lambda gene: _masked(gene, 300), "split|edge", "not_higher"),
        Case("gap-50", "50 N stand in it", lambda gene: _gap(gene, 50), "split", "same"),
        Case("gap-3000", "3,000 N stand in it", lambda gene: _gap(gene, 3000), "split", "same"),
        Case("element-short", "an insertion element of 0.8 kb without inverted repeats sits in it",
             lambda gene: _element(gene, _SHORT_ELEMENT), "insertion"),
        Case("element-long", "an insertion element of 5.2 kb sits in it",
             lambda gene: _element(gene, _LONG_ELEMENT), "insertion"),
        Case("element-open", "an insertion of 0.8 kb without a stop sits in it, in frame", _element_open, "insertion",
             between_codons=True),
        Case("three-contigs", "it lies on three contigs, the middle one turned round", _three_contigs, "split", "same",
             places=(0, 90)),
        Case("origin-flye", "it lies over the origin, the header as from a table of Flye",
             lambda gene: _origin(gene, "contig_1 circ=Y"), "intact", "same"),
        Case("origin-unicycler", "it lies over the origin, the header as Unicycler writes it",
             lambda gene: _origin(gene, "1 length=15000 depth=1.87x circular=true"), "intact", "same"),
        Case("origin-spades", "it lies over the origin, the name as plasmidSPAdes writes it",
             lambda gene: _origin(gene, "NODE_1_length_15000_cov_31.4_component_0_circular"), "intact", "same"),
        Case("origin-hifiasm", "it lies over the origin, the name as hifiasm-meta writes it",
             lambda gene: _origin(gene, "s1.ctg000001c"), "intact", "same"),
        Case("tandem", "a second copy follows", lambda gene: _tandem(gene, gene.coding), "intact+intact", loci=2,
             needs_place=False),
        Case("tandem-stop", "a second copy follows, with a stop in it", lambda gene: _tandem(gene, _stopped(gene)),
             "intact+premature_stop", loci=2),
        Case("tandem-fused", "a second copy follows in the same reading frame", _tandem_fused, "intact+intact",
             loci=2, needs_place=False),
        Case("copies-apart", "a copy without its beginning stands before one without its end", _copies_apart,
             "remnant+remnant", loci=2, between_codons=True, places=(10, 90)),
        Case("copies-cut", "a cut copy stands beside a whole one on another contig", _copies_on_contigs,
             "edge+intact", loci=2, places=(10, 100)),
        Case("within", "another toxin's gene sits in it, turned round", _within, "insertion+intact", loci=2),
        Case("mosaic", "the last part of another toxin's gene follows in the same reading frame", _mosaic,
             "remnant+remnant", loci=2, between_codons=True, places=(10, 90)),
    )
}  # fmt: skip
