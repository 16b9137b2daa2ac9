"""Collect the content of the results page from the result files; missing files are left out."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from portal.domain.errors import Conflict, NotFound, NotReady
from portal.domain.fasta import mostly_unknown
from portal.domain.message import Message
from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta
from portal.results.bioassay_words import BioassaySection, bioassay_section
from portal.results.bioassays import BioassayDocument
from portal.results.candidate_words import CandidateSection, candidate_section
from portal.results.candidates import CandidatesDocument
from portal.results.conclusion import NOTHING_FOUND
from portal.results.facts import ReferenceFacts
from portal.results.loci import LociDocument
from portal.results.locus_words import state_word
from portal.results.names import (
    BIOASSAYS_JSON,
    BUNDLE_ZIP,
    CANDIDATES_JSON,
    LOCI_JSON,
    SCORES_JSON,
    SCREENING_JSON,
    TOXINS_JSON,
    Picture,
)
from portal.results.score_words import documented_line, documented_words, genes_note
from portal.results.scores import ScoresDocument
from portal.results.screening import ScreeningDocument
from portal.results.screening_words import ScreeningSection, screening_section
from portal.results.toxin_lookup import genes_of, keys_by_row
from portal.results.toxin_table import FORMATS, reasons_not_to_score
from portal.results.toxins import ToxinsDocument
from portal.services.answers import ResultFile
from portal.web.context import web
from portal.web.pages.damage_words import flaw_words
from portal.web.pages.documents import PageDocuments
from portal.web.pages.domain_words import domain_context, said
from portal.web.pages.drawings import Drawings, draw
from portal.web.pages.genome_map import GenomeMap, map_genome
from portal.web.pages.headline import Headline, headline
from portal.web.pages.locus_view import GeneList, list_genes
from portal.web.pages.provenance import citation, named, provenance
from portal.web.pages.score_view import Scores, arrange, read_scores
from portal.web.pages.task_state import failure_line
from portal.web.pages.toxin_links import toxin_address
from portal.web.pages.toxin_view import ToxinList, list_toxins
from portal.web.texts.i18n import current_lang, show_number
from portal.web.texts.i18n import gettext as _
from portal.web.texts.i18n import lazy_gettext as _l
from portal.web.texts.meanings import meanings
from portal.web.texts.trials import trials_text
from portal.web.texts.words import ASSESSMENT, FOLDER, GENE_FLAG, GENE_SHAPE, PICTURE, SCORE_STATE, TIER

_SPOTS_NAMED = 12
_HEAD_BYTES = 2048
_VIEW_BOX = re.compile(rb'viewBox="\s*[-\d.]+[ ,]+[-\d.]+[ ,]+(\d+(?:\.\d+)?)[ ,]+(\d+(?:\.\d+)?)')

# Pictures whose content the summary, the table or the drawings of the page also show.
_DRAWN = (Picture.SCORE_INTERVALS, Picture.GENE_NEIGHBOURHOOD, Picture.DOMAINS, Picture.INVENTORY)
ACTIVITIES = {"positive": _l("active"), "weak": _l("weakly active"), "negative": _l("inactive")}


@dataclass(frozen=True)
class TaskOutcome:
    """The outcome of a completed task."""

    headline: Headline
    scores: Scores | None
    inventory: ToxinList | None
    drawings: Drawings | None
    genes: GeneList | None
    genome: GenomeMap | None
    toxin_keys: Mapping[str, str]  # in the addresses of their pages, by protein id
    screening: ScreeningSection | None
    bioassays: BioassaySection | None
    candidates: CandidateSection | None
    no_toxins: bool
    mostly_unknown: Message | None
    unknown_names: tuple[str, ...]
    reference_words: str
    blind_spots: str
    provenance: tuple[tuple[str, str], ...]
    citation: str


@dataclass(frozen=True)
class ResultPage:
    """The results of a completed task and the values that its templates share."""

    results: TaskOutcome
    context: dict[str, Any]


def files_context(files: Sequence[ResultFile]) -> dict[str, Any]:
    """Return what the list of result files needs."""
    return {
        "files": files,
        "shelf": arrange(files, BUNDLE_ZIP, current_lang().value, tuple(PICTURE)),
        "folder_words": FOLDER,
    }


def result_page(task: TaskMeta, files: Sequence[ResultFile], documents: PageDocuments) -> ResultPage:
    """Return the content that the page of a completed task takes from its files."""
    context = files_context(files)
    pictures = context["shelf"].pictures
    context |= {
        "file_names": {file.name for file in files},
        "picture_sizes": _picture_sizes(task, pictures),
        "table_formats": tuple(FORMATS),
        "meanings": meanings,
        "state_words": said(SCORE_STATE),
        "assessment_words": said(ASSESSMENT),
        "tier_words": said(TIER),
        "shape_words": said(GENE_SHAPE),
        "flag_words": said(GENE_FLAG),
        "state_word": state_word,
        "documented_line": documented_line,
        "documented_words": documented_words,
        "flaw_words": flaw_words(),
        "genes_note": genes_note,
        "score_meaning": Message("score.meaning"),
        "species_above_order": Message("score.species_above_order"),
        "activity_words": said(ACTIVITIES),
        "trials_text": trials_text,
        "drawn": set(),
        "row_address": lambda row: f"#toxin-{row.number}",
        **domain_context(),
    }
    results = _results(task, documents)
    context["toxin_address"] = partial(toxin_address, task, results.toxin_keys)
    if results.drawings:
        context["drawn"] = {picture.name for picture in pictures if picture.name.startswith(_DRAWN)}
    return ResultPage(results, context)


def _picture_sizes(task: TaskMeta, pictures: Iterable[ResultFile]) -> dict[str, tuple[int, int]]:
    """Return the width and height of SVGs in their own units, so that the page reserves space before they load."""
    sizes = {}
    for picture in pictures:
        with contextlib.suppress(NotReady), web().tasks.shelf.open_file(task, picture) as stream:
            found = _VIEW_BOX.search(stream.read(_HEAD_BYTES))
            if found:
                sizes[picture.name] = (max(1, round(float(found[1]))), max(1, round(float(found[2]))))
    return sizes


def outcome_line(task: TaskMeta) -> str:
    """Return the outcome of a task that has ended in one line of text."""
    return _headline_text(task) if task.status is TaskStatus.COMPLETED else failure_line(task)


def _headline_text(task: TaskMeta) -> str:
    try:
        strains = web().tasks.scores(task).strains
    except (NotFound, NotReady, Conflict):
        strains = ()
    return headline(task, strains[0].conclusion if strains else None).line


def _read(
    documents: PageDocuments,
) -> tuple[Scores | None, ToxinsDocument | None, ToxinList | None, LociDocument | None]:
    scores, toxins = documents.read(SCORES_JSON, ScoresDocument), documents.read(TOXINS_JSON, ToxinsDocument)
    loci = documents.read(LOCI_JSON, LociDocument)
    reasons = reasons_not_to_score(scores) if scores else {}
    are_loci_read = LOCI_JSON not in documents.unread
    inventory = list_toxins(toxins, reasons, loci, are_loci_read=are_loci_read) if toxins else None
    return read_scores(scores) if scores else None, toxins, inventory, loci


def _genes(loci: LociDocument | None, inventory: ToxinList | None) -> GeneList | None:
    """Return the genes in words; None if none was found, or the engine does not report genes."""
    if loci is None or not any(not locus.accessory for locus in loci.loci):
        return None
    rows = {row.protein_id: row.number for row in inventory.toxins} if inventory else {}
    return list_genes(loci, rows, current_lang())


def _bioassays(documents: PageDocuments) -> BioassaySection | None:
    document = documents.read(BIOASSAYS_JSON, BioassayDocument)
    return bioassay_section(document.strains[0]) if document and document.strains else None


def _results(task: TaskMeta, documents: PageDocuments) -> TaskOutcome:
    scores, toxins, inventory, loci = _read(documents)
    candidates = documents.read(CANDIDATES_JSON, CandidatesDocument)
    screening = documents.read(SCREENING_JSON, ScreeningDocument)
    reference = inventory.reference if inventory else ReferenceFacts()
    conclusion = scores.conclusion if scores else None
    return TaskOutcome(
        headline=headline(task, conclusion),
        scores=scores,
        inventory=inventory,
        genes=_genes(loci, inventory),
        genome=map_genome(toxins, loci) if toxins else None,
        toxin_keys=keys_by_row(genes_of(toxins, loci)) if toxins else {},
        bioassays=_bioassays(documents),
        candidates=candidate_section(candidates) if candidates else None,
        screening=screening_section(screening) if screening else None,
        drawings=draw(inventory) if inventory and inventory.toxins else None,
        no_toxins=conclusion is not None and conclusion.outcome in NOTHING_FOUND,
        mostly_unknown=mostly_unknown(task.input_facts.get("letters") or 0, task.input_facts.get("ambiguous") or 0),
        unknown_names=_unknown_names(scores, inventory),
        reference_words=_reference_words(reference),
        blind_spots=_blind_spots(reference),
        provenance=provenance(task, scores, inventory),
        citation=citation(task, scores, inventory),
    )


def _unknown_names(scores: Scores | None, inventory: ToxinList | None) -> tuple[str, ...]:
    """Return the names of toxins without evidence; protein ids for those missing from the table."""
    if scores is None:
        return ()
    names = {row.protein_id: row.name for row in inventory.toxins} if inventory else {}
    return tuple(dict.fromkeys(names.get(hit, hit) for hit in scores.unknown_hits))


def _reference_words(reference: ReferenceFacts) -> str:
    if not reference.name:
        return ""
    words = named(reference)
    if reference.entries is not None:
        return _("%(name)s, %(count)s toxins", name=words, count=show_number(reference.entries))
    return words


def _blind_spots(reference: ReferenceFacts) -> str:
    spots = reference.blind_spots or ()
    if spots:
        first = _(", ").join(spots[:_SPOTS_NAMED])
        if len(spots) > _SPOTS_NAMED:
            more = len(spots) - _SPOTS_NAMED
            return _("It holds no toxins of %(families)s and %(more)d more families.", families=first, more=more)
        return _("It holds no toxins of %(families)s.", families=first)
    return _("Families that it lacks cannot be found.")
