"""Kill the poller at a point of a scenario, start a healthy one, and see that everything ends as if nothing happened.

python -m tests.e2e.crash_table [local|slurm]      all points, as a Markdown table
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.domain.status import FailureKind, TaskStatus
from portal.domain.task import TaskMeta
from portal.files.usage import UsageLedger
from tests.e2e.crash_launcher import EXIT_CODE
from tests.e2e.gated_site import ONCE, GatedSite, SlurmSite, wait_for

WAIT_S = 240


@dataclass(frozen=True)
class Point:
    """Where to die: a scenario, `before` or `after`, and what; the next poller comes `away_s` later."""

    scenario: str
    when: str
    label: str
    away_s: float = 0.0

    def __str__(self) -> str:
        return f"{self.scenario}: {self.when} {self.label}{f', away for {self.away_s:g} s' if self.away_s else ''}"


@contextmanager
def guarded(site: GatedSite, *, away_s: float = 0.0, **variables: str) -> Iterator[threading.Event]:
    """Run the wrapped poller; where it dies at its point, start a healthy one in its place, so much later."""
    died, over = threading.Event(), threading.Event()
    site.program = "tests.e2e.crash_launcher"
    site.start_poller(**variables)

    def watch() -> None:
        while not over.wait(0.05):
            assert site.poller is not None
            if site.poller.poll() == EXIT_CODE and not died.is_set():
                died.set()
                over.wait(away_s)
                site.program = "tests.e2e.gated_poller"
                site.start_poller()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield died
    finally:
        over.set()
        watcher.join()


# -- scenarios: what users and fate do; each returns when all is over, having looked at the end


def ended(site: GatedSite, task_id: str) -> TaskMeta:
    return site.wait_ended(task_id, timeout_s=WAIT_S)


def run(site: GatedSite) -> None:
    wait_for(site.portal.heartbeat.exists)
    task_id = site.new_task()
    task = ended(site, task_id)
    assert (task.status, len(task.attempts), site.runs(task_id)) == (TaskStatus.COMPLETED, 1, ONCE), task
    wait_for(lambda: accounted(site, task_id) == [1], what="one line of usage")


def cancel(site: GatedSite) -> None:
    site.hold("digger")
    task_id = site.new_task()
    site.wait_stage(task_id, "digger", timeout_s=WAIT_S)
    site.tasks.cancel(site.record(task_id))
    task = ended(site, task_id)
    assert (task.failure_kind, len(task.attempts)) == (FailureKind.CANCELLED, 1), task
    assert site.runs(task_id) == {"digger": 1, "shoter": 0, "plots": 0, "bundle": 0}
    wait_for(lambda: accounted(site, task_id) == [1], what="one line of usage")


def killed_job(site: GatedSite) -> None:
    site.hold("digger")
    task_id = site.new_task()
    site.wait_stage(task_id, "digger", timeout_s=WAIT_S)
    [claim] = site.claims(task_id)
    os.killpg(claim["identity"]["group"], signal.SIGKILL)
    site.let_go("digger")
    task = ended(site, task_id)
    assert (task.status, [attempt.reason for attempt in task.attempts]) == (TaskStatus.COMPLETED, ["first", "lost"])
    assert site.runs(task_id) == {**ONCE, "digger": 2}
    wait_for(lambda: accounted(site, task_id) == [1, 2], what="two lines of usage")


def retry(site: GatedSite) -> None:
    site.fail("shoter", "tool_error")
    task_id = site.new_task()
    failed = ended(site, task_id)
    (site.folder / "fail-shoter").unlink()
    site.tasks.retry(failed)
    task = site.wait(task_id, lambda task: task.status is TaskStatus.COMPLETED, timeout_s=WAIT_S)
    assert [attempt.reason for attempt in task.attempts] == ["first", "retry"]
    assert site.runs(task_id) == {**ONCE, "shoter": 2}
    wait_for(lambda: accounted(site, task_id) == [1, 2], what="two lines of usage")


def delete(site: GatedSite) -> None:
    site.hold("digger")
    task_id = site.new_task()
    site.wait_stage(task_id, "digger", timeout_s=WAIT_S)
    site.tasks.delete(site.record(task_id))
    gone = site.portal.task(task_id).path
    wait_for(lambda: not gone.exists() and not list(site.portal.trash.iterdir()), timeout_s=WAIT_S, what="all is gone")
    wait_for(lambda: accounted(site, task_id) == [1], what="one line of usage")


SCENARIOS: dict[str, Callable[[GatedSite], None]] = {
    "run": run,
    "cancel": cancel,
    "killed job": killed_job,
    "retry": retry,
    "delete": delete,
}


def accounted(site: GatedSite, task_id: str) -> list[int]:
    """Return the attempts of a task that have a line of usage, as often as they have one."""
    return sorted(line.attempt for line in UsageLedger(site.portal).lines() if line.task_id == task_id)


# -- points


def make_site(folder: Path, executor: str) -> GatedSite:
    return SlurmSite(folder) if executor == "slurm" else GatedSite(folder, POLL_INTERVAL="0.3")


def points_of(scenario: str, folder: Path, executor: str) -> list[Point]:
    """Return the points that a scenario passes, in their order, each once."""
    site = make_site(folder, executor)
    log = folder / "points.txt"
    try:
        with guarded(site, CRASH_LOG=str(log)):
            SCENARIOS[scenario](site)
            wait_for(lambda: "after|append to usage" in log.read_text(), what="the last point of all")
    finally:
        site.__exit__(None, None, None)
    seen = dict.fromkeys(tuple(line.split("|", 1)) for line in log.read_text().splitlines())
    return [Point(scenario, when, label) for when, label in seen]


def all_points(folder: Path, executor: str, scenarios: list[str]) -> list[Point]:
    """Return the points of all scenarios; one that an earlier scenario passes too is tried there only."""
    seen: set[tuple[str, str]] = set()
    points = []
    for scenario in scenarios:
        for point in points_of(scenario, folder / f"dry-{scenario.replace(' ', '-')}", executor):
            if (point.when, point.label) not in seen:
                seen.add((point.when, point.label))
                points.append(point)
    return points


def die_at(point: Point, folder: Path, executor: str) -> str:
    """Die at a point and recover; return `right`, or what is wrong."""
    site = make_site(folder, executor)
    try:
        with guarded(site, away_s=point.away_s, CRASH_AT=f"{point.when}|{point.label}") as died:
            SCENARIOS[point.scenario](site)
            return "right" if died.wait(60) else "the point was not passed"
    except AssertionError as error:
        return f"WRONG: {str(error)[:2000]}"
    finally:
        site.__exit__(None, None, None)


def die_at_all(points: list[Point], folder: Path, executor: str, *, at_once: int = 4) -> dict[Point, str]:
    with ThreadPoolExecutor(at_once) as pool:
        results = pool.map(
            lambda numbered: die_at(numbered[1], folder / f"point-{numbered[0]}", executor), enumerate(points)
        )
        return dict(zip(points, results, strict=True))


def table(results: dict[Point, str]) -> str:
    """Return the results as a Markdown table."""
    rows = ["| scenario | the poller dies | afterwards |", "|---|---|---|"]
    for point, told in results.items():
        away = f", away for {point.away_s:g} s" if point.away_s else ""
        rows.append(f"| {point.scenario} | {point.when} `{point.label}`{away} | {told} |")
    return "\n".join(rows) + "\n"
