"""How a result was made, and how to cite it: the last section of the results page."""

from __future__ import annotations

from typing import Any

from portal import __version__
from portal.domain.task import TaskMeta
from portal.results.facts import EngineFacts, ReferenceFacts
from portal.results.kind_words import kind_words
from portal.results.scores import SpecificityFacts
from portal.web.pages.score_view import Scores
from portal.web.pages.toxin_view import ToxinList
from portal.web.texts.i18n import gettext as _
from portal.web.texts.i18n import show_time
from portal.web.texts.wording import wording
from portal.web.texts.words import PARAMETER


def provenance(task: TaskMeta, scores: Scores | None, inventory: ToxinList | None) -> tuple[tuple[str, str], ...]:
    """Return label and value of each fact about the run that is known."""
    rows: list[tuple[str, Any]] = [
        (_("Task"), task.task_id),
        (_("File (SHA-256)"), task.input_sha256),
        (_("Submitted"), f"{show_time(task.submission_time)} UTC"),
        (_("Completed"), f"{show_time(task.completion_time)} UTC" if task.completion_time else ""),
    ]
    if inventory:
        if words := kind_words(inventory.sequences.kind):
            rows.append((_("File was read as"), wording(words)))
        rows.append((_("Toxin search"), named(inventory.engine)))
        rows.append((_("Reference"), named(inventory.reference)))
        rows.append((_("Reference (SHA-256)"), inventory.reference.sha256))
    if scores:
        rows.append((_("Scoring"), f"Shoter {scores.versions.shoter}"))
        rows.append((_("Evidence table"), named(scores.versions.specificity)))
        rows.append((_("Run"), scores.run_id))
    rows += [
        (str(PARAMETER[name].label), chosen_value(name, value))
        for name, value in sorted(task.parameters.items())
        if name in PARAMETER
    ]
    if task.attempt:
        jobs = [f"{job.name} ({job.job_id})" for job in task.attempt.jobs if job.job_id]
        rows.append((_("Jobs"), ", ".join(jobs)))
    return tuple((label, str(value)) for label, value in rows if value not in (None, ""))


def chosen_value(name: str, value: Any) -> str:
    """Return a parameter's value as shown in the form."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(dict(PARAMETER[name].choices).get(value, value))


def named(facts: EngineFacts | ReferenceFacts | SpecificityFacts) -> str:
    """Return name and version of a part, as far as they are known."""
    return " ".join(part for part in (facts.name, facts.version) if part)


def citation(task: TaskMeta, scores: Scores | None, inventory: ToxinList | None) -> str:
    """Return the sentence by which a result may be cited."""
    return _(
        "Toxin genes and likely targets were predicted with BtToxin Portal %(version)s (%(engine)s, reference "
        "%(reference)s, Shoter %(shoter)s, evidence table %(table)s; task %(task_id)s, %(date)s). Scores rank "
        "published evidence; they are not probabilities.",
        engine=named(inventory.engine) if inventory else "?",
        reference=named(inventory.reference) if inventory else "?",
        shoter=scores.versions.shoter if scores else "?",
        table=named(scores.versions.specificity) if scores else "?",
        task_id=task.task_id,
        version=__version__,
        date=f"{show_time(task.completion_time)} UTC",
    )
