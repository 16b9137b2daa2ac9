"""A portal with hostile names in every place that takes one, and the address of every page that the application has.

The addresses come from the application's own list of routes, so that a new page is among them by itself. A route with a
parameter that nothing stands for here is an error: say in `PARAMETERS` what it takes.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
from flask import Flask
from playwright.sync_api import BrowserContext
from werkzeug.routing import Rule

from portal.domain.status import FailureKind, TaskStatus
from portal.files.submissions import SubmissionFolders
from portal.files.task_index import TaskIndex
from tests.browser.conftest import LivePortal
from tests.builders import GENOME, BuiltTask, rewrite_result, run_again

OPERATOR = "alice"
SECRET = "the secret of the operators"
SETTINGS: dict[str, Any] = {
    "IDENTITY": "header", "TRUSTED_PROXIES": "127.0.0.0/8", "OPERATORS": OPERATOR, "ADMIN_SECRET": SECRET,
}  # fmt: skip
PERSON = {"X-Remote-User": OPERATOR}

# What a name may be made of; each calls `alert` if any of it is taken for more than a text.
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "' onmouseover='alert(3)' x='",
    "javascript:alert(4)",
    "</title></textarea><svg onload=alert(5)>",
    "\u202e\u2066evil\u2069 \u0645\u0631\u062d\u0628\u0627",
    "{{7*7}}${alert(6)}%s%(x)s",
    "]]>--><!--<b>&lt;i&gt;",
)
LABEL = "".join(HOSTILE)[:100]
NAMES = (*HOSTILE, "W" * 100, "苏云金芽孢杆菌" * 14)
FILE_NAME = f"{HOSTILE[1]}{HOSTILE[0]}{'W' * 200}"[:251] + ".fna"
CONTIG = (f"\"><img/src=x/onerror=alert(7)>'{'c' * 200}")[:200]
_DATA_ROOTS = ("/api", "/static", "/metrics")


@dataclass(frozen=True)
class World:
    """The tasks and submissions of this portal, which one browser opens all of."""

    live: LivePortal
    tasks: tuple[BuiltTask, ...]  # in each state
    done: BuiltTask
    submission_id: str
    submission_token: str
    part_done: str
    part_token: str

    def open_all(self, context: BrowserContext) -> None:
        """Give a browser the tokens of all, and the lists of what it knows."""
        headers = {"Sec-Fetch-Site": "same-origin"}
        ways = [(f"/tasks/{built.task_id}", built.token) for built in (*self.tasks, self.done)]
        ways += [
            (f"/submissions/{self.submission_id}", self.submission_token),
            (f"/submissions/{self.part_done}", self.part_token),
        ]
        for address, token in ways:
            form: dict[str, str | float | bool] = {"token": token}
            answer = context.request.post(f"{address}/unlock", form=form, headers=headers, max_redirects=0)
            assert answer.status == 303, answer.text()

    @property
    def remembered(self) -> Mapping[str, str]:
        """What this browser's local storage would have kept of them."""
        at = "2026-11-26T20:00:00Z"
        known = [built.task_id for built in (*self.tasks, self.done)]
        unknown = [f"abcdefghij{a}{b}" for a in "abcdefgh" for b in "abcdefg"]  # open with their link again
        tasks = [
            {"id": task_id, "name": name, "submission": task_id, "submitted": at}
            for task_id, name in zip((*known, *unknown), itertools.cycle(NAMES), strict=False)
        ]
        submissions = [
            {
                "id": each,
                "name": LABEL,
                "count": 2,
                "submitted": at,
                "notSent": [{"name": HOSTILE[0], "why": HOSTILE[1]}],
            }
            for each in (self.submission_id, self.part_done)
        ]
        return {"bttoxin.tasks": json.dumps(tasks), "bttoxin.submissions": json.dumps(submissions)}


def make_world(live: LivePortal) -> World:
    """Fill a portal: every text that a user, a genome or a cluster may give is hostile."""
    now = datetime.now(UTC)
    tasks = (
        live.task(TaskStatus.PENDING, filename=FILE_NAME, submission_time=now),
        live.task(TaskStatus.QUEUED, filename=FILE_NAME, pending_reason=HOSTILE[1]),
        live.task(TaskStatus.RUNNING, filename=FILE_NAME, last_synced=now - timedelta(hours=1)),
        live.task(TaskStatus.FAILED, filename=FILE_NAME, error_message=LABEL),
        live.task(TaskStatus.FAILED, filename=FILE_NAME, failure_kind=FailureKind.CANCELLED, cancelled_by=LABEL),
        live.task(hits=0, filename=FILE_NAME, expires_at=now + timedelta(days=1)),
    )
    done = run_again(live.portal, live.task(filename=FILE_NAME, hits=3), hits=7)
    for built in (*tasks, done):
        spoil(live, built)
    index = TaskIndex(live.portal)
    for built in (*tasks, done):
        index.note(built.task)
    index.rebuild()
    whole, part = (_submission(live, states) for states in (_ENDED, _UNDER_WAY))
    world = World(live, tasks, done, whole["submission_id"], whole["token"], part["submission_id"], part["token"])
    _make_shares_and_a_key(world)
    return world


