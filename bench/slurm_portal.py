"""The portal on a private cluster: poll cycles over many tasks, overhead of a whole task.

    cycle      1,000 active tasks (2,000 held jobs): scheduler commands of a cycle, and its time beyond them; the same
               with 10,000 ended records on the disk
    overhead   submission to final record, against the same two stages chained by hand with sbatch --dependency, plain
               and through submitit

Goals: at most 2 commands and < 1 s beyond them, not changed by records on disk; < 2 s of overhead over the two stages
chained by hand.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.counting import CountingScheduler
from portal.bootstrap import build_poller
from portal.bootstrap import poller as composed
from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta
from portal.files.atomic import write_json
from portal.poller.dispatcher import Dispatcher
from portal.poller.observe import observe
from portal.poller.poller import Poller
from portal.services.secrets import new_task_id
from portal.storage.codec import to_json
from slurm.options import SlurmOptions
from tests.cluster import PrivateCluster
from tests.e2e import jobs
from tests.e2e.gated_site import SlurmSite
from tests.e2e.site import ROOT

TASKS, RECORDS, ROUNDS = 1000, 10_000, 5
RESULT = ROOT / "var" / "bench" / "slurm_portal.json"


# -- cycles


def cycle_s(poller: Poller, scheduler: CountingScheduler) -> dict[str, float]:
    """Return the medians of some cycles and ticks."""
    beyond, commands, ticks = [], [], []
    for _ in range(ROUNDS):
        scheduler.commands, scheduler.commands_s = 0, 0.0
        begin = time.perf_counter()
        poller.cycle()
        beyond.append(time.perf_counter() - begin - scheduler.commands_s)
        commands.append(scheduler.commands)
        begin = time.perf_counter()
        poller.tick()
        ticks.append(time.perf_counter() - begin)
    return {
        "commands": max(commands), "beyond_s": statistics.median(beyond), "tick_s": statistics.median(ticks)
    }  # fmt: skip


def add_ended_records(site: SlurmSite, sample: TaskMeta, count: int) -> None:
    """Put ended tasks on the disk, as far as the poller looks at them."""
    ended = replace(sample, attempts=(), expires_at=datetime.now(UTC) + timedelta(days=9))
    for _ in range(count):
        task = replace(ended, task_id=new_task_id())
        folder = site.portal.task(task.task_id)
        folder.path.mkdir()
        write_json(folder.meta, to_json(task), durable=False)


def bench_cycle(folder: Path) -> dict[str, Any]:
    slots = {"MAX_ACTIVE_PIPELINES": str(TASKS), "MAX_WAITING_TASKS": str(2 * TASKS)}
    site = SlurmSite(folder, SLURM_EXTRA="--hold", **slots)
    scheduler = CountingScheduler(SlurmOptions(account="portal", extra=("--hold",), setup=("true",)))
    sample = site.submit(site.genome)
    for _ in range(TASKS - 1):
        site.submit(site.genome)
    poller = build_poller(site.settings, scheduler)
    assert poller.lease.acquire()
    try:
        poller.start()
        begin = time.perf_counter()
        poller.cycle()
        dispatch_s = (time.perf_counter() - begin) / TASKS
        few = cycle_s(poller, scheduler)
        add_ended_records(site, replace(sample, status=TaskStatus.COMPLETED), RECORDS)
        poller.cycle()  # finds them
        many = cycle_s(poller, scheduler)
    finally:
        poller.lease.release()
    begin = time.perf_counter()
    again = build_poller(site.settings, scheduler)
    again.start()
    start_s = time.perf_counter() - begin
    site.run("scancel", "--me")
    return {"dispatch_s": dispatch_s, "few": few, "many": many, "start_s": start_s}


# -- overhead


def planned(site: SlurmSite) -> tuple[Dispatcher, TaskMeta]:
    """Return a task whose attempt is planned and whose jobs are not submitted."""
    task = site.submit(site.genome)
    poller = build_poller(site.settings)
    attempts = poller._parts.attempts
    now = datetime.now(UTC)
    task = attempts.reserve(task, observe(site.portal.task(task.task_id), task), reason="first", now=now)
    return poller._parts.dispatcher, attempts.begin(task, now=now)


def await_job(site: SlurmSite, job_id: str) -> None:
    while (state := site.run("squeue", "-h", "-t", "all", "-j", job_id, "-o", "%T").strip()) != "COMPLETED":
        assert state in ("PENDING", "RUNNING", "COMPLETING"), state
        time.sleep(0.05)


def by_hand_s(site: SlurmSite) -> float:
    """Chain the two jobs as one would in a shell, and watch squeue."""
    _, task = planned(site)
    assert task.attempt is not None
    begin = time.perf_counter()
    parent: list[str] = []
    for job in task.attempt.jobs:
        call = f"run_gated({str(site.portal.task(task.task_id).path)!r}, 1, {job.name!r})"
        script = f'PYTHONPATH={ROOT} {sys.executable} -c "from tests.e2e.jobs import run_gated; {call}"'
        argv = ["sbatch", "--parsable", "-A", "portal", "-c1", "--mem=512M", "-o", "/dev/null", *parent]
        parent = [f"--dependency=afterok:{site.run(*argv, '--wrap', script).strip()}"]
    await_job(site, parent[0].rpartition(":")[2])
    return time.perf_counter() - begin


def by_submitit_s(site: SlurmSite) -> float:
    """The same as the portal submits them, with submitit's pickles and its start of Python, and no portal."""
    dispatcher, task = planned(site)
    begin = time.perf_counter()
    task = dispatcher.submit_missing(task, observe(site.portal.task(task.task_id), task), now=datetime.now(UTC))
    assert task.attempt is not None
    await_job(site, str(task.attempt.jobs[-1].job_id))
    return time.perf_counter() - begin


