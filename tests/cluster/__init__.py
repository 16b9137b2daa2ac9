"""A private SLURM cluster with accounting on one machine, for tests and for trying the portal out.

    with PrivateCluster() as cluster:
        cluster.run("sinfo")

`python -m tests.cluster run -- CMD` does the same for a command, `up` and `down` for a terminal.
The Debian packages that it needs are listed in `packages.txt`.
"""

from tests.cluster.configuration import NO_ACCOUNTS
from tests.cluster.daemons import ClusterFailed
from tests.cluster.private_cluster import PrivateCluster

__all__ = ["NO_ACCOUNTS", "ClusterFailed", "PrivateCluster"]
