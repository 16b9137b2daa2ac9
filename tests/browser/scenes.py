"""What a laboratory's portal shows of one genome, for pictures: each state of a task, samples, shares, what is opened.

The pages of the application's routes are in `every_page`; here are those that need more than an address.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import BrowserContext, Page

from portal.domain.status import FailureKind, Lang, TaskStatus
from portal.files.task_index import TaskIndex
from tests.browser.conftest import LivePortal
from tests.browser.every_page import World
from tests.browser.kurstaki import make_sample, report_of
from tests.browser.test_submission import announced
from tests.builders import BuiltTask, make_site, run_again
from tests.samples import put_samples

_SCROLL_THROUGH = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const all = document.documentElement;
  for (let y = 0; y < all.scrollHeight; y += innerHeight) { scrollTo(0, y); await frame(); await frame(); }
  scrollTo(0, 0);
}"""
LONG_NAME = "Soil isolate from the north slope of Wuzhishan, plot 7, heat-treated at 80 °C, second passage; "
ANNOTATIONS: dict[str, Any] = {
    "name": (LONG_NAME * 3)[:200],
    "tags": ["soil", "Hainan", "to be tested"],
    "note": "Grows slowly at 30 °C.\nCrystals are bipyramidal; some are cuboidal.",
    "metadata": {"site": "Wuzhishan", "collected": "2025-06-11", "host": "Spodoptera frugiperda"},
}
_FAILURES = (
    (FailureKind.TIMEOUT, "The search did not end within 6 hours."),
    (FailureKind.INVALID_INPUT, "The sequences are proteins; DNA is expected."),
    (FailureKind.LOST, "The scheduler no longer knows the job."),
    (FailureKind.DISK_FULL, "The disk of the portal is full."),
)


@dataclass(frozen=True)
class Scene:
    """A page in a state: who looks at it (`owner`, or the name of a visitor), and what they do first.

    `address` holds `{lang}` where the language is part of it; else it is asked for by `lang=`.
    """

    name: str
    address: str
    visitor: str = "owner"
    act: Callable[[Page], None] | None = None

    def visit(self, page: Page, lang: str) -> None:
        """Open the page in a language, until all of it has come."""
        where, hash_, anchor = self.address.partition("#")
        asked = f"{where}{'&' if '?' in where else '?'}lang={lang}"
        address = where.format(lang=lang) if "{lang}" in where else asked
        page.goto("about:blank")
        page.goto(address + hash_ + anchor)
        page.wait_for_load_state("networkidle")
        page.evaluate(_SCROLL_THROUGH)  # what is drawn when a reader comes near it
        page.wait_for_load_state("networkidle")
        if self.act:
            self.act(page)
            page.wait_for_load_state("networkidle")


@dataclass(frozen=True)
class Laboratory:
    """The portal of these pictures, and what it shows of one genome."""

    world: World
    scenes: tuple[Scene, ...]
    visitors: dict[str, str] = field(default_factory=dict)  # name to the address, with its secret, of their page

    @property
    def remembered(self) -> dict[str, str]:
        """What the owner's browser would have kept of their tasks."""
        at = datetime.now(UTC).isoformat()
        tasks = [
            {"id": built.task_id, "name": built.task.filename, "submission": built.task_id, "submitted": at}
            for built in (*self.world.tasks, self.world.done)
        ]
        return {"bttoxin.tasks": json.dumps(tasks)}

    def let_in(self, visitor: str, context: BrowserContext) -> None:
        """Give a browser what this visitor has."""
        page = context.new_page()
        if visitor == "owner":
            self.world.open_all(context)
            page.goto("/help")
            for name, text in self.remembered.items():
                page.evaluate("([name, text]) => localStorage.setItem(name, text)", [name, text])
        elif address := self.visitors.get(visitor):
            page.goto(address)
            page.wait_for_selector("#task")
        page.close()


