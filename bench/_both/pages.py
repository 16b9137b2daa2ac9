"""A server over many tasks, until its input closes: FOLDER NUMBER FRESH; prints as JSON its port, worker and pages.

`fresh` has, for each number of toxins, this many results that nobody has looked at yet.
"""

import contextlib
import http.client
import json
import sys
from dataclasses import asdict
from inspect import signature
from pathlib import Path
from typing import Any

from bench.pages import ADMIN_SECRET, fill, log_in, visits
from portal.files.taskdir import PortalDir
from tests.builders import make_task_on_disk
from tests.web.api.server import start_server

folder, fresh = Path(sys.argv[1]), int(sys.argv[3])
portal = PortalDir(folder / "jobs")
whole = fill(portal, int(sys.argv[2]))
unseen = {f"fresh {hits} {n}": make_task_on_disk(portal, hits=hits) for hits in (7, 60) for n in range(fresh)}
with contextlib.closing(start_server(folder, ADMIN_SECRET=ADMIN_SECRET)) as server:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    known: dict[str, Any] = {"whole": whole | unseen, "port": server.port, "admin_cookie": log_in(connection)}
    # Not every version asks for the port.
    pages = [asdict(visit) for visit in visits(**{name: known[name] for name in signature(visits).parameters})]
    connection.close()
    told: dict[str, Any] = {"port": server.port, "worker": server.worker_pid}
    told["pages"] = [page for page in pages if "fresh" not in page["name"]]
    told["fresh"] = {
        f"task, {hits} toxins, first visit": [page for page in pages if f"fresh {hits} " in page["name"]]
        for hits in (7, 60)
    }
    print(json.dumps(told), flush=True)
    sys.stdin.read()
