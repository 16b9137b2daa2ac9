"""What changed between two runs, in words: settings, conclusion, toxin genes, scores.

`portal/results/changes.py` finds the differences; this module only words them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.domain.errors import NotFound, NotReady
from portal.domain.status import Lang
from portal.domain.task import TaskMeta
from portal.results.changes import ChangesDocument, ConclusionChange, Extent, ScoreChange, ScorePoint, SettingChange
from portal.results.conclusion import Outcome
from portal.results.gene_changes import GeneChange, GeneFact, GeneFate, GeneInRun
from portal.results.gene_state import GeneCondition
from portal.results.locus_words import state_words
from portal.results.ranking import score_text
from portal.results.score_words import caution_words
from portal.results.species import names_of
from portal.web.context import web
from portal.web.pages.headline import caution_of, lead_of
from portal.web.pages.provenance import chosen_value
from portal.web.texts.i18n import current_lang, gap, ngettext, show_number
from portal.web.texts.i18n import gettext as _
from portal.web.texts.i18n import lazy_gettext as _l
from portal.web.texts.wording import wording
from portal.web.texts.words import ASSESSMENT, PARAMETER, SCORE_STATE, target_name

# As many species are listed at once; the others are folded below them.
SPECIES_AT_ONCE = 20
_SETTINGS = {
    "lang": _l("Language of the report"),
    "portal": _l("Version of the portal"),
    "engine": _l("Toxin search"),
    "reference": _l("Reference"),
    "reference_sha256": _l("Reference (SHA-256)"),
    "shoter": _l("Scoring"),
    "evidence_table": _l("Evidence table"),
    "evidence_table_sha256": _l("Evidence table (SHA-256)"),
}
_DIGEST_LETTERS = 12


@dataclass(frozen=True)
class ChangeLine:
    """One difference: what it is about, and its state in both runs; a gene that only one run has has only that."""

    subject: str
    details: tuple[str, ...]
    note: str = ""
    is_latin: bool = False


@dataclass(frozen=True)
class ChangesView:
    """The differences of run `after` from run `before`."""

    before: int
    after: int
    summary: str
    settings: tuple[ChangeLine, ...]
    conclusion: tuple[str, ...]
    genes: tuple[ChangeLine, ...]
    targets: tuple[ChangeLine, ...]
    species: tuple[ChangeLine, ...]
    more_species: tuple[ChangeLine, ...]

    @property
    def has_details(self) -> bool:
        return bool(self.settings or self.conclusion or self.genes or self.targets or self.species)


def changes_view(task: TaskMeta, before: int, after: int) -> ChangesView | None:
    """Return the differences of two completed runs in words; None if a document of either cannot be read."""
    try:
        document = web().parts.run_changes.between(task, before, after)
    except (NotFound, NotReady):
        return None
    return view_changes(document)


def view_changes(document: ChangesDocument) -> ChangesView:
    """Return the differences in the language of the page."""
    species = tuple(map(_species, document.species))
    return ChangesView(
        before=document.before,
        after=document.after,
        summary=_summary(document),
        settings=tuple(map(_setting, document.settings)),
        conclusion=_conclusion(document.conclusion) if document.conclusion else (),
        genes=tuple(map(_gene, document.genes)),
        targets=tuple(_score(change, target_name(change.target)) for change in document.targets),
        species=species[:SPECIES_AT_ONCE],
        more_species=species[SPECIES_AT_ONCE:],
    )


def _summary(document: ChangesDocument) -> str:
    if document.extent is Extent.NONE:
        return _("The same result, word for word.")
    if document.extent is Extent.DETAILS:
        return _("Toxin genes, conclusion and scores are the same; details such as intervals or evidence differ.")
    genes, targets, species = len(document.genes), len(document.targets), len(document.species)
    parts = [
        _("The conclusion changed") if document.conclusion else _("Same conclusion"),
        ngettext("%(num)s toxin gene differs", "%(num)s toxin genes differ", genes) if genes else "",
        ngettext("%(num)s score differs", "%(num)s scores differ", targets) if targets else "",
        ngettext("%(num)s score of a species differs", "%(num)s scores of species differ", species) if species else "",
    ]
    return _("; ").join(part for part in parts if part) + _(".")


def _setting(change: SettingChange) -> ChangeLine:
    if change.name in PARAMETER:
        label = str(PARAMETER[change.name].label)
        return ChangeLine(label, (_value(change.name, change.before), _value(change.name, change.after)))
    label = str(_SETTINGS.get(change.name, change.name))
    values = [_known(value) for value in (change.before, change.after)]
    if change.name.endswith("sha256"):
        values = [value[:_DIGEST_LETTERS] for value in values]
    return ChangeLine(label, tuple(values))


def _value(name: str, value: str | float | bool | None) -> str:
    return _("unknown") if value is None else chosen_value(name, value)


def _known(value: str | float | bool | None) -> str:
    return _("unknown") if value in (None, "") else str(value)


def _conclusion(change: ConclusionChange) -> tuple[str, ...]:
    return (
        _concluded(change.before, change.likely_before, change.possible_before, change.genes_before),
        _concluded(change.after, change.likely_after, change.possible_after, change.genes_after),
    )


def _concluded(outcome: Outcome, likely: Sequence[str], possible: Sequence[str], genes: GeneCondition) -> str:
    """Return a conclusion in a line, as the heading of results has it."""
    first = likely if outcome is Outcome.LIKELY else possible if outcome is Outcome.POSSIBLE else ()
    named = _(", ").join(map(target_name, first))
    parts = (lead_of(outcome, genes), named, caution_of(first, genes))
    line = gap().join(part for part in parts if part)
    besides = _(", ").join(map(target_name, possible)) if outcome is Outcome.LIKELY else ""
    return f"{line}{_('; ')}{_('May also act on')}{gap()}{besides}" if besides else line


def _gene(change: GeneChange) -> ChangeLine:
    state = change.after or change.before
    assert state is not None
    note = f"{state.contig} {show_number(state.start)}–{show_number(state.end)} ({state.strand})"
    if change.fate is GeneFate.NEW:
        return ChangeLine(state.name, (_("new: %(state)s", state=_described(state)),), note)
    if change.fate is GeneFate.GONE:
        return ChangeLine(state.name, (_("no longer found: %(state)s", state=_described(state)),), note)
    before, after = (_differing(each, change.facts) for each in (change.before, change.after) if each)
    return ChangeLine(state.name, (before, after), note)


def _described(state: GeneInRun) -> str:
    return _differing(state, (GeneFact.IDENTITY, GeneFact.COVERAGE, GeneFact.VERDICT, GeneFact.SCORED))


def _differing(state: GeneInRun, facts: Iterable[GeneFact]) -> str:
    """Return what a gene is in one run, of these facts."""
    words = {
        GeneFact.NAME: state.name,
        GeneFact.IDENTITY: _("identity %(percent)s %%", percent=_percent(state.identity_percent)),
        GeneFact.COVERAGE: _("coverage %(percent)s %%", percent=_percent(_at_most_whole(state.coverage_percent))),
        GeneFact.VERDICT: wording(state_words(state.verdict, state.state)),
        GeneFact.SCORED: _("scored") if state.scored else _("not scored"),
        GeneFact.PLACE: f"{show_number(state.start)}–{show_number(state.end)}",
    }
    return _(", ").join(words[fact] for fact in facts)


def _at_most_whole(coverage: float | None) -> float | None:
    return None if coverage is None else min(100.0, coverage)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def _species(change: ScoreChange) -> ChangeLine:
    species = change.species or ""
    names = names_of(species)
    common = names.chinese if current_lang() is Lang.ZH else names.english
    return _score(change, species, note=common or target_name(change.target), is_latin=True)


def _score(change: ScoreChange, subject: str, *, note: str = "", is_latin: bool = False) -> ChangeLine:
    one, other = change.before, change.after
    with_state = one is not None and other is not None and one.state != other.state
    with_assessment = one is None or other is None or (one.assessment, one.caution) != (other.assessment, other.caution)
    details = tuple(_point(point, with_state=with_state, with_assessment=with_assessment) for point in (one, other))
    return ChangeLine(subject, details, note, is_latin)


def _point(point: ScorePoint | None, *, with_state: bool, with_assessment: bool) -> str:
    if point is None:
        return str(SCORE_STATE["no_evidence"])
    words = [str(SCORE_STATE.get(point.state, point.state)) if point.score is None else score_text(point.score)]
    if with_assessment and point.assessment is not None:
        words.append(str(ASSESSMENT[point.assessment]))
        if point.caution is not None:
            words[-1] += gap() + _("(%(name)s)", name=wording(caution_words(point.caution)))
    if with_state and point.score is not None:
        words.append(str(SCORE_STATE.get(point.state, point.state)))
    return _(", ").join(words)
