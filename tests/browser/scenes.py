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
from tests.browser.damaged_strain import write_damaged_strain
from tests.browser.every_page import PERSON, World
from tests.browser.fault_scenes import HEADERS, fault_scenes
from tests.browser.kurstaki import make_sample, report_of
from tests.browser.scene import Scene
from tests.browser.submissions import announced
from tests.builders import BuiltTask, make_site, run_again
from tests.pipeline.loci_references import default_reference
from tests.samples import put_samples

LONG_NAME = "Soil isolate from the north slope of Wuzhishan, plot 7, heat-treated at 80 °C, second passage; "
ANNOTATIONS: dict[str, Any] = {
    "name": (LONG_NAME * 3)[:200],
    "tags": ["soil", "Hainan", "to be tested"],
    "note": "Grows slowly at 30 °C.\nCrystals are bipyramidal; some are cuboidal.",
    "metadata": {"site": "Wuzhishan", "collected": "2025-06-11", "host": "Spodoptera frugiperda"},
}
STRAINS: tuple[dict[str, Any], ...] = (
    {"name": "Wuzhishan 7-2", "tags": ["soil", "Hainan"], "metadata": {"site": "Wuzhishan", "collected": "2025-06-11"}},
    {"tags": ["leaf"], "metadata": {"site": "五指山北坡，海拔 1200 m", "host": "Spodoptera frugiperda"}},
    {"name": LONG_NAME, "tags": ["soil", "to be tested", "grain dust"], "metadata": {"collected": "2025-06-12"}},
)
_FAILURES = (
    (FailureKind.TIMEOUT, "The search did not end within 6 hours."),
    (FailureKind.INVALID_INPUT, "The sequences are proteins; DNA is expected."),
    (FailureKind.LOST, "The scheduler no longer knows the job."),
    (FailureKind.DISK_FULL, "The disk of the portal is full."),
)


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

    @staticmethod
    def headers(visitor: str) -> dict[str, str]:
        """Return what this visitor's browser, or the proxy before the portal, sends with each request."""
        return {**(PERSON if visitor == "owner" else {}), **HEADERS.get(visitor, {})}

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


def _call(live: LivePortal, task_id: str, token: str, what: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}", "Sec-Fetch-Site": "same-origin", **more.pop("headers", {})}
    url = f"{live.url}/api/tasks/{task_id}/{what}"
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
    _annotate(live, named.task_id, named.token, ANNOTATIONS)
    for n, item in enumerate(whole["items"][:12]):
        _annotate(live, item["task_id"], whole["token"], STRAINS[n % len(STRAINS)])
    ends = (now + timedelta(days=30)).date().isoformat()
    visitors = {}
    for visitor, snapshot in (("shared", False), ("snapshot", True)):
        body = {"label": "Review group", "ends": ends, "snapshot": snapshot}
        made = _call(live, named.task_id, named.token, "shares", body)
        visitors[visitor] = f"/tasks/{named.task_id}#token={made['token']}"
    report = _reports(live, sample, folder)
    damaged, visitors["damaged"] = _damaged(live, folder / "damaged")
    scenes = (*_scenes(world, ids, report), *damaged, *_grids(world), *_of_program(), *fault_scenes(world))
    return Laboratory(world, scenes, visitors)


def _annotate(live: LivePortal, task_id: str, token: str, annotations: dict[str, Any]) -> None:
    _call(live, task_id, token, "annotations", annotations, method="PATCH", headers={"If-Match": "*"})


def _damaged(live: LivePortal, folder: Path) -> tuple[list[Scene], str]:
    """Return the pages of a strain whose toxin genes are mutated, broken and cut, and the link that opens them."""
    folder.mkdir()
    reference = default_reference().fasta
    built = make_sample(live.portal, folder, reference=reference, genome=write_damaged_strain(reference, folder))
    page = f"/tasks/{built.task_id}"
    scenes = [Scene("damaged", page, "damaged"), Scene("damaged-opened", page, "damaged", _open_all)]
    scenes += [Scene(f"damaged-toxin-{n}", f"{page}/toxins/L{n}", "damaged") for n in range(1, 8)]
    return [*scenes, Scene("damaged-report", _reports(live, built, folder))], f"{page}#token={built.token}"


def _reports(live: LivePortal, built: BuiltTask, folder: Path) -> str:
    """Write the report in both languages; return its address, with the place of the language."""
    written = []
    for lang in Lang:
        (place := folder / "report" / lang).mkdir(parents=True)
        written.append(report_of(live.portal, built, place, lang).as_uri())
    return written[0].replace(f"/report/{next(iter(Lang))}/", "/report/{lang}/")


def _grids(world: World) -> Iterator[Scene]:
    for name, page in (("submission", f"/submissions/{world.submission_id}"), ("compare", _compared(world))):
        for by in ("orders", "species", "toxins", "metadata"):
            yield Scene(f"grid-{name}-{by}", f"{page}?by={by}")
        yield Scene(f"grid-{name}-grouped", f"{page}?by=toxins", act=_group)
        yield Scene(f"grid-{name}-found", f"{page}?find=tag:soil")
        yield Scene(f"grid-{name}-nothing", f"{page}?find=nowhere")


def _compared(world: World) -> str:
    return f"/submissions/{world.submission_id}/compare"


def _of_program() -> Iterator[Scene]:
    yield from (Scene(f"api-{name}", f"/api/{name}", "stranger") for name in ("docs", "redoc"))


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


def _group(page: Page) -> None:
    page.locator("[data-similar]").click()
    page.wait_for_selector("[data-similar][aria-pressed=true]")


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
