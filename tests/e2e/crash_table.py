"""Try all points at which the poller can die, and print the table of docs/operate/faults.md.

python -m tests.e2e.crash_table local
python -m tests.e2e.crash_table slurm        (starts a private cluster)
python -m tests.e2e.crash_table slurm 80     (the next poller comes 80 s later)
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.cluster.fixtures import shared_cluster
from tests.e2e.crash import SCENARIOS, all_points, die_at_all, table


def main(executor: str, away_s: float = 0.0) -> int:
    with tempfile.TemporaryDirectory(prefix="crash-") as name:
        folder = Path(name)
        if executor == "slurm":
            with shared_cluster() as cluster:
                os.environ.update(cluster.environment)
                points = all_points(folder, executor, ["run"])
                points = [replace(point, away_s=away_s) for point in points]
                results = die_at_all(points, folder, executor, at_once=20 if away_s else 6)
        else:
            points = all_points(folder, executor, list(SCENARIOS))
            results = die_at_all(points, folder, executor, at_once=3)
    print(table(results))
    wrong = [point for point, told in results.items() if told != "right"]
    print(f"{len(results)} points, {len(wrong)} wrong", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    words = [*sys.argv[1:], "local"]
    sys.exit(main(words[0], float(words[1]) if len(words) > 2 else 0.0))
