"""Time and memory of pictures, report, bundle and comparison, each in a separate process including imports.

    python -m bench.plots [--json figures.json]

The results are synthetic (from the tests' builder) and the same in every run. Bounds: all pictures of a strain 5 s;
pictures, report and bundle together 10 s and 400 MB, which Shoter's scoring (below 1 s) shares; 300 strains
compared 20 s.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from portal.domain.status import Lang
from tests.pipeline.plots.result_files import write_results

BOUNDS = {
    "pictures_10_hits": (5.0, 400),
    "pictures_60_hits": (5.0, 400),
    "job_10_hits_en": (10.0, 400),
    "job_10_hits_zh": (10.0, 400),
    "compare_300": (20.0, None),
}


def measured(work: Callable[[], None]) -> dict[str, float]:
    """Run in a separate process and return wall and CPU seconds and peak memory in MB.

    Raises:
        RuntimeError: the process failed.
    """
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError("the measured process failed")
    return {
        "wall_s": round(time.perf_counter() - start, 2),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": round(usage.ru_maxrss / 1024),
    }


def pictures(digger: Path, shoter: Path, out: Path, lang: Lang) -> None:
    """Draw all pictures of one strain."""
    from portal.pipeline.plots.draw import draw_all

    out.mkdir()
    draw_all(digger, shoter, out, lang=lang)


def job(digger: Path, shoter: Path, out: Path, lang: Lang) -> None:
    """Draw, report and bundle, as one job does."""
    from portal.pipeline.bundle.make import StageFolders, make_bundle
    from portal.pipeline.bundle.origin import Origin

    out.mkdir()
    pictures(digger, shoter, out / "plots", lang)
    origin = Origin("abcdefgh2345", "HD-1", "2026-03-01T10:00:00+00:00", lang)
    make_bundle(StageFolders(digger, shoter, out / "plots"), out, origin=origin, display_name="HD-1.fna")


def comparison(tasks: list[tuple[str, Path, Path]], out: Path) -> None:
    """Compare all tasks, with data, pictures and bundle."""
    from portal.pipeline.compare.compare import compare

    out.mkdir()
    compare(tasks, out, Lang.EN, submission_time="2026-03-01T10:00:00+00:00")


def run(folder: Path) -> dict[str, dict[str, float]]:
    """Make the results and measure everything on them."""
    ten = write_results(folder / "ten", 10)
    sixty = write_results(folder / "sixty", 60)
    names = [f"Bt-{index:03d}" for index in range(300)]
    tasks = [(name, *write_results(folder / name, 3 + index % 14, strain=name)) for index, name in enumerate(names)]
    return {
        "pictures_10_hits": measured(lambda: pictures(*ten, folder / "p10", Lang.EN)),
        "pictures_60_hits": measured(lambda: pictures(*sixty, folder / "p60", Lang.EN)),
        "job_10_hits_en": measured(lambda: job(*ten, folder / "j10", Lang.EN)),
        "job_10_hits_zh": measured(lambda: job(*ten, folder / "j10zh", Lang.ZH)),
        "compare_300": measured(lambda: comparison(tasks, folder / "c300")),
    }


def main() -> int:
    """Print the table, write the JSON, and return 1 if a bound is exceeded."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path, default=Path("var/bench/plots.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(Path(folder))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    exceeded = False
    print(f"{'':20} {'wall s':>8} {'CPU s':>8} {'peak MB':>8}")
    for name, row in figures.items():
        seconds, megabytes = BOUNDS[name]
        over = bool((seconds and row["wall_s"] > seconds) or (megabytes and row["peak_mb"] > megabytes))
        exceeded |= over
        remark = "  over the bound" if over else ""
        print(f"{name:20} {row['wall_s']:8.2f} {row['cpu_s']:8.2f} {row['peak_mb']:8.0f}{remark}")
    return int(exceeded)


if __name__ == "__main__":
    sys.exit(main())
