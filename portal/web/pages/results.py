"""Collect the content of the results page from the result files; missing files are left out."""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from portal import __version__
from portal.domain.errors import Conflict, NotFound, NotReady
from portal.domain.message import Message
from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta
from portal.results.bioassay_words import BioassaySection, bioassay_section
from portal.results.candidate_words import CandidateSection, candidate_section
from portal.results.conclusion import Outcome
from portal.results.facts import EngineFacts, ReferenceFacts
from portal.results.kind_words import kind_words
from portal.results.loci import LociDocument
from portal.results.locus_words import verdict_word
from portal.results.names import BUNDLE_ZIP, Picture
from portal.results.score_words import documented_words
from portal.results.scores import SpecificityFacts
from portal.results.screening_words import ScreeningSection, screening_section
from portal.results.toxin_table import FORMATS, reasons_not_to_score
from portal.services.answers import ResultFile
from portal.web.context import web
from portal.web.pages.drawings import Drawings, draw
from portal.web.pages.headline import Headline, headline
from portal.web.pages.locus_view import GeneList, list_genes
from portal.web.pages.score_view import Scores, arrange, read_scores
from portal.web.pages.toxin_view import ToxinList, list_toxins
from portal.web.texts.i18n import current_lang, show_number, show_time
from portal.web.texts.i18n import gettext as _
from portal.web.texts.i18n import lazy_gettext as _l
from portal.web.texts.trials import trials_text
from portal.web.texts.wording import wording
from portal.web.texts.words import ASSESSMENT, FOLDER, PARAMETER, PICTURE, SCORE_STATE, TIER

D = TypeVar("D")

_SPOTS_NAMED = 12
_HEAD_BYTES = 2048
_VIEW_BOX = re.compile(rb'viewBox="\s*[-\d.]+[ ,]+[-\d.]+[ ,]+(\d+(?:\.\d+)?)[ ,]+(\d+(?:\.\d+)?)')

_FLAGS = {
    "contig_edge": _l("cut by the contig's end"),
    "partial": _l("incomplete"),
    "internal_stop": _l("stop inside"),
    "hmm_only": _l("profile hit only"),
}
_DOMAINS = {
    "Endotoxin_N": _l("domain I"),
    "Endotoxin_M": _l("domain II"),
    "Endotoxin_mid": _l("middle domain"),
    "Endotoxin_C": _l("domain III"),
}
# Style and label of each domain.
_DOMAIN_LOOKS = {"Endotoxin_N": "one", "Endotoxin_M": "two", "Endotoxin_mid": "middle", "Endotoxin_C": "three"}
_DOMAIN_SIGNS = {"Endotoxin_N": "I", "Endotoxin_M": "II", "Endotoxin_mid": "II", "Endotoxin_C": "III"}
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
    screening: ScreeningSection | None
    bioassays: BioassaySection | None
    candidates: CandidateSection | None
    no_toxins: bool
    unknown_names: tuple[str, ...]
    reference_words: str
    blind_spots: str
    provenance: tuple[tuple[str, str], ...]
    citation: str


@dataclass(frozen=True)
class ResultPage:
    """The results of a completed task (none for a failed one) and the values that its templates share."""

    results: TaskOutcome | None
    context: dict[str, Any] = field(default_factory=dict)


def result_page(task: TaskMeta) -> ResultPage:
    """Return the content that the page of an ended task takes from its files."""
    tasks = web().tasks
    try:
        files = tasks.results(task)
    except Conflict:
        files = []
    shelf = arrange(files, BUNDLE_ZIP, current_lang().value, tuple(PICTURE))
    context = {
        "files": files,
        "file_names": {file.name for file in files},
        "shelf": shelf,
        "picture_sizes": _picture_sizes(task, shelf.pictures),
        "table_formats": tuple(FORMATS),
        "folder_words": FOLDER,
        "state_words": _said(SCORE_STATE),
        "assessment_words": _said(ASSESSMENT),
        "tier_words": _said(TIER),
        "flag_words": _said(_FLAGS),
        "verdict_word": verdict_word,
        "documented_words": documented_words,
        "score_meaning": Message("score.meaning"),
        "domain_words": _said(_DOMAINS),
        "domain_looks": defaultdict(lambda: "other", _DOMAIN_LOOKS),
        "domain_signs": defaultdict(str, _DOMAIN_SIGNS),
        "activity_words": _said(ACTIVITIES),
        "trials_text": trials_text,
        "drawn": set(),
    }
    results = _results(task) if task.status is TaskStatus.COMPLETED else None
    if results and results.drawings:
        context["drawn"] = {picture.name for picture in shelf.pictures if picture.name.startswith(_DRAWN)}
    return ResultPage(results, context)


class _Words(dict[str, str]):
    """Cached words in the language of this request; a key without a word is returned unchanged."""

    def __missing__(self, name: str) -> str:
        return name


def _said(words: Mapping[str, object]) -> _Words:
    return _Words((name, str(word)) for name, word in words.items())


def _picture_sizes(task: TaskMeta, pictures: Iterable[ResultFile]) -> dict[str, tuple[int, int]]:
    """Return the width and height of SVGs in their own units, so that the page reserves space before they load."""
    sizes = {}
    for picture in pictures:
        with contextlib.suppress(NotReady), web().tasks.shelf.open_file(task, picture) as stream:
            found = _VIEW_BOX.search(stream.read(_HEAD_BYTES))
            if found:
                sizes[picture.name] = (max(1, round(float(found[1]))), max(1, round(float(found[2]))))
    return sizes


def headline_text(task: TaskMeta) -> str:
    """Return the headline of a completed task as text."""
    scores = _scores(task)
    return headline(task, scores.conclusion if scores else None).line


