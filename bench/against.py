"""Processor time of this checkout against that of another one, in one run: jobs, pages, the poller.

    python -m bench.against OTHER_CHECKOUT [job_start stages pages poller ...]

Both checkouts need their environment (`.venv`) and a reference in `var/references`. The two take turns, so that noise
affects both, and of each figure the least counts: what else the machine does only adds. Exit code 1 if any figure of
this checkout is above `BOUND` times the other's.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

HERE = Path(__file__).parents[1]
BOUND = 1.05
STAGES = ("digger", "shoter", "plots", "bundle")
_ROUNDS = {"job_start": 40, "stages": 8, "pages": 6, "poller": 4}
_PAGE_REQUESTS = 10
_FIRST_VISITS = 3
_TASKS = 2_000
_WAITING, _ENDED = 60, 60
# On some disks it takes minutes to remove what the poller's rounds leave; only processor time is measured.
_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108

Figures = Mapping[str, float]


def environment(checkout: Path) -> dict[str, str]:
    """Return the environment of a measured process: the checkout's modules, compiled once, and one thread."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def python(checkout: Path, *arguments: object, **pipes: Any) -> subprocess.Popen[bytes]:
    """Start Python in a checkout."""
    command = [str(checkout / ".venv/bin/python"), *map(str, arguments)]
    return subprocess.Popen(command, cwd=checkout, env=environment(checkout), **pipes)


def script(name: str) -> Path:
    """Return a script that runs in both checkouts."""
    return HERE / "bench" / "_both" / f"{name}.py"


def cpu_s(checkout: Path, *arguments: object) -> float:
    """Return the processor seconds of a Python process and its children."""
    process = python(checkout, *arguments, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{checkout}: {arguments} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime


# -- what is measured: each yields one figure or several, once per round, for one checkout


def job_start(checkout: Path, folder: Path) -> Iterator[Figures]:
    """Yield what the job side adds to the start of a bare Python."""
    while True:
        yield {
            "bare Python": cpu_s(checkout, "-c", "pass"),
            "job side": cpu_s(checkout, "-c", "import portal.pipeline.job"),
        }


def stages(checkout: Path, folder: Path) -> Iterator[Figures]:
    """Yield the four stages of the synthetic genome, each as a job of its own."""
    references = checkout / "var/references"
    reference = references / (references / "current").read_text().strip() / "reference.faa"
    genome = HERE / "var/references/synthetic_kurstaki.fna"
    number = 0
    while True:
        number += 1
        jobs = folder / f"jobs{number}"
        cpu_s(checkout, script("job"), jobs, genome, reference, "prepare")
        yield {stage: cpu_s(checkout, script("job"), jobs, genome, reference, stage) for stage in STAGES}


def pages(checkout: Path, folder: Path) -> Iterator[Figures]:
    """Yield the worker's time for each page that both have, with 2,000 tasks on disk; results also when first seen."""
    fresh = _FIRST_VISITS * (_ROUNDS["pages"] + 1)
    command = (script("pages"), folder, _TASKS, fresh)
    server = python(checkout, *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    output: IO[bytes] = server.stdout  # type: ignore[assignment]
    told = json.loads(output.readline())
    worker = told["worker"]
    unseen = {name: iter(found) for name, found in told["fresh"].items()}
    try:
        while True:
            # A connection for each round, because the server closes idle ones.
            with contextlib.closing(http.client.HTTPConnection("127.0.0.1", told["port"], timeout=60)) as connection:
                again = {page["name"]: _page_s(connection, worker, [page] * _PAGE_REQUESTS) for page in told["pages"]}
                first = {
                    name: _page_s(connection, worker, list(islice(found, _FIRST_VISITS)))
                    for name, found in unseen.items()
                }
                yield {**again, **first}
    finally:
        server.communicate()


def _page_s(connection: http.client.HTTPConnection, worker: int, visits: Sequence[Mapping[str, Any]]) -> float:
    """Return the worker's seconds for one of these visits."""
    began = _worker_s(worker)
    for page in visits:
        connection.request("GET", page["address"], headers=page["headers"])
        answer = connection.getresponse()
        answer.read()
        if answer.status != (404 if page["address"] == "/nowhere" else 200):
            raise SystemExit(f"{page['address']}: {answer.status}")
    return (_worker_s(worker) - began) / len(visits)


def _worker_s(worker: int) -> float:
    """Return the processor seconds of all threads of a process (schedstat, in nanoseconds)."""
    threads = Path(f"/proc/{worker}/task").glob("*/schedstat")
    return sum(int(path.read_text().split()[0]) for path in threads) / 1e9


def poller(checkout: Path, folder: Path) -> Iterator[Figures]:
    """Yield start, submission, a cycle and a tick of a poller."""
    number = 0
    while True:
        number += 1
        arguments = (script("poller"), folder / str(number), _WAITING, _ENDED)
        output, _ = python(checkout, *arguments, stdout=subprocess.PIPE).communicate()
        yield json.loads(output)


MEASURED: Mapping[str, Callable[[Path, Path], Iterator[Figures]]] = {
    "job_start": job_start,
    "stages": stages,
    "pages": pages,
    "poller": poller,
}


def least(name: str, checkouts: Mapping[str, Path]) -> dict[str, Figures]:
    """Return the least figures of each checkout, measured in turns."""
    found: dict[str, dict[str, float]] = {which: defaultdict(lambda: float("inf")) for which in checkouts}
    with contextlib.ExitStack() as stack:
        running = {}
        for which, checkout in checkouts.items():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_MEMORY)))
            running[which] = MEASURED[name](checkout, folder)
            stack.callback(running[which].close)  # type: ignore[attr-defined]
        for round_ in range(_ROUNDS[name] + 1):
            for which, figures in running.items():
                for figure, seconds in next(figures).items():
                    if round_:  # the first compiles modules and templates, and fills caches
                        found[which][figure] = min(found[which][figure], seconds)
    if name == "job_start":
        found = {which: {"job side": each["job side"] - each["bare Python"]} for which, each in found.items()}
    return {which: dict(each) for which, each in found.items()}


def main(arguments: list[str]) -> int:
    if not arguments or set(arguments[1:]) - MEASURED.keys():
        print(__doc__, file=sys.stderr)
        return 2
    checkouts = {"other": Path(arguments[0]).resolve(), "this": HERE}
    rows: list[dict[str, Any]] = []
    print(f"{'processor time, ms':40}{'other':>10}{'this':>10}{'ratio':>8}")
    for name in arguments[1:] or MEASURED:
        found = least(name, checkouts)
        for figure in [figure for figure in found["this"] if figure in found["other"]]:
            other, this = (1000 * found[which][figure] for which in ("other", "this"))
            ratio = this / other
            rows.append({"part": name, "figure": figure, "other_ms": other, "this_ms": this, "ratio": ratio})
            print(
                f"{name + ': ' + figure:40}{other:>10.1f}{this:>10.1f}{ratio:>8.2f}{'  above' if ratio > BOUND else ''}"
            )
    target = HERE / "var/bench/against.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"bound": BOUND, "rows": rows}, indent=1) + "\n")
    return int(any(row["ratio"] > BOUND for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
