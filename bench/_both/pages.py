"""A server over many tasks, until its input closes: FOLDER NUMBER; prints as JSON its port, worker and pages."""

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
from tests.web.api.server import start_server

folder = Path(sys.argv[1])
whole = fill(PortalDir(folder / "jobs"), int(sys.argv[2]))
with contextlib.closing(start_server(folder, ADMIN_SECRET=ADMIN_SECRET)) as server:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    known: dict[str, Any] = {"whole": whole, "port": server.port, "admin_cookie": log_in(connection)}
    # Not every version asks for the port.
    pages = [asdict(visit) for visit in visits(**{name: known[name] for name in signature(visits).parameters})]
    connection.close()
    print(json.dumps({"port": server.port, "worker": server.worker_pid, "pages": pages}), flush=True)
    sys.stdin.read()
