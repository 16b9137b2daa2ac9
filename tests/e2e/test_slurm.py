"""The whole way on a real cluster: two chained jobs, faults of the daemons, and what admins do."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.domain.status import PipelineStage, TaskStatus
from tests.cluster.private_cluster import PrivateCluster
from tests.e2e.site import Site


@pytest.fixture
def site(tmp_path: Path, references: Path, slurm_cluster: PrivateCluster) -> Iterator[Site]:
    with Site(
        tmp_path, references, EXECUTOR="slurm", SLURM_MEM_GB="1", SLURM_ACCOUNT="portal", TASK_THREADS="2",
        **slurm_cluster.environment,
    ) as made:  # fmt: skip
        yield made


def sacct(site: Site, *options: str) -> list[list[str]]:
    """Return the rows of sacct, split."""
    output = subprocess.run(
        ["sacct", "-n", "-P", "-X", *options], env=site.environment(), check=True, capture_output=True, text=True
    ).stdout
    return [line.split("|") for line in output.splitlines()]


def test_a_genome_becomes_a_bundle_in_two_named_jobs(site: Site, genome: Path) -> None:
    task = site.wait_ended(site.submit(genome).task_id)
    assert (task.status, task.error_message) == (TaskStatus.COMPLETED, None)
    assert [site.stage_runs(task.task_id, stage.value) for stage in PipelineStage] == [1, 1, 1, 1]
    names = [f"bt-{task.task_id}-digger-a1", f"bt-{task.task_id}-shoter-a1"]
    rows = sacct(site, "--name", ",".join(names), "-o", "JobName%60,State,AllocCPUS")
    assert rows == [[name, "COMPLETED", "2"] for name in names]