def _call(live: LivePortal, built: BuiltTask, what: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {built.token}", "Sec-Fetch-Site": "same-origin", **more.pop("headers", {})}
    url = f"{live.url}/api/tasks/{built.task_id}/{what}"
    answer = httpx.request(more.pop("method", "POST"), url, json=body, headers=headers)
    return answer.raise_for_status().json()  # type: ignore[no-any-return]


def make_laboratory(live: LivePortal, folder: Path) -> Laboratory:
    """Fill a portal as a laboratory would."""
    now = datetime.now(UTC)
    failures = [
        live.task(TaskStatus.FAILED, filename=f"Yn-{200 + n}.fna", failure_kind=kind, error_message=text)
        for n, (kind, text) in enumerate(_FAILURES)
    ]
    tasks = (
        live.task(TaskStatus.PENDING, filename="Yn-112.fna", submission_time=now),
        live.task(TaskStatus.QUEUED, filename="Yn-113.fna", pending_reason="Resources", last_synced=now),
        live.task(TaskStatus.RUNNING, filename="Yn-114.fna", last_synced=now),
        live.task(TaskStatus.FAILED, filename="Yn-115.fna"),
        live.task(TaskStatus.FAILED, filename="Yn-116.fna", failure_kind=FailureKind.CANCELLED, cancelled_by="user"),
        live.task(hits=0, filename="Yn-117.fna", expires_at=now + timedelta(days=1)),
        run_again(live.portal, live.task(filename="Yn-118.fna", hits=3), hits=7),
        run_again(live.portal, live.task(filename="Yn-119.fna", hits=3), TaskStatus.RUNNING),
        run_again(live.portal, live.task(filename="Yn-120.fna", hits=3), TaskStatus.FAILED),
        *failures,
    )
    sample = make_sample(live.portal, folder)
    ids = put_samples(make_site(live.portal.jobs, SAMPLES="true"))
    whole, part = announced(live, 30, hits=(0, 1, 3, 7)), announced(live, 3, TaskStatus.RUNNING)
    world = World(live, tasks, sample, whole["submission_id"], whole["token"], part["submission_id"], part["token"])
    named = tasks[6]
    index = TaskIndex(live.portal)
    for built in tasks:
        index.note(built.task)
    index.rebuild()
    _call(live, named, "annotations", ANNOTATIONS, method="PATCH", headers={"If-Match": "*"})
    ends = (now + timedelta(days=30)).date().isoformat()
    visitors = {}
    for visitor, snapshot in (("shared", False), ("snapshot", True)):
        body = {"label": "Review group", "ends": ends, "snapshot": snapshot}
        made = _call(live, named, "shares", body)
        visitors[visitor] = f"/tasks/{named.task_id}#token={made['token']}"
    reports = {}
    for lang in Lang:
        (place := folder / "report" / lang).mkdir(parents=True)
        reports[lang] = report_of(live.portal, sample, place, lang)
    report = reports[Lang.EN].as_uri().replace("/report/en/", "/report/{lang}/")
    return Laboratory(world, tuple(_scenes(world, ids, report)), visitors)


_STATES = ("pending", "queued", "running", "out-of-memory", "cancelled", "no-toxins", "ran-again", "runs-again",
           "second-failed", "timeout", "invalid-input", "lost", "disk-full")  # fmt: skip


def _scenes(world: World, samples: dict[str, str], report: str) -> Iterator[Scene]:
    yield Scene("start", "/", "stranger")
    yield Scene("start-refused", "/", "stranger", _refuse)
    yield from (Scene("samples", "/samples", "stranger"), Scene("sample", "/samples/kurstaki", "stranger"))
    yield Scene("sample-none", "/samples/none", "stranger")
    yield Scene("tour", f"/tasks/{samples['kurstaki']}#tour", "stranger")
    yield from (Scene("my-tasks", "/tasks"), Scene("my-tasks-empty", "/tasks", "stranger"))
    yield from (Scene("search", "/tasks?find=tag:soil"), Scene("search-nothing", "/tasks?find=nowhere"))
    for name, built in zip(_STATES, world.tasks, strict=True):
        yield Scene(f"task-{name}", f"/tasks/{built.task_id}")
    done, named = f"/tasks/{world.done.task_id}", f"/tasks/{world.tasks[6].task_id}"
    yield Scene("strain", done)
    yield Scene("strain-opened", done, act=_open_all)
    folds = {"share": (done, "sharing"), "delete": (done, "delete"), "annotate": (named, "annotate")}
    yield from (Scene(f"strain-{name}", page, act=_opening(fold)) for name, (page, fold) in folds.items())
    yield from (Scene("run-1", f"{named}/runs/1"), Scene("run-1-toxin", f"{named}/runs/1/toxins/L1"))
    yield from (Scene("toxin", f"{done}/toxins/L1"), Scene("evidence", f"{done}/evidence"))
    yield from (Scene(f"strain-{part}", f"{done}/{part}") for part in ("shares", "annotations", "again", "log"))
    yield Scene("failed-log", f"/tasks/{world.tasks[3].task_id}/log")
    yield from (Scene(f"{visitor}-view", named, visitor) for visitor in ("shared", "snapshot"))
    yield from (Scene("locked", done, "stranger"), Scene("unknown", "/tasks/abcdefghijkl", "stranger"))
    yield Scene("report", report)


def _opening(fold: str) -> Callable[[Page], None]:
    return lambda page: page.locator(f"#{fold} > summary").click()


def _open_all(page: Page) -> None:
    page.evaluate("() => document.querySelectorAll('main details:not(.act)').forEach((fold) => { fold.open = true; })")


def _refuse(page: Page) -> None:
    files = [{"name": name, "mimeType": "text/plain", "buffer": data} for name, data in (
        ("HD-1.fna", b">contig1\nACGTACGTAC\n"), ("proteins.fna", b">toxin\nMNNPEERRILK\n"), ("notes.docx", b"PK"),
    )]  # fmt: skip
    page.locator("input[type=file]").first.set_input_files(files)  # type: ignore[arg-type]
    page.locator(".files li").nth(2).wait_for()
