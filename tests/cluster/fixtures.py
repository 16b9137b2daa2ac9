"""One private cluster for all tests of a session that need one.

from tests.cluster.fixtures import slurm_cluster    # in a conftest.py; several may, there is still one cluster
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cluster.private_cluster import PrivateCluster


class _Shared:
    """The session's cluster and how many hold it."""

    cluster: PrivateCluster | None = None
    holders = 0


@contextmanager
def shared_cluster() -> Iterator[PrivateCluster]:
    """Hold the session's cluster; the first holder starts it, the last one ends it."""
    cluster = _Shared.cluster or PrivateCluster().start()
    _Shared.cluster = cluster
    _Shared.holders += 1
    try:
        yield cluster
    finally:
        _Shared.holders -= 1
        if _Shared.holders == 0:
            cluster.stop()
            _Shared.cluster = None


@pytest.fixture(scope="session")
def slurm_cluster() -> Iterator[PrivateCluster]:
    """Start a private SLURM, and have every command of this process talk to it."""
    with shared_cluster() as cluster:
        before = {name: os.environ.get(name) for name in cluster.environment}
        os.environ.update(cluster.environment)
        yield cluster
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
