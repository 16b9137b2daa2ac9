"""The page with one row per record behind a task's scores, filtered by the query."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.domain.errors import NotFound, Unauthorized
from portal.domain.message import Message
from portal.domain.task import TaskMeta
from portal.results.evidence_table import EvidenceFilter, Reading, evidence_of, filtered
from portal.results.toxin_lookup import genes_of
from portal.results.toxin_table import FORMATS as TABLES
from portal.web.context import web
from portal.web.pages.documents import document_or_none
from portal.web.pages.results import ACTIVITIES
from portal.web.pages.run_links import run_to_read
from portal.web.pages.task import ask_for_token
from portal.web.pages.toxin_links import links_of_names
from portal.web.security import authorized_task
from portal.web.texts.i18n import current_lang
from portal.web.texts.wording import wording

_GRADES = ("ABC", "AB", "A", "B", "C")
_MOST_LETTERS = 100
# Browsers scroll poorly with more rows; the exports contain all.
_MOST_ROWS = 1000


def evidence_page(task_id: str, run: int | None = None) -> ResponseReturnValue:
    """Show the records of a task that match the query: toxin, species, grade, read."""
    try:
        task = authorized_task(task_id)
    except (Unauthorized, NotFound) as error:
        return ask_for_token(task_id, wrong=isinstance(error, NotFound))
    task = run_to_read(task, run)
    asked = {name: request.args.get(name, "").strip()[:_MOST_LETTERS] for name in ("toxin", "species")}
    grade, read = request.args.get("grade", ""), request.args.get("read", "")
    asked |= {"grade": grade if grade in _GRADES else "ABC", "read": read if read in list(Reading) else "any"}
    document = evidence_of(web().tasks.scores(task))
    wanted = EvidenceFilter(asked["toxin"], asked["species"], asked["grade"], "" if asked["read"] == "any" else read)
    found = filtered(document, wanted)
    return render_template(
        "evidence.html",
        task=task,
        asked=asked,
        grades=_GRADES,
        rows=found.rows[:_MOST_ROWS],
        count=len(found.rows),
        all_rows=len(document.rows),
        publications=len(found.sources),
        table_formats=tuple(TABLES),
        citation_formats={"csl": "CSL-JSON", "bibtex": "BibTeX", "ris": "RIS"},
        read_words=reading_words(),
        is_chinese=current_lang().value == "zh",
        toxin_links=_toxin_links(task),
        activity_words={name: str(word) for name, word in ACTIVITIES.items()},
    )


def reading_words() -> dict[Reading, str]:
    """Return what was read of a source, in the words of every list of records."""
    return {reading: wording(Message(f"reading.{reading}")) for reading in Reading}


def _toxin_links(task: TaskMeta) -> dict[str, str]:
    toxins = document_or_none(web().tasks.toxins, task)
    return links_of_names(task, genes_of(toxins, document_or_none(web().tasks.loci, task))) if toxins else {}
