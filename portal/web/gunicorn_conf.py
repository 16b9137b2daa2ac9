"""Settings of gunicorn, taken as `-c python:portal.web.gunicorn_conf`; `btportal serve` adds address and workers.

gunicorn reads the lower-case names of this module.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from prometheus_client.multiprocess import mark_process_dead

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"

worker_class = "portal.web.edge.worker.EdgeWorker"
keepalive = 15
# Chosen here, so that what else is installed in the environment changes nothing.
http_parser = "python"
asgi_loop = "asyncio"
asgi_lifespan = "off"

# The worker's heart beats in its event loop, so a long transfer is no reason to end it; a hung one is.
timeout = 60
# What runs at a restart may finish; what is cut leaves nothing behind and is sent again.
graceful_timeout = 30
# The heart beats through a file: not on a disk that may be full or slow.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn makes a file without a name

limit_request_line = 4094
limit_request_fields = 60
# Only TRUSTED_PROXIES says whose X-Forwarded headers count; gunicorn would believe everybody on this machine.
forwarded_allow_ips = ""

logger_class = "portal.web.edge.logs.EdgeLogger"
accesslog = None
# Its control socket would lie in the home of whoever runs it, one for all portals.
control_socket_disable = True
proc_name = "btportal-web"


def child_exit(_server: Any, worker: Any) -> None:
    """Take what a worker that has ended had under way out of the figures."""
    if MULTIPROCESS in os.environ:
        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Take the figures away with the process that counted."""
    if folder := os.environ.get(MULTIPROCESS):
        shutil.rmtree(folder, ignore_errors=True)
