"""SLURM's tests on the SLURM of several Debian suites.

python -m tests.generations [SUITE...]             tests/slurm and the cluster's e2e tests on each; a table at the end
python -m tests.generations demo [SUITE...]        `btportal demo` on each, on a cluster of its own
python -m tests.generations run SUITE -- CMD ...   a command in that suite's root
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

from tests.generations.root import CHECKOUT, NoRoot, Root

SUITES = ("bookworm", "trixie", "sid")
LOGS = CHECKOUT / "var" / "generations" / "log"
PYTHON = str(CHECKOUT / ".venv" / "bin" / "python")
TESTS = ("tests/slurm", *sorted(str(path.relative_to(CHECKOUT)) for path in CHECKOUT.glob("tests/e2e/test_slurm*.py")))


def _logged(root: Root, argv: list[str], log: Path) -> tuple[int, float]:
    LOGS.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    with log.open("wb") as stream:
        code = subprocess.run(root.command(argv), cwd=CHECKOUT, stdout=stream, stderr=stream, check=False).returncode
    return code, time.monotonic() - begin


def test(suites: list[str]) -> int:
    """Run the tests on each suite and print a table; 1 where one failed."""
    rows, worst = [], 0
    for suite in suites:
        root = Root(suite)
        root.prepare()
        log = LOGS / f"test-{suite}.log"
        argv = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=600", *TESTS]
        code, took_s = _logged(root, argv, log)
        told = re.findall(r"^(?:=+ )?(\d+ .* in .*?)(?: =+)?$", log.read_text(errors="replace"), re.MULTILINE)
        rows.append(f"{suite:<10}{root.version():<10}{took_s:>6.0f} s  {told[-1] if told else 'no result'}  {log}")
        print(rows[-1], flush=True)
        worst = max(worst, code)
    return 1 if worst else 0


def demo(suites: list[str]) -> int:
    """Run the demo on each suite's SLURM; 1 where one failed."""
    worst = 0
    for suite in suites:
        root = Root(suite)
        root.prepare()
        log = LOGS / f"demo-{suite}.log"
        # A folder of its own: in another root it would count as a copy, and nothing would touch it.
        folder = f"JOBS_DIR={CHECKOUT / 'var' / 'demo' / f'jobs-{suite}'}"
        portal = ["env", "EXECUTOR=slurm", folder, str(CHECKOUT / ".venv" / "bin" / "btportal"), "demo"]
        code, took_s = _logged(root, [PYTHON, "-m", "tests.cluster", "run", "--", *portal], log)
        last = log.read_text(errors="replace").strip().splitlines()[-1:]
        print(f"{suite:<10}{root.version():<10}{took_s:>6.0f} s  exit {code}  {' '.join(last)}", flush=True)
        worst = max(worst, code)
    return 1 if worst else 0


def main(argv: list[str]) -> int:
    try:
        match argv:
            case ["run", suite, "--", *command] if command:
                root = Root(suite)
                root.prepare()
                return subprocess.run(root.command(command), cwd=CHECKOUT, check=False).returncode
            case ["demo", *suites]:
                return demo(suites or list(SUITES))
            case [*suites] if not any(word.startswith("-") for word in suites):
                return test(suites or list(SUITES))
    except NoRoot as error:
        print(error, file=sys.stderr)
        return 2
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
