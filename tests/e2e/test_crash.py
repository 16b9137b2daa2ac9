"""The poller dies at every step of submission and sync, and every restart ends right.

`python -m tests.e2e.crash_table` tries all points; here a part of them is, other ones of each kind.
"""

from __future__ import annotations

from pathlib import Path

from tests.cluster.private_cluster import PrivateCluster
from tests.e2e.crash import Point, die_at_all, points_of

# One point of each kind of step, in the scenario that passes it.
LOCAL = [
    Point("run", "before", "note pending in task index"),
    Point("run", "after", "write plan of attempt 1"),
    Point("run", "after", "write record: queued, attempt 1, 0 of 1 jobs have ids"),
    Point("run", "before", "scheduler.submit"),
    Point("run", "after", "start launcher"),
    Point("run", "after", "scheduler.submit"),
    Point("run", "after", "write record: running, attempt 1, 1 of 1 jobs have ids"),
    Point("run", "before", "write record: completed, attempt 1, 1 of 1 jobs have ids"),
    Point("run", "before", "append to usage"),
    Point("cancel", "after", "write record: running, attempt 1, 1 of 1 jobs have ids, cancel asked"),
    Point("killed job", "after", "write record: queued, attempt 2, 0 of 1 jobs have ids"),
    Point("delete", "before", "move to trash"),
]
SLURM = [
    Point("run", "before", "start sbatch"),
    Point("run", "after", "start sbatch"),
    Point("run", "after", "scheduler.submit"),
    Point("run", "after", "write record: queued, attempt 1, 1 of 2 jobs have ids"),
    Point("run", "after", "write intent of shoter, attempt 1"),
    Point("run", "before", "write record: completed, attempt 1, 2 of 2 jobs have ids"),
    # Longer than submitit waits for what its submitter has to do after sbatch.
    Point("run", "after", "start sbatch", away_s=80),
    Point("run", "after", "write intent of shoter, attempt 1", away_s=80),
]


def test_on_this_machine(tmp_path: Path) -> None:
    results = die_at_all(LOCAL, tmp_path, "local")
    assert results == dict.fromkeys(LOCAL, "right")


def test_on_a_cluster(slurm_cluster: PrivateCluster, tmp_path: Path) -> None:
    results = die_at_all(SLURM, tmp_path, "slurm", at_once=8)
    assert results == dict.fromkeys(SLURM, "right")


def test_the_points_are_all_that_there_are(tmp_path: Path) -> None:
    """A point that is not passed any more would be tried in vain."""
    passed = points_of("run", tmp_path / "dry", "local")
    assert {point for point in LOCAL if point.scenario == "run"} <= set(passed)
    assert len(passed) >= 30
