"""A search over one's own in a browser without an account: by its list, and by going through what others have opened.

3,000 tasks that other browsers have opened, and 20 of this one. Without its list a browser is searched for as before
there were lists. Both in turns, in one process; the medians are CPU and wall time per search.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from portal.domain.status import TaskStatus
from portal.files import opened
from portal.files.task_index import TaskIndex
from portal.services.own_strains import OwnStrain, OwnStrains
from portal.services.shares import Grant
from portal.services.submission_keys import Access
from portal.web.context import context_of
from tests.builders import Site, make_site, make_task_on_disk

OTHERS, OWN, ROUNDS = 3000, 20, 9
BOUND = 0.1  # of the time without a list


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        site = make_site(Path(folder) / "jobs")
        session = _opened(site)
        browsers, parts = context_of(site.app).browsers, context_of(site.app).parts
        strains = OwnStrains(site.portal, parts.tasks, parts.submissions, browsers)
        walks, lists = [], []
        _timed(strains, session)  # the index and the records are in memory, as in a running process
        for _ in range(ROUNDS):
            shutil.rmtree(site.portal.own / opened.FOLDER)
            walks.append(_timed(strains, session))
            lists.append(_timed(strains, session))
    rows = {"without a list": _medians(walks), "by its list": _medians(lists)}
    ratio = rows["by its list"]["cpu_ms"] / rows["without a list"]["cpu_ms"]
    for name, row in rows.items():
        print(f"{name:16} {row['cpu_ms']:8.1f} ms CPU  {row['wall_ms']:8.1f} ms")
    print(f"ratio {ratio:.3f} (bound {BOUND})")
    target = Path("var/bench/own_search.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"rows": rows, "ratio": ratio, "bound": BOUND}, indent=1) + "\n")
    return int(ratio > BOUND)


def _opened(site: Site) -> str:
    """Make the tasks; return the session of the browser that has opened `OWN` of them."""
    browsers = context_of(site.app).browsers
    mine, index = browsers.new_session(), TaskIndex(site.portal)
    for number in range(OTHERS + OWN):
        task = make_task_on_disk(site.portal, TaskStatus.PENDING).task
        index.note(task)
        session = mine if number % (OTHERS // OWN) == 0 and number < OTHERS else browsers.new_session()
        browsers.let_in(session, Grant(task, Access.OWNER), is_new=session is not mine)
    index.rebuild()
    return mine


def _timed(strains: OwnStrains, session: str) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    found: list[OwnStrain] = strains.of("", session)[0]
    spent = time.process_time() - cpu, time.perf_counter() - wall
    assert len(found) == OWN, len(found)
    return spent


def _medians(spent: list[tuple[float, float]]) -> dict[str, float]:
    return {
        "cpu_ms": 1000 * statistics.median(cpu for cpu, _ in spent),
        "wall_ms": 1000 * statistics.median(wall for _, wall in spent),
    }


if __name__ == "__main__":
    raise SystemExit(main())
