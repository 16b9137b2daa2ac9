"""One private cluster for all tests of a session that need one.

from tests.cluster.fixtures import slurm_cluster    # in a conftest.py; several may, there is still one cluster
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cluster.private_cluster import PrivateCluster

_shared: PrivateCluster | None = None
_users = 0


@contextmanager
def shared_cluster() -> Iterator[PrivateCluster]:
    """Hold the session's cluster; the first holder starts it, the last one ends it."""
    global _shared, _users
    if _shared is None:
        _shared = PrivateCluster().start()
    _users += 1
    try:
        yield _shared
    finally:
        _users -= 1
        if _users == 0:
            _shared.stop()
            _shared = None


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