def by_portal_s(site: SlurmSite) -> float:
    begin = time.perf_counter()
    task = site.wait_ended(site.new_task(), timeout_s=120)
    took = time.perf_counter() - begin
    assert task.status == "completed", task.error_message
    return took


def bench_overhead(folder: Path) -> dict[str, Any]:
    with SlurmSite(folder / "portal") as site:
        hand_site = SlurmSite(folder / "hand")
        by_portal_s(site)  # warm
        rounds = []
        for _ in range(ROUNDS):
            time.sleep(25)  # a quiet portal: the last task's figures are in, the floor between two looks is over
            rounds.append((by_hand_s(hand_site), by_submitit_s(hand_site), by_portal_s(site)))
    hand, submitit, portal_s = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {
        "by_hand_s": hand,
        "by_submitit_s": submitit,
        "portal_s": portal_s,
        "over_hand_s": statistics.median(mine - plain for plain, _, mine in rounds),
        "over_submitit_s": statistics.median(mine - other for _, other, mine in rounds),
        "rounds": rounds,
    }


def main() -> int:
    composed.run_job = jobs.run_gated  # type: ignore[attr-defined]
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        with PrivateCluster(options={"MaxJobCount": "20000"}) as cluster:
            os.environ.update(cluster.environment)
            overhead = bench_overhead(folder / "overhead")
            cycle = bench_cycle(folder / "cycle")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    few, many = cycle["few"], cycle["many"]
    rows = {
        f"cycle over {TASKS} active tasks": f"{few['commands']} commands, {few['beyond_s']:.2f} s beyond them",
        f"  with {RECORDS} ended records": f"{many['commands']} commands, {many['beyond_s']:.2f} s beyond them",
        "tick": f"{few['tick_s']:.2f} s, with the records {many['tick_s']:.2f} s",
        "dispatch of a task (two jobs)": f"{1000 * cycle['dispatch_s']:.0f} ms",
        "start of a poller": f"{cycle['start_s']:.2f} s",
        "two jobs by hand / submitit / portal": " / ".join(
            f"{overhead[name]:.1f} s" for name in ("by_hand_s", "by_submitit_s", "portal_s")
        ),
        "portal over submitit / by hand": f"{overhead['over_submitit_s']:.1f} / {overhead['over_hand_s']:.1f} s",
    }
    for name, told in rows.items():
        print(f"{name:<38}{told}")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({"cycle": cycle, "overhead": overhead}, indent=1) + "\n")
    good = max(few["commands"], many["commands"]) <= 2 and many["beyond_s"] < 1 and overhead["over_hand_s"] < 2
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
