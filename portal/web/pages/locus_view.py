"""From the loci that Digger wrote to what the results page says of each gene. Pure: takes values, returns values.

Names and contigs may come from an upload, so that nothing here is markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.status import Lang
from portal.results.loci import LociDocument, Locus
from portal.results.locus_words import place_text, residues_text, story, verdict_word

_LIST_LIMIT = 500  # genes in the page; the files hold all


@dataclass(frozen=True)
class GenePiece:
    """A part of a gene: where it lies, which residues of the closest toxin it has, its row in the toxin table."""

    place: str
    residues: str
    row: int | None


@dataclass(frozen=True)
class GeneView:
    """One gene in the words of the page: verdict, and sentence by sentence what became of it."""

    locus_id: str
    name: str
    verdict: str
    whole: bool
    story: tuple[str, ...]
    pieces: tuple[GenePiece, ...]


@dataclass(frozen=True)
class GeneList:
    """The toxin genes of a genome: broken, cut or doubtful ones apart from whole ones."""

    broken: tuple[GeneView, ...]
    whole: tuple[GeneView, ...]
    hidden: int

    @property
    def count(self) -> int:
        return len(self.broken) + len(self.whole) + self.hidden


def list_genes(document: LociDocument, rows: Mapping[str, int], lang: Lang) -> GeneList:
    """Return the toxin genes in words, those that are not whole first.

    Args:
        document: what Digger wrote.
        rows: number of the row in the toxin table, by protein id.
        lang: language of the words.
    """
    toxins = [locus for locus in document.loci if not locus.accessory]
    broken = [locus for locus in toxins if not locus.is_whole]
    whole = [locus for locus in toxins if locus.is_whole]
    shown = [*broken, *whole][:_LIST_LIMIT]
    genes = [_gene(locus, rows, lang) for locus in shown]
    return GeneList(
        broken=tuple(gene for gene in genes if not gene.whole),
        whole=tuple(gene for gene in genes if gene.whole),
        hidden=len(toxins) - len(shown),
    )


def _gene(locus: Locus, rows: Mapping[str, int], lang: Lang) -> GeneView:
    return GeneView(
        locus_id=locus.locus_id,
        name=locus.name,
        verdict=verdict_word(locus.verdict).word(lang),
        whole=locus.is_whole,
        story=tuple(message.word(lang) for message in story(locus)),
        pieces=tuple(
            GenePiece(place_text(piece), residues_text(piece), rows.get(piece.protein_id or ""))
            for piece in locus.pieces
        ),
    )
