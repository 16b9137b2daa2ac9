"""Prepare Digger's loci for the results page. Pure: takes values, returns values.

Names and contigs may come from an upload, so nothing here is markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.status import Lang
from portal.results.loci import LociDocument, Locus
from portal.results.locus_state import qualified
from portal.results.locus_words import place_text, residues_words, state_word, story

_LIST_LIMIT = 500  # genes on the page; the files contain all


@dataclass(frozen=True)
class GenePiece:
    """A piece of a gene: its position, its residues of the closest toxin, its row in the toxin table."""

    place: str
    residues: str
    row: int | None


@dataclass(frozen=True)
class GeneView:
    """One gene as worded on the page: the verdict, and its events sentence by sentence."""

    locus_id: str
    name: str
    verdict: str
    whole: bool
    story: tuple[str, ...]
    pieces: tuple[GenePiece, ...]


@dataclass(frozen=True)
class GeneList:
    """The toxin genes of a genome: broken, cut or doubtful ones, or without a stop codon, separate from whole ones."""

    broken: tuple[GeneView, ...]
    whole: tuple[GeneView, ...]
    hidden: int

    @property
    def count(self) -> int:
        return len(self.broken) + len(self.whole) + self.hidden


def list_genes(document: LociDocument, rows: Mapping[str, int], lang: Lang) -> GeneList:
    """Return the toxin genes in words, incomplete ones first.

    Args:
        document: Digger's document.
        rows: row number in the toxin table, by protein id.
        lang: language of the words.
    """
    toxins = [locus for locus in document.loci if not locus.accessory]
    told = [locus for locus in toxins if not locus.is_whole or qualified(locus)]
    whole = [locus for locus in toxins if locus not in told]
    shown = [*told, *whole][:_LIST_LIMIT]
    genes = [view_gene(locus, rows, lang) for locus in shown]
    return GeneList(
        broken=tuple(genes[: len(told)]),
        whole=tuple(genes[len(told) :]),
        hidden=len(toxins) - len(shown),
    )


def view_gene(locus: Locus, rows: Mapping[str, int], lang: Lang) -> GeneView:
    """Return one gene in words; `rows` and `lang` as in `list_genes`."""
    return GeneView(
        locus_id=locus.locus_id,
        name=locus.name,
        verdict=state_word(locus).word(lang),
        whole=locus.is_whole,
        story=tuple(message.word(lang) for message in story(locus)),
        pieces=tuple(
            GenePiece(place_text(piece), residues_words(piece), rows.get(piece.protein_id or ""))
            for piece in locus.pieces
        ),
    )
