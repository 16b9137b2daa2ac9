"""The state of the portal in one word and one sentence, which the parts below it never contradict."""

from __future__ import annotations

from dataclasses import dataclass

from portal.services.health import HealthReport
from portal.web.texts.i18n import gap
from portal.web.texts.i18n import gettext as _


@dataclass(frozen=True)
class StatusLine:
    """What stands at the top of the page: `tone` is good, warn or bad."""

    tone: str
    word: str
    sentence: str


def status_line(report: HealthReport, *, draining: bool, on_cluster: bool = True) -> StatusLine:
    """Return the line: what keeps tasks from starting comes before what merely needs attention."""
    if report.status == "unhealthy":
        return StatusLine("bad", _("Not ready"), _("Something that tasks need is missing. Submitted files are safe."))
    needs_attention = report.status != "healthy"
    if draining:
        sentence = _("New tasks are taken and wait; none is started.")
        if needs_attention:
            sentence += gap() + _("Something needs the operator's attention as well.")
        return StatusLine("warn", _("Paused"), sentence)
    if any(part.name == "scheduler" and part.state != "ok" for part in report.parts):
        on_machine = _("New tasks are taken and wait until this machine starts jobs again.")
        on_its_cluster = _("New tasks are taken and wait until the cluster takes jobs again.")
        return StatusLine("warn", _("Limited"), on_its_cluster if on_cluster else on_machine)
    if needs_attention:
        return StatusLine("warn", _("Limited"), _("Tasks run, but something needs the operator's attention."))
    return StatusLine("good", _("All fine"), _("New tasks are taken and run."))
