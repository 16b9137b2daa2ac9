"""Real Chromium against a real gunicorn over real files. A page that logs an error fails its test."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, expect, sync_playwright

from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta
from portal.files.taskdir import PortalDir
from portal.storage.file import FileTaskStore
from tests.browser.kurstaki import make_sample
from tests.builders import BuiltTask, make_task_on_disk, task_meta, write_heartbeat
from tests.web.api.server import start_server

CHROMIUM = "/usr/bin/chromium"
# How long a machine under load may take for anything that a test waits for.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class LivePortal:
    """A running portal whose poller is the test: it writes the records that a poller would write."""

    url: str
    portal: PortalDir

    def task(self, status: TaskStatus = TaskStatus.COMPLETED, **more: object) -> BuiltTask:
        """Put a task of this state on disk."""
        return make_task_on_disk(self.portal, status, **more)  # type: ignore[arg-type]

    def record(self, task_id: str) -> TaskMeta:
        return FileTaskStore(self.portal).get(task_id)

    def advance(self, task_id: str, status: TaskStatus) -> None:
        """Write the record, and for a completed task the files, of a later state."""
        old = self.record(task_id)
        if status is TaskStatus.COMPLETED:
            done = self.task(status)
            made, place = (self.portal.task(each).path / "attempts" for each in (done.task_id, task_id))
            shutil.copytree(made, place, dirs_exist_ok=True)
        new = replace(
            task_meta(status, task_id=task_id, filename=old.filename),
            token_hash=old.token_hash,
            token_nonce=old.token_nonce,
            input_sha256=old.input_sha256,
            submission_time=old.submission_time,
            submission=old.submission,
            revision=old.revision + 1,
        )
        FileTaskStore(self.portal).save(new)


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePortal]:
    with contextlib.closing(start_server(tmp_path_factory.mktemp("live"))) as server:
        write_heartbeat(server.portal, age_s=0.0)
        yield LivePortal(server.url, server.portal)


@pytest.fixture(scope="package")
def kurstaki(live: LivePortal, tmp_path_factory: pytest.TempPathFactory) -> BuiltTask:
    """A completed task as the pipeline writes it, with some hundred records of evidence."""
    return make_sample(live.portal, tmp_path_factory.mktemp("kurstaki"))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Start the browser of this folder.

    Playwright keeps an event loop running in the main thread, where no test of another folder could start its own.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(chromium: Browser, live: LivePortal) -> Iterator[NewContext]:
    """Make browsers of their own; whatever the console calls an error fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def refuse(dialog: Dialog) -> None:
        complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"{message.text} {message.location['url']}")

    def make(**options: Any) -> BrowserContext:
        options.setdefault("locale", "en-GB")
        context = chromium.new_context(base_url=live.url, **options)
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", complain)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("dialog", refuse)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    # Chromium calls an answer of 403 (a page before its token came), 404 or 422 (a refused file) an error of the page.
    assert [text for text in complaints if not re.search("status of (403|404|409|422)", text)] == []


@pytest.fixture
def page(new_context: NewContext) -> Page:
    return new_context().new_page()


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    """A small draft genome."""
    path = tmp_path / "HD-73 draft.fna"
    path.write_text(">contig1\nACGTACGTAC\nGTTTGCA\n>contig2\nACGTRYN\n", encoding="ascii")
    return path


def open_with_token(page: Page, built: BuiltTask, lang: str = "en") -> None:
    """Open a task as somebody does who was given its link."""
    page.goto(f"/tasks/{built.task_id}?lang={lang}#token={built.token}")
    wait_for_page(page, "#task")


def wait_for_page(page: Page, selector: str) -> None:
    """Wait until this is there and the scripts of its page have run: before that, nobody hears clicks and keys."""
    page.wait_for_selector(selector)
    page.wait_for_load_state("domcontentloaded")
