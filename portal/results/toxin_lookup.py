"""Find a gene of a genome by what an address names: its locus, its row, or a toxin's name. Pure.

Results of engines without loci have one gene per row of `toxins.json`, and so has a row that belongs to no locus.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from portal.domain.toxin_names import ToxinName
from portal.results.loci import LociDocument, Locus
from portal.results.toxins import FoundToxin, ToxinsDocument


@dataclass(frozen=True)
class ToxinGene:
    """One gene with its rows; `key` is its lasting part of an address: its locus, else `hit-` and its row number."""

    key: str
    name: str
    locus: Locus | None
    hits: tuple[FoundToxin, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return all names that the gene may be looked up by, the best first."""
        return tuple(dict.fromkeys(name for name in self._names() if name))

    @property
    def closest(self) -> str | None:
        """Return the known toxin that the whole gene is closest to; None if only a profile recognises it.

        Pieces of a broken or cut gene may each be closest to another one: theirs are in `hits`.
        """
        if self.locus:
            return self.locus.reference
        return next((hit.hit.name for hit in self.hits if hit.hit), None)

    @property
    def identity_percent(self) -> float | None:
        """Return the identity of the whole gene to that toxin."""
        if self.locus:
            return self.locus.identity_percent
        return max((hit.identity_percent for hit in self.hits if hit.identity_percent is not None), default=None)

    @property
    def is_accessory(self) -> bool:
        """Tell whether it is no toxin, but an enzyme or another virulence factor."""
        return self.locus.accessory if self.locus else all(hit.accessory for hit in self.hits)

    def other_name(self, wanted: str) -> str:
        """Return by which of its other names a gene was found; empty if its own name is the word or lies below it.

        Other names are those of its rows, of equally close toxins and of earlier nomenclature.
        """
        word = wanted.strip().casefold()
        if word in _with_ranks(self.name):
            return ""
        found = (name for name in self.names if word in _with_ranks(name))
        return next(found, "")

    def _names(self) -> Iterator[str | None]:
        yield self.name
        if self.locus:
            yield from (self.locus.reference, self.locus.reference_1998, *self.locus.equal_to)
        for hit in self.hits:
            yield from (hit.name, hit.hit.name_1998 if hit.hit else None, *hit.ties)


def genes_of(toxins: ToxinsDocument, loci: LociDocument | None) -> tuple[ToxinGene, ...]:
    """Return the genes of a genome, with accessory factors, in the order of the documents."""
    rows = {hit.protein_id: hit for hit in toxins.toxins}
    placed = loci.by_row() if loci else {}
    genes = [
        ToxinGene(locus.locus_id, locus.name, locus, tuple(rows[row] for row in locus.protein_ids if row in rows))
        for locus in (loci.loci if loci else ())
    ]
    genes += [
        ToxinGene(f"hit-{number}", hit.name, None, (hit,))
        for number, hit in enumerate(toxins.toxins, start=1)
        if hit.protein_id not in placed
    ]
    return tuple(genes)


def toxin_genes(toxins: ToxinsDocument, loci: LociDocument | None) -> tuple[ToxinGene, ...]:
    """Return the toxin genes of a genome: what every page, table and report counts as its genes.

    A gene in several rows, broken or cut, is one; two genes in one row are two. Accessory factors are left out.
    """
    return tuple(gene for gene in genes_of(toxins, loci) if not gene.is_accessory)


def keys_by_row(genes: Iterable[ToxinGene]) -> dict[str, str]:
    """Return the key of the gene of each row, by protein id: of two genes in one frame the first."""
    return {hit.protein_id: gene.key for gene in reversed(tuple(genes)) for hit in gene.hits}


def find_genes(genes: Sequence[ToxinGene], wanted: str) -> tuple[ToxinGene, ...]:
    """Return the genes that a word names: one for a locus or a row, several for a name that several have.

    Names match in either case. A name of higher rank (Cry1Ac, Cry1A, Cry1) finds the genes whose closest toxin is below
    it, and only if there are none those that have a piece which is.
    """
    by_key = [gene for gene in genes if gene.key == wanted]
    if by_key:
        return tuple(by_key)
    by_row = [gene for gene in genes if any(hit.protein_id == wanted for hit in gene.hits)]
    if by_row:
        return tuple(by_row)
    word = wanted.strip().casefold()
    if not word:
        return ()
    below = [gene for gene in genes if gene.closest and word in _higher_names((gene.closest,))]
    by_name = below or [gene for gene in genes if any(name.casefold() == word for name in gene.names)]
    return tuple(by_name) or tuple(gene for gene in genes if word in _higher_names(_own_names(gene)))


def _with_ranks(name: str) -> set[str]:
    """Return a name and the names above it, in lower case."""
    return {name.casefold(), *_higher_names((name,))}


def _own_names(gene: ToxinGene) -> tuple[str, ...]:
    """Return the names of a gene and of its rows: pieces of a broken gene may each be closest to another toxin.

    Toxins that are equally close give it no name.
    """
    references = (gene.locus.reference, gene.locus.reference_1998) if gene.locus else ()
    return (gene.name, *(name for name in references if name), *(hit.name for hit in gene.hits))


def _higher_names(names: Iterable[str]) -> set[str]:
    parsed = [ToxinName.parse(name) for name in names]
    return {name.rank(rank).casefold() for name in parsed if name for rank in (1, 2, 3)}
