"""What the second sheet of a workbook says of a table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from portal import __version__
from portal.domain.message import Message
from portal.domain.task import TaskMeta
from portal.results.scores import ScoresDocument
from portal.results.tables import data_of
from portal.results.toxins import ToxinsDocument
from portal.results.workbook import AboutTable
from portal.web.strains import called_in_tables
from portal.web.texts.i18n import current_lang

_TIME = "%Y-%m-%d %H:%M:%S"


def about_many(whose: str, made_with: Iterable[str], value_words: Message | None = None) -> AboutTable:
    """Return what is said of a table of many genomes; `made_with` may still grow while the rows are read."""
    now = datetime.now(UTC)

    def facts() -> list[tuple[Message, str]]:
        return [
            *([(Message("column.fact.submission"), whose)] if whose else []),
            (Message("column.fact.made"), now.strftime(_TIME)),
            *_made_with(made_with),
        ]

    return AboutTable(current_lang(), now, facts, value_words)


def about_task(task: TaskMeta, toxins: ToxinsDocument | None, scores: ScoresDocument | None) -> AboutTable:
    """Return what is said of a table of one task: the same each time."""
    moment = (task.completion_time or task.submission_time).astimezone(UTC)
    facts = [
        (Message("column.fact.strain"), called_in_tables(task)),
        (Message("column.fact.task"), task.task_id),
        (Message("column.fact.completed"), moment.strftime(_TIME)),
        *_made_with(data_of(toxins, scores)),
    ]
    return AboutTable(current_lang(), moment, lambda: facts)


def _made_with(data: Iterable[str]) -> list[tuple[Message, str]]:
    return [
        (Message("column.fact.portal"), f"bttoxin-portal {__version__}"),
        *((Message("column.fact.data"), name) for name in sorted(data)),
    ]
