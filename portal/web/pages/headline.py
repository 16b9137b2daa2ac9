"""The result of a task in one line: the conclusion, worded for the page.

`portal/results/conclusion.py` draws the conclusion; this module only words it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.task import TaskMeta
from portal.results.conclusion import Assessment, Conclusion, Outcome, names_of
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
}
_NONE_SUPPORTED_BROKEN = _l(
    "Toxins were found, but the genes of those that would act are broken: the published evidence points to no pest"
)
# What a row of a grid has room for.
_BRIEF = {
    Outcome.LIKELY: _l("Likely:"),
    Outcome.POSSIBLE: _l("Possible:"),
    Outcome.NONE_SUPPORTED: _l("No pest supported"),
    Outcome.NO_RECORD: _l("No pest on record"),
    Outcome.NOT_SCORED: _l("All below the thresholds"),
    Outcome.NO_TOXINS: _l("No toxin gene"),
}
_BRIEF_BROKEN = _l("(genes broken)")
_BROKEN_BEHIND = _l("(but the genes of the toxins behind this are broken)")


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


def lead_of(outcome: Outcome, *, genes_broken: bool) -> str:
    """Return the words that a conclusion begins with."""
    is_told = genes_broken and outcome is Outcome.NONE_SUPPORTED
    return str(_NONE_SUPPORTED_BROKEN if is_told else _LEADS[outcome])


def caution_of(targets: Sequence[str], *, genes_broken: bool) -> str:
    """Return what stands in brackets behind the targets of a conclusion; empty if nothing does."""
    return str(_BROKEN_BEHIND) if targets and genes_broken else ""


def headline(task: TaskMeta, conclusion: Conclusion | None) -> Headline:
    """Return the headline of a completed task; an empty one if the scores cannot be read."""
    if conclusion is None:
        ready = _("The results are ready to download")
        return Headline(ready, brief=ready)
    outcome, genes_broken = conclusion.outcome, conclusion.genes_broken
    lead = lead_of(outcome, genes_broken=genes_broken)
    brief = str(_BRIEF[outcome])
    if outcome is Outcome.NO_TOXINS and task.input_facts.get("kind") == "prot":
        lead = _("No toxin was found among these proteins")
        brief = _("No toxin")
    named = {Outcome.LIKELY: conclusion.likely, Outcome.POSSIBLE: conclusion.possible}
    targets = named.get(outcome, ())
    return Headline(
        lead,
        targets=targets,
        brief=_with_state(f"{brief}{gap()}{_(', ').join(map(target_name, targets))}".strip(), conclusion),
        caution=caution_of(targets, genes_broken=genes_broken),
        possible=conclusion.possible if outcome is Outcome.LIKELY else (),
        likely_besides=names_of(conclusion.non_pest, Assessment.LIKELY),
        possible_besides=names_of(conclusion.non_pest, Assessment.POSSIBLE),
    )


def _with_state(brief: str, conclusion: Conclusion) -> str:
    return f"{brief}{gap()}{_BRIEF_BROKEN}" if conclusion.genes_broken else brief
