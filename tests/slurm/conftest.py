"""One cluster for all tests of SLURM, a folder that its nodes share, and a job that takes its minute meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from slurm.types import JobSpec
from tests.cluster import PrivateCluster
from tests.cluster.fixtures import slurm_cluster
from tests.slurm import jobs
from tests.slurm.bench import Bench

__all__ = ["slurm_cluster"]


@pytest.fixture(scope="session")
def overdue(slurm_cluster: PrivateCluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Bench, JobSpec]:
    """Start, before anything else, a job that will outlive its limit; SLURM rounds limits up to a minute."""
    bench = Bench(tmp_path_factory.mktemp("overdue"))
    spec = bench.spec(jobs.sleep_until_told, str(bench.folder / "notes"), 600)
    bench.scheduler().submit(spec)
    return bench, spec


@pytest.fixture
def cluster(slurm_cluster: PrivateCluster, overdue: tuple[Bench, JobSpec]) -> PrivateCluster:
    return slurm_cluster


@pytest.fixture
def bench(cluster: PrivateCluster, tmp_path: Path) -> Bench:
    return Bench(tmp_path)
