"""The result of a task in one line: the conclusion, worded for the page.

`portal/results/conclusion.py` draws the conclusion; this module only words it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.task import TaskMeta
from portal.results.conclusion import Assessment, Conclusion, Outcome, names_of
from portal.results.gene_state import GeneCondition
from portal.web.texts.i18n import gap
from portal.web.texts.i18n import gettext as _
from portal.web.texts.i18n import lazy_gettext as _l
from portal.web.texts.words import target_name

_LEADS = {
    Outcome.LIKELY: _l("Likely acts on"),
    Outcome.POSSIBLE: _l("May act on"),
    Outcome.NONE_SUPPORTED: _l("Toxins were found, but the published evidence points to no pest"),
    Outcome.NO_RECORD: _l("Toxins were found, but no pest is on record for them or their relatives"),
    Outcome.NOT_SCORED: _l("Toxins were found, but all of them lie below the thresholds of this run"),
    Outcome.NO_TOXINS: _l("No toxin gene was found in this genome"),
    Outcome.MOSTLY_UNKNOWN: _l(
        "No toxin was found, but half of the sequence or more is unknown: whether the strain has one cannot be told"
    ),
}
_NONE_SUPPORTED = {
    GeneCondition.BROKEN: _l(
        "Toxins were found, but the genes of those that would act are broken: the published evidence points to no pest"
    ),
    GeneCondition.CUT: _l(
        "Toxins were found, but of the genes of those that would act only parts were seen: "
        "whether they act cannot be told"
    ),
}
# What a row of a grid has room for.
_BRIEF = {
    Outcome.LIKELY: _l("Likely:"),
    Outcome.POSSIBLE: _l("Possible:"),
    Outcome.NONE_SUPPORTED: _l("No pest supported"),
    Outcome.NO_RECORD: _l("No pest on record"),
    Outcome.NOT_SCORED: _l("All below the thresholds"),
    Outcome.NO_TOXINS: _l("No toxin gene"),
    Outcome.MOSTLY_UNKNOWN: _l("Cannot be told"),
}
_BRIEF_NONE_SUPPORTED = {GeneCondition.CUT: _l("Cannot be told")}
_BRIEF_GENES = {GeneCondition.BROKEN: _l("(genes broken)"), GeneCondition.CUT: _l("(genes cut)")}
_GENES_BEHIND = {
    GeneCondition.BROKEN: _l("(but the genes of the toxins behind this are broken)"),
    GeneCondition.CUT: _l("(if the genes of the toxins behind this are whole: only parts of them were seen)"),
}


@dataclass(frozen=True)
class Headline:
    """The statement and its targets, with `caution` in brackets behind them; other targets follow in smaller print.

    brief: the statement and its targets in few words.
    """

    lead: str
    targets: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    likely_besides: tuple[str, ...] = ()
    possible_besides: tuple[str, ...] = ()
    caution: str = ""
    brief: str = ""

    @property
    def line(self) -> str:
        """Return the lead, its targets and the caution as text."""
        line = f"{self.lead}{gap()}{_(', ').join(map(target_name, self.targets))}".strip()
        return f"{line}{gap()}{self.caution}" if self.caution else line


def lead_of(outcome: Outcome, genes: GeneCondition) -> str:
    """Return the words that a conclusion begins with; `genes` is the state of all genes behind it."""
    told = _NONE_SUPPORTED.get(genes) if outcome is Outcome.NONE_SUPPORTED else None
    return str(told or _LEADS[outcome])


def caution_of(targets: Sequence[str], genes: GeneCondition) -> str:
    """Return what stands in brackets behind the targets of a conclusion; empty if nothing does."""
    return str(_GENES_BEHIND.get(genes, "")) if targets else ""


def headline(task: TaskMeta, conclusion: Conclusion | None) -> Headline:
    """Return the headline of a completed task; an empty one if the scores cannot be read."""
    if conclusion is None:
        ready = _("The results are ready to download")
        return Headline(ready, brief=ready)
    outcome, genes = conclusion.outcome, conclusion.genes_behind
    lead = lead_of(outcome, genes)
    told = _BRIEF_NONE_SUPPORTED.get(genes) if outcome is Outcome.NONE_SUPPORTED else None
    brief = str(told or _BRIEF[outcome])
    if outcome is Outcome.NO_TOXINS and task.input_facts.get("kind") == "prot":
        lead = _("No toxin was found among these proteins")
        brief = _("No toxin")
    named = {Outcome.LIKELY: conclusion.likely, Outcome.POSSIBLE: conclusion.possible}
    targets = named.get(outcome, ())
    return Headline(
        lead,
        targets=targets,
        brief=_with_state(f"{brief}{gap()}{_(', ').join(map(target_name, targets))}".strip(), conclusion),
        caution=caution_of(targets, genes),
        possible=conclusion.possible if outcome is Outcome.LIKELY else (),
        likely_besides=names_of(conclusion.non_pest, Assessment.LIKELY),
        possible_besides=names_of(conclusion.non_pest, Assessment.POSSIBLE),
    )


def _with_state(brief: str, conclusion: Conclusion) -> str:
    said = _BRIEF_GENES.get(conclusion.genes_behind)
    return f"{brief}{gap()}{said}" if said else brief
