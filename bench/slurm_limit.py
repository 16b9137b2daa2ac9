"""The portal at a limit on jobs: how much longer it takes than the limit demands, and how often it asks SLURM.

    limit     MaxSubmitJobs=4, which is two tasks of two jobs each, and 30 slots
    demanded  no such limit, and the two slots that it leaves

The same tasks with trivial stages on a private cluster, in turns. Goals: at most 1.2 times as long; at most one squeue
and one sacct in 5 s; the reason in the records of the tasks that wait.
"""

from __future__ import annotations

import getpass
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from portal.domain.status import TaskStatus
from tests.cluster import PrivateCluster
from tests.e2e.counted_commands import counted, counting
from tests.e2e.gated_site import ONCE, SlurmSite
from tests.e2e.site import ROOT

TASKS, ROUNDS = 12, 3
GOAL, ASKED_EVERY_S = 1.2, 5.0
REASON = "AssocMaxSubmitJobLimit"
RESULT = ROOT / "var" / "bench" / "slurm_limit.json"


def measured(folder: Path, account: str, slots: int) -> dict[str, float]:
    """Run all tasks; return the seconds from start to last end, the commands, and how many tasks had the reason."""
    site = SlurmSite(folder, SLURM_ACCOUNT=account, MAX_ACTIVE_PIPELINES=str(slots), POLL_INTERVAL="5")
    ids = [site.new_task() for _ in range(TASKS)]
    told: set[str] = set()
    try:
        begin = time.perf_counter()
        site.start_poller(PATH=counting(site))
        records = [site.record(task_id) for task_id in ids]
        while not all(task.status.is_final for task in records):
            told |= {task.task_id for task in records if task.pending_reason == REASON}
            time.sleep(0.2)
            records = [site.record(task_id) for task_id in ids]
        took_s = time.perf_counter() - begin
    finally:
        site.__exit__(None, None, None)
    assert {site.record(task_id).status for task_id in ids} == {TaskStatus.COMPLETED}
    assert all(site.runs(task_id) == ONCE for task_id in ids)
    return {
        "took_s": took_s,
        "told": len(told),
        **{name: counted(site, name) for name in ("squeue", "sacct", "sbatch")},
    }


def main() -> int:
    rounds = []
    with PrivateCluster() as cluster, tempfile.TemporaryDirectory() as scratch:
        os.environ.update(cluster.environment)
        user = getpass.getuser()
        cluster.run("sacctmgr", "-i", "add", "account", "four", "Description=four")
        cluster.run("sacctmgr", "-i", "add", "user", user, "Account=four", "MaxSubmitJobs=4")
        for number in range(ROUNDS):
            runs = {"limit": ("four", 30), "demanded": ("portal", 2)}
            order = list(runs) if number % 2 == 0 else list(reversed(runs))
            rounds.append({name: measured(Path(scratch) / f"{name}-{number}", *runs[name]) for name in order})
    ratio = statistics.median(each["limit"]["took_s"] / each["demanded"]["took_s"] for each in rounds)
    for name in ("demanded", "limit"):
        times = ", ".join(f"{each[name]['took_s']:.1f}" for each in rounds)
        print(f"{name:<10}{times} s; last round: {rounds[-1][name]}")
    # One look at the start and one at the end come on top of the rhythm.
    often = max(
        each["limit"][name] - 2 - each["limit"]["took_s"] / ASKED_EVERY_S
        for each in rounds
        for name in ("squeue", "sacct")
    )
    print(f"limit / demanded: {ratio:.2f} (goal: at most {GOAL})")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({"ratio": ratio, "rounds": rounds}, indent=1) + "\n")
    return 0 if ratio <= GOAL and often <= 0 and all(each["limit"]["told"] for each in rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
