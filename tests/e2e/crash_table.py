"""Try all points at which the poller can die, and print the table of docs/operate/faults.md.

python -m tests.e2e.crash_table local
python -m tests.e2e.crash_table slurm        (starts a private cluster)
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.cluster.fixtures import shared_cluster
from tests.e2e.crash import SCENARIOS, all_points, die_at_all, table


def main(executor: str) -> int:
    with tempfile.TemporaryDirectory(prefix="crash-") as name:
        folder = Path(name)
        if executor == "slurm":
            with shared_cluster() as cluster:
                os.environ.update(cluster.environment)
                points = all_points(folder, executor, ["run"])
                results = die_at_all(points, folder, executor, at_once=6)
        else:
            points = all_points(folder, executor, list(SCENARIOS))
            results = die_at_all(points, folder, executor, at_once=3)
    print(table(results))
    wrong = [point for point, told in results.items() if told != "right"]
    print(f"{len(results)} points, {len(wrong)} wrong", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "local"))
