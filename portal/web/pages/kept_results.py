"""The results on the page of a completed task, written once and kept for the next visit.

They follow from the record, the result files and the language, and are most of the page's work. What is kept is used
only while the record and the list of files, with their digests, are the same, and only after the documents have passed
the check that precedes each reading: one that was changed on the disk since is found as before.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from flask import Flask, current_app, render_template, request
from markupsafe import Markup

from portal.domain.errors import Conflict
from portal.domain.status import Lang
from portal.domain.task import TaskMeta
from portal.services.answers import ResultFile
from portal.web.context import web
from portal.web.pages.documents import PageDocuments
from portal.web.pages.results import result_page
from portal.web.pages.run_links import shown_run
from portal.web.texts.i18n import current_lang

_EXTENSION = "portal.kept_results"
# In each worker; a character takes up to two bytes. A page of 60 toxins has 400,000.
_MOST_CHARACTERS = 8_000_000

Key = tuple[str, int | None, Lang, str]


@dataclass(frozen=True)
class WrittenResults:
    """The results as HTML; `has_table` and `has_map` tell which parts need their scripts."""

    html: Markup
    has_table: bool
    has_map: bool


@dataclass(frozen=True)
class _Entry:
    task: TaskMeta
    files: tuple[ResultFile, ...]
    written: WrittenResults


class KeptResults:
    """The results that were shown last, up to a total length."""

    def __init__(self, most_characters: int = _MOST_CHARACTERS) -> None:
        self._most = most_characters
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._length = 0

    def find(self, key: Key, task: TaskMeta, files: tuple[ResultFile, ...]) -> WrittenResults | None:
        """Return what was kept for exactly this record and these files."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.files != files or entry.task != task:
                return None
            self._entries.move_to_end(key)
            return entry.written

    def keep(self, key: Key, task: TaskMeta, files: tuple[ResultFile, ...], written: WrittenResults) -> None:
        """Keep results in place of those of this key; the longest unused ones make room."""
        with self._lock:
            self._drop(key)
            if len(written.html) > self._most:
                return
            self._entries[key] = _Entry(task, files, written)
            self._length += len(written.html)
            while self._length > self._most:
                self._drop(next(iter(self._entries)))

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._length -= len(entry.written.html)


def register_kept_results(app: Flask) -> None:
    """Give the application its memory of results."""
    app.extensions[_EXTENSION] = KeptResults()


def written_results(task: TaskMeta) -> WrittenResults:
    """Return the results of a completed task in the language of the request."""
    kept: KeptResults = current_app.extensions[_EXTENSION]
    key = (task.task_id, shown_run(), current_lang(), request.script_root)
    files = result_files(task)
    documents = PageDocuments(task, files)
    known = kept.find(key, task, files)
    if known is not None and documents.are_as_written():
        return known
    page = result_page(task, files, documents)
    html = render_template("_results.html", task=task, results=page.results, **page.context)
    written = WrittenResults(
        Markup(html),  # noqa: S704 - a template wrote it
        has_table=page.results.inventory is not None,
        has_map=page.results.genome is not None,
    )
    if not documents.unread:
        kept.keep(key, task, files, written)
    return written


def result_files(task: TaskMeta) -> tuple[ResultFile, ...]:
    """Return the result files of an ended task, none if it has none."""
    try:
        return tuple(web().tasks.results(task))
    except Conflict:
        return ()
