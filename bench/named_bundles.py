"""How soon the archive of a submission with named strains begins, and what it costs, with and without seams.

    python -m bench.named_bundles [--strains 300] [--bundle FILE]

Both in one run, on the same bundles: as the pipeline packs them, where the names in a report can be replaced
(`portal.results.name_seams`), and packed by a zip writer that knows no seams. Of each the first archive of a process:
until its length is known, which is when its first byte is sent, and until its last byte; the processor time of each.
--bundle is that of a real run, copied for all strains; else a small one is made of a few results.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portal.domain.status import Lang
from portal.files.submissions import SubmissionFolders
from portal.pipeline.bundle.make import StageFolders, make_bundle
from portal.pipeline.bundle.origin import Origin
from portal.services.named_results import NamedResults
from portal.web.context import context_of
from tests.builders import GENOME, Site, make_site, rewrite_result
from tests.contract.seamless import without_seams

RESULT = Path(__file__).parents[1] / "var" / "bench" / "named_bundles.json"


def _submission(site: Site, strains: int, folder: Path, bundle: bytes) -> str:
    """Return a submission of completed strains with names and with bundles of the pipeline."""
    client = site.app.test_client()
    labels = [f"s{n:03d}" for n in range(strains)]
    items = [{"label": label, "size": len(GENOME), "sha256": "ab" * 32} for label in labels]
    made: dict[str, Any] = client.post("/api/submissions", json={"label": "May", "items": items}).get_json()
    for item, label in zip(made["items"], labels, strict=True):
        SubmissionFolders(site.portal).mark_received(made["submission_id"], item["n"])
        task = site.task(task_id=item["task_id"], submission=made["submission_id"], filename=label, hits=7)
        stages = [next(task_stage) for task_stage in _stages(site, item["task_id"])]
        if not bundle:
            out = folder / "made"
            out.mkdir()
            origin = Origin(item["task_id"], label, task.task.submission_time.isoformat(), Lang.EN)
            make_bundle(StageFolders(*stages[:3]), out, origin=origin, display_name=label)
            bundle = (out / "bundle.zip").read_bytes()
        rewrite_result(stages[3] / "bundle.zip", bundle)
    table = "label,name\n" + "".join(f"{label},Strain {label}\n" for label in labels)
    headers = {"Content-Type": "text/csv", "If-Match": "*", "Authorization": f"Bearer {made['token']}"}
    answer = client.put(f"/api/submissions/{made['submission_id']}/annotations", data=table, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(made["submission_id"])


def _stages(site: Site, task_id: str) -> list[Any]:
    attempt = site.portal.task(task_id).attempt(1).path
    return [attempt.glob(f"{stage}/out") for stage in ("digger", "shoter", "plots", "bundle")]


def _timed(act: Callable[[], int]) -> tuple[int, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    size = act()
    return size, time.perf_counter() - wall, time.process_time() - cpu


def _first_archive(site: Site, submission_id: str) -> dict[str, float]:
    """Lay out and read the archive as a process does that has not seen it before."""
    service = context_of(site.app).submissions
    tasks = context_of(site.app).tasks
    tasks.named = NamedResults(tasks.shelf)
    submission = service.read(submission_id)
    service.look(submission)
    laid_out: list[Any] = []

    def begin() -> int:
        laid_out.append(service.bundle(submission))
        return 0

    _, first_s, first_cpu = _timed(begin)
    size, rest_s, rest_cpu = _timed(lambda: sum(map(len, laid_out[0].layout.read())))
    assert size == laid_out[0].layout.size
    return {"first_byte_s": first_s, "all_s": first_s + rest_s, "cpu_s": first_cpu + rest_cpu, "MB": size / 1e6}


def main() -> None:
    """Measure both, and write the figures and their ratios."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--strains", type=int, default=300)
    options.add_argument("--bundle", type=Path)
    asked = options.parse_args()
    strains, bundle = asked.strains, asked.bundle.read_bytes() if asked.bundle else b""
    folder = Path(tempfile.mkdtemp(prefix="named-bundles-"))
    try:
        site = make_site(folder / "jobs")
        submission_id = _submission(site, strains, folder, bundle)
        with_seams = _first_archive(site, submission_id)
        for path in site.portal.jobs.glob("*/attempts/1/bundle/out/bundle.zip"):
            rewrite_result(path, without_seams(path))
        without = _first_archive(site, submission_id)
    finally:
        shutil.rmtree(folder)
    ratios = {name: round(with_seams[name] / without[name], 3) for name in with_seams}
    figures = {"strains": strains, "with_seams": with_seams, "without": without, "ratio": ratios}
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
