"""gunicorn's settings, loaded by `-c python:portal.web.gunicorn_conf`; `btportal serve` adds address and workers.

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
# Set explicitly, so that other installed packages cannot change it.
http_parser = "python"
asgi_loop = "asyncio"
asgi_lifespan = "off"

# The worker's heartbeat runs in its event loop, so that a hung worker is killed but a long transfer is not.
timeout = 60
# Active requests may finish at a restart; one that is cut leaves nothing behind and is sent again.
graceful_timeout = 30
# The heartbeat uses a file, which must not be on a disk that may be full or slow.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn makes a file without a name

limit_request_line = 4094
limit_request_fields = 60
# Only TRUSTED_PROXIES decides whose X-Forwarded headers count; gunicorn would trust everyone on this machine.
forwarded_allow_ips = ""

logger_class = "portal.web.edge.logs.EdgeLogger"
accesslog = None
# The control socket would be in the user's home, shared by all portals.
control_socket_disable = True
proc_name = "btportal-web"


def child_exit(_server: Any, worker: Any) -> None:
    """Remove the active requests of an ended worker from the metrics."""
    if MULTIPROCESS in os.environ:
        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Remove the metrics together with the process that counted them."""
    if folder := os.environ.get(MULTIPROCESS):
        shutil.rmtree(folder, ignore_errors=True)
