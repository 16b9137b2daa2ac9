"""The page of one toxin gene: sequences, alignments, domains, neighbours and evidence, from verified result files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue

from portal.domain.errors import NotFound, Unauthorized
from portal.domain.message import Message
from portal.domain.task import TaskMeta
from portal.results.candidates import Neighbour, neighbours_of
from portal.results.evidence_table import EvidenceRow, evidence_of
from portal.results.loci import DomainPart, LociDocument
from portal.results.locus_words import state_word
from portal.results.scores import ScoresDocument
from portal.results.toxin_lookup import ToxinGene, find_genes, genes_of, keys_by_row
from portal.results.toxin_table import reasons_not_to_score
from portal.results.toxins import ToxinsDocument
from portal.services.gene_sequences import GeneSequences, gene_sequences
from portal.web.context import web
from portal.web.pages.alignment_view import AlignmentView, lay_out
from portal.web.pages.documents import document_or_none
from portal.web.pages.domain_words import domain_context, said
from portal.web.pages.drawings import Drawings, draw_gene
from portal.web.pages.evidence import reading_words
from portal.web.pages.locus_view import GeneView, view_gene
from portal.web.pages.results import ACTIVITIES
from portal.web.pages.run_links import run_to_read
from portal.web.pages.task import ask_for_token
from portal.web.pages.toxin_links import links_of_names, toxin_address
from portal.web.pages.toxin_view import LIST_LIMIT, ToxinList, ToxinRow, list_toxins
from portal.web.security import authorized_task
from portal.web.texts.i18n import current_lang
from portal.web.texts.words import GENE_FLAG

# Records on the page; the page of the evidence and its exports have all.
_MOST_RECORDS = 40


@dataclass(frozen=True)
class ToxinPage:
    """The content of a toxin's page; whatever the task has no file of is empty."""

    gene: ToxinGene
    rows: tuple[ToxinRow, ...]
    view: GeneView | None
    domains: tuple[DomainPart, ...]
    sequences: GeneSequences
    alignments: tuple[AlignmentView, ...]
    omitted: int
    drawings: Drawings
    neighbours: tuple[Neighbour, ...]
    evidence: tuple[EvidenceRow, ...]

    @property
    def listed(self) -> tuple[int, ...]:
        """Return the numbers of the rows that the table of the task's page shows."""
        return tuple(row.number for row in self.rows if 0 < row.number <= LIST_LIMIT)


def toxin_page(task_id: str, wanted: str, run: int | None = None) -> ResponseReturnValue:
    """Show one gene, by locus, row or name; several of one name as a list."""
    try:
        task = authorized_task(task_id)
    except (Unauthorized, NotFound) as error:
        return ask_for_token(task_id, wrong=isinstance(error, NotFound))
    task = run_to_read(task, run)
    toxins, loci = web().tasks.toxins(task), document_or_none(web().tasks.loci, task)
    genes = genes_of(toxins, loci)
    found = find_genes(genes, wanted)
    if not found:
        raise NotFound(Message("results.no_such_toxin"))
    if len(found) > 1:
        of_name = [gene for gene in found if not gene.other_name(wanted)]
        others = [gene for gene in found if gene.other_name(wanted)]
        return render_template(
            "toxins.html", task=task, wanted=wanted, of_name=of_name, others=others, state_word=state_word
        )
    page, keys = _page(task, found[0], toxins, loci), keys_by_row(genes)
    return render_template(
        "toxin.html",
        task=task,
        page=page,
        rows=page.evidence[:_MOST_RECORDS],
        row_address=lambda row: toxin_address(task, keys, row),
        toxin_links=links_of_names(task, genes),
        flag_words=said(GENE_FLAG),
        state_word=state_word,
        read_words=reading_words(),
        activity_words=said(ACTIVITIES),
        is_chinese=current_lang().value == "zh",
        **domain_context(),
    )


def _page(task: TaskMeta, gene: ToxinGene, toxins: ToxinsDocument, loci: LociDocument | None) -> ToxinPage:
    scores = document_or_none(web().tasks.scores, task)
    reasons = reasons_not_to_score(scores) if scores else {}
    inventory = list_toxins(toxins, reasons, loci, limit=len(toxins.toxins))
    ids = {hit.protein_id for hit in gene.hits}
    locus = gene.locus
    aligned = document_or_none(web().tasks.alignments, task)
    of_gene = aligned.of(gene.key) if aligned else None
    return ToxinPage(
        gene=gene,
        rows=tuple(row for row in (*inventory.toxins, *inventory.accessory) if row.protein_id in ids),
        view=view_gene(locus, _numbers(inventory), current_lang()) if locus else None,
        domains=locus.domains if locus else (),
        sequences=gene_sequences(web().tasks.shelf, task, gene.key) if locus else GeneSequences(None, ()),
        alignments=lay_out(of_gene, locus.domains if locus else ()) if of_gene else (),
        omitted=of_gene.omitted if of_gene else 0,
        drawings=draw_gene(inventory, ids),
        neighbours=neighbours_of(loci.loci).get(gene.key, ()) if loci else (),
        evidence=tuple(sorted(_evidence(scores, ids), key=_distance)) if scores else (),
    )


def _distance(row: EvidenceRow) -> tuple[bool, bool]:
    """Return the place of a record: the toxin itself, a relative that is the closest toxin, other relatives."""
    return row.is_of_relative, row.identity_percent is None


def _numbers(inventory: ToxinList) -> Mapping[str, int]:
    return {row.protein_id: row.number for row in inventory.toxins if row.number <= LIST_LIMIT}


def _evidence(scores: ScoresDocument, protein_ids: set[str]) -> Iterable[EvidenceRow]:
    """Return the records that a score rests on because of these rows."""
    names = {
        (strain.strain, unit.name) for strain in scores.strains for unit in strain.units if protein_ids & set(unit.hits)
    }
    for row in evidence_of(scores).rows:
        if any((row.strain, name) in names for name in row.speaks_for):
            yield row