def spoil(live: LivePortal, built: BuiltTask) -> None:
    """Rename the contigs of a task's results, and let its logs say what a tool may say."""
    for path in live.portal.task(built.task_id).path.glob("attempts/*/*/out/*.json"):
        text = path.read_text(encoding="utf-8")
        if "contig1" in text:
            rewrite_result(path, text.replace("contig1", json.dumps(CONTIG)[1:-1]).encode())
    for log in live.portal.task(built.task_id).path.glob("attempts/*/*/log.txt"):
        with log.open("a", encoding="utf-8") as stream:
            stream.write("\n".join((*HOSTILE, "W" * 10_000, "")))


_ENDED = (TaskStatus.COMPLETED, TaskStatus.COMPLETED, TaskStatus.FAILED) + (TaskStatus.COMPLETED,) * 7
_UNDER_WAY = (TaskStatus.COMPLETED, TaskStatus.RUNNING, TaskStatus.QUEUED, None)


def _submission(live: LivePortal, states: Sequence[TaskStatus | None]) -> dict[str, str]:
    """Make a submission with a genome in each state, called by each name in turn; None: it has not come yet."""
    digest = "0" * 64
    names = [name[:100] for name in NAMES]
    items = [{"label": names[n % len(names)], "size": len(GENOME), "sha256": digest} for n in range(len(states))]
    answer = httpx.post(f"{live.url}/api/submissions", json={"label": LABEL, "items": items}, headers=PERSON)
    body = answer.raise_for_status().json()
    for item, status in zip(body["items"], states, strict=True):
        if status is None:
            continue
        SubmissionFolders(live.portal).mark_received(body["submission_id"], item["n"])
        built = live.task(status, task_id=item["task_id"], submission=body["submission_id"], filename=FILE_NAME)
        spoil(live, built)
    return body  # type: ignore[no-any-return]


def _make_shares_and_a_key(world: World) -> None:
    ends = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    places = {
        f"tasks/{world.done.task_id}": world.done.token,
        f"submissions/{world.submission_id}": world.submission_token,
    }
    for place, token in places.items():
        for label in (LABEL, *HOSTILE[:3]):
            httpx.post(
                f"{world.live.url}/api/{place}/shares",
                json={"label": label, "ends": ends},
                headers={"Authorization": f"Bearer {token}"},
            ).raise_for_status()
    headers = {**PERSON, "Sec-Fetch-Site": "same-origin"}
    httpx.post(f"{world.live.url}/keys", data={"name": LABEL}, headers=headers).raise_for_status()


# -- the addresses


def values_of(world: World, rule: Rule, name: str) -> Sequence[str]:
    """Return what stands for a parameter of a route."""
    opened = world.submission_id if "/submissions/" in rule.rule else world.done.task_id
    known: Mapping[str, Sequence[str]] = {
        "task_id": [world.done.task_id],
        "submission_id": [world.submission_id],
        "opened_id": [opened],
        "run": ["1"],
        "n": ["1"],
        "wanted": ["L1", HOSTILE[0]],
        "code": ["fasta.gap", HOSTILE[1]],
        "act": ["drain", "resume"] if "drain" in rule.rule else ["cancel", "retry", "delete"],
        "name": ["compare.json"],
        "ending": ["csv"],
    }
    assert name in known, f"{rule.rule}: say in {__name__}.values_of what stands for <{name}>"
    return known[name]


def addresses(world: World, app: Flask) -> Iterator[str]:
    """Yield every address of a page or of its data: the plain ones of all routes, then those with something asked."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(_DATA_ROOTS):
            continue
        names = sorted(rule.arguments)
        for values in itertools.product(*(values_of(world, rule, name) for name in names)):
            made = app.url_map.bind("").build(rule.endpoint, dict(zip(names, values, strict=True)))
            yield made
    for built in world.tasks:
        yield from (f"/tasks/{built.task_id}", f"/admin/tasks/{built.task_id}")
    yield from (f"/tasks/{world.tasks[3].task_id}/{part}" for part in ("log", "again"))
    asked = quote(HOSTILE[1])
    for page in (f"/submissions/{world.submission_id}", f"/submissions/{world.submission_id}/compare"):
        yield from (f"{page}?by={by}" for by in ("species", "toxins"))
        yield f"{page}?find={asked}&sort={asked}&state={asked}"
    yield f"/submissions/{world.part_done}"
    yield f"/compare?tasks={world.done.task_id},{world.tasks[5].task_id}"
    yield from (f"/tasks?deleted={asked}", f"/open?task={asked}", f"/nowhere/{asked}", f"/admin/tasks?text={asked}")
    yield "/tasks/abcdefghijkl"