def _scores(task: TaskMeta) -> Scores | None:
    document = _document(web().tasks.scores, task)
    return read_scores(document) if document else None


def _document(read: Callable[[TaskMeta], D], task: TaskMeta) -> D | None:
    """Return a result document; None if it is missing or cannot be read."""
    try:
        return read(task)
    except (NotFound, NotReady, Conflict):
        return None


def _read(task: TaskMeta) -> tuple[Scores | None, ToxinList | None, LociDocument | None]:
    scores, toxins = _document(web().tasks.scores, task), _document(web().tasks.toxins, task)
    loci = _document(web().tasks.loci, task)
    reasons = reasons_not_to_score(scores) if scores else {}
    inventory = list_toxins(toxins, reasons, loci) if toxins else None
    return read_scores(scores) if scores else None, inventory, loci


def _genes(loci: LociDocument | None, inventory: ToxinList | None) -> GeneList | None:
    """Return the genes in words; None if none was found, or the engine does not report genes."""
    if loci is None or not any(not locus.accessory for locus in loci.loci):
        return None
    rows = {row.protein_id: row.number for row in inventory.toxins} if inventory else {}
    return list_genes(loci, rows, current_lang())


def _bioassays(task: TaskMeta) -> BioassaySection | None:
    document = _document(web().tasks.bioassays, task)
    return bioassay_section(document.strains[0]) if document and document.strains else None


def _results(task: TaskMeta) -> TaskOutcome:
    scores, inventory, loci = _read(task)
    reference = inventory.reference if inventory else ReferenceFacts()
    conclusion = scores.conclusion if scores else None
    return TaskOutcome(
        headline=headline(task, conclusion),
        scores=scores,
        inventory=inventory,
        genes=_genes(loci, inventory),
        bioassays=_bioassays(task),
        candidates=candidate_section(candidates) if (candidates := _document(web().tasks.candidates, task)) else None,
        screening=screening_section(screening) if (screening := _document(web().tasks.screening, task)) else None,
        drawings=draw(inventory) if inventory and inventory.toxins else None,
        no_toxins=conclusion is not None and conclusion.outcome is Outcome.NO_TOXINS,
        unknown_names=_unknown_names(scores, inventory),
        reference_words=_reference_words(reference),
        blind_spots=_blind_spots(reference),
        provenance=_provenance(task, scores, inventory),
        citation=_citation(task, scores, inventory),
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
    words = _named(reference)
    if reference.entries is not None:
        return _("%(name)s, %(count)s toxins", name=words, count=show_number(reference.entries))
    return words


def _blind_spots(reference: ReferenceFacts) -> str:
    spots = reference.blind_spots or ()
    if spots:
        named = _(", ").join(spots[:_SPOTS_NAMED])
        if len(spots) > _SPOTS_NAMED:
            more = len(spots) - _SPOTS_NAMED
            return _("It holds no toxins of %(families)s and %(more)d more families.", families=named, more=more)
        return _("It holds no toxins of %(families)s.", families=named)
    return _("Families that it lacks cannot be found.")


def _provenance(task: TaskMeta, scores: Scores | None, inventory: ToxinList | None) -> tuple[tuple[str, str], ...]:
    rows: list[tuple[str, Any]] = [
        (_("Task"), task.task_id),
        (_("File (SHA-256)"), task.input_sha256),
        (_("Submitted"), f"{show_time(task.submission_time)} UTC"),
        (_("Completed"), f"{show_time(task.completion_time)} UTC" if task.completion_time else ""),
    ]
    if inventory:
        if words := kind_words(inventory.sequences.kind):
            rows.append((_("File was read as"), wording(words)))
        rows.append((_("Toxin search"), _named(inventory.engine)))
        rows.append((_("Reference"), _named(inventory.reference)))
        rows.append((_("Reference (SHA-256)"), inventory.reference.sha256))
    if scores:
        rows.append((_("Scoring"), f"Shoter {scores.versions.shoter}"))
        rows.append((_("Evidence table"), _named(scores.versions.specificity)))
        rows.append((_("Run"), scores.run_id))
    rows += [
        (str(PARAMETER[name].label), _chosen(name, value))
        for name, value in sorted(task.parameters.items())
        if name in PARAMETER
    ]
    if task.attempt:
        jobs = [f"{job.name} ({job.job_id})" for job in task.attempt.jobs if job.job_id]
        rows.append((_("Jobs"), ", ".join(jobs)))
    return tuple((label, str(value)) for label, value in rows if value not in (None, ""))


def _chosen(name: str, value: Any) -> str:
    """Return a parameter's value as shown in the form."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(dict(PARAMETER[name].choices).get(value, value))


def _named(facts: EngineFacts | ReferenceFacts | SpecificityFacts) -> str:
    return " ".join(part for part in (facts.name, facts.version) if part)


def _citation(task: TaskMeta, scores: Scores | None, inventory: ToxinList | None) -> str:
    return _(
        "Toxin genes and likely targets were predicted with BtToxin Portal %(version)s (%(engine)s, reference "
        "%(reference)s, Shoter %(shoter)s, evidence table %(table)s; task %(task_id)s, %(date)s). Scores rank "
        "published evidence; they are not probabilities.",
        engine=_named(inventory.engine) if inventory else "?",
        reference=_named(inventory.reference) if inventory else "?",
        shoter=scores.versions.shoter if scores else "?",
        table=_named(scores.versions.specificity) if scores else "?",
        task_id=task.task_id,
        version=__version__,
        date=f"{show_time(task.completion_time)} UTC",
    )
