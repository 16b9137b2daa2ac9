"""A private SLURM cluster from the command line.

python -m tests.cluster run -- CMD ...    start one, run CMD with SLURM_CONF set, end it; CMD's exit code
python -m tests.cluster up [FOLDER]       start one that stays, and print how to use and to end it
python -m tests.cluster down FOLDER       end that one
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.cluster import ClusterFailed, PrivateCluster


def up(folder: Path | None) -> int:
    cluster = PrivateCluster(folder, detached=True).start()
    print(f"export SLURM_CONF={cluster.environment['SLURM_CONF']}")
    print(f"# to end it: python -m tests.cluster down {cluster.layout.folder}")
    return 0


def down(folder: Path) -> int:
    PrivateCluster.attach(folder).stop()
    return 0


def run(argv: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with PrivateCluster() as cluster:
        return subprocess.run(argv, env={**os.environ, **cluster.environment}, check=False).returncode


def main(argv: list[str]) -> int:
    try:
        match argv:
            case ["up"]:
                return up(None)
            case ["up", folder]:
                return up(Path(folder))
            case ["down", folder]:
                return down(Path(folder))
            case ["run", "--", *command] if command:
                return run(command)
    except ClusterFailed as error:
        print(error, file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
