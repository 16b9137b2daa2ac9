"""/metrics for Prometheus: counters of the web process, figures left by the poller, and the state of disk and cache.

A scrape calls no scheduler and opens no task. The workers of one web process share counters through files in
PROMETHEUS_MULTIPROC_DIR, which `btportal serve` creates. Labels contain nothing chosen by a client.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import stat
import time
from collections.abc import Iterable
from pathlib import Path

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

import portal
from portal.config import Settings
from portal.domain.address import networks
from portal.domain.errors import NotFound
from portal.domain.message import Message
from portal.files.metrics import PREFIX, read_figures
from portal.files.taskdir import PortalDir
from portal.services.health import HealthService

ADDRESS = "/metrics"
_SECONDS = (0.1, 0.5, 2.0)
# Endpoints that receive genomes.
_UPLOADS = {"tasks.Tasks": "api", "submissions.Item": "submission", "pages.submit_form": "page"}
_METHODS = frozenset({"GET", "POST", "PUT", "DELETE"})
MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"


class WebMetrics:
    """The counters of the workers."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._took = Histogram(
            f"{PREFIX}http_request_duration_seconds",
            "Time to the beginning of an answer",
            ["route", "method"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._requests = Counter(
            f"{PREFIX}http_requests", "Requests answered", ["route", "code"], registry=self._registry
        )
        self._accepted = Counter(f"{PREFIX}tasks_accepted", "Tasks accepted", ["via"], registry=self._registry)
        self._refused = Counter(
            f"{PREFIX}uploads_refused", "Uploads that were refused", ["code"], registry=self._registry
        )
        for via in _UPLOADS.values():
            self._accepted.labels(via)
        self._busy = Gauge(
            f"{PREFIX}http_threads_busy",
            "Threads that answer a request at the moment",
            registry=self._registry,
            multiprocess_mode="livesum",
        )

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a response."""
        self._took.labels(route, method if method in _METHODS else "other").observe(seconds)
        self._requests.labels(route, f"{status // 100}xx").inc()

    def uploaded(self, via: str, status: int) -> None:
        """Count the response to an upload; one for an existing task counts as neither accepted nor refused."""
        if status in (201, 303):
            self._accepted.labels(via).inc()
        elif status >= 400:
            self._refused.labels(str(status)).inc()

    def begin(self) -> None:
        """Count a thread that starts a response."""
        self._busy.inc()

    def end(self) -> None:
        """Count the end of that thread's work."""
        self._busy.dec()

    def text(self) -> bytes:
        """Return the metrics of all workers."""
        if MULTIPROCESS not in os.environ:
            return generate_latest(self._registry)
        gathered = CollectorRegistry()
        MultiProcessCollector(gathered)  # type: ignore[no-untyped-call]
        return generate_latest(gathered)


class _Now(Collector):
    """The metrics read at each scrape: the poller's file, the disk, the cache."""

    def __init__(self, portal_dir: PortalDir, health: HealthService) -> None:
        self._portal = portal_dir
        self._health = health

    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily(f"{PREFIX}build", "The version that runs", {"version": portal.__version__})
        try:
            facts = os.statvfs(self._portal.own)
        except OSError:
            pass  # report no figure; readiness covers the rest
        else:
            yield GaugeMetricFamily(f"{PREFIX}disk_free_bytes", "Free for the portal", facts.f_bavail * facts.f_frsize)
            yield GaugeMetricFamily(f"{PREFIX}disk_free_inodes", "Files that can be made", facts.f_favail)
        backed_up = _changed_at(self._portal.backed_up)
        if backed_up is not None:
            yield GaugeMetricFamily(
                f"{PREFIX}backup_last_success_timestamp_seconds", "When the last backup ended", backed_up
            )
        cache = next((part for part in self._health.report().parts if part.name == "redis"), None)
        if cache is not None:
            yield GaugeMetricFamily(f"{PREFIX}cache_up", "1 where Redis answers", float(cache.state == "ok"))
        yield from read_figures(self._portal.metrics)


def _changed_at(path: Path) -> float | None:
    """Return when a regular file was last written (s since 1970); None if there is none."""
    try:
        facts = path.lstat()
    except OSError:
        return None
    return facts.st_mtime if stat.S_ISREG(facts.st_mode) else None


class MetricsAccess:
    """Who may scrape: machines in these networks, or holders of the token."""

    def __init__(self, allow: str, token: str) -> None:
        self._networks = networks(allow)
        self._token = token

    def may(self, address: str, authorization: str) -> bool:
        """Return whether a request may scrape; an empty address means a Unix socket, which strangers cannot open."""
        if self._token and secrets.compare_digest(authorization.encode(), f"Bearer {self._token}".encode()):
            return True
        try:
            known = ipaddress.ip_address(address or "127.0.0.1")
        except ValueError:
            return False
        return any(known.version == network.version and known in network for network in self._networks)


def route_of(blueprint: str | None, endpoint: str | None, path: str) -> str:
    """Return the kind of a request, one of a few words for any address."""
    if endpoint is None:
        return "unknown"
    if endpoint == "static":
        return "static"
    if path.startswith("/api/"):
        return "api"
    return "admin" if blueprint is not None and blueprint.startswith("admin") else "page"


def register_metrics(
    app: Flask, settings: Settings, metrics: WebMetrics, portal_dir: PortalDir, health: HealthService
) -> None:
    """Count all responses of the application, and serve the metrics at /metrics."""
    access = MetricsAccess(settings.METRICS_ALLOW, settings.METRICS_TOKEN)
    now = CollectorRegistry()
    now.register(_Now(portal_dir, health))

    def begin() -> None:
        g.metrics_began = time.perf_counter()
        metrics.begin()

    def note(response: Response) -> Response:
        began = getattr(g, "metrics_began", None)
        if began is not None:
            route = route_of(request.blueprint, request.endpoint, request.path)
            metrics.answered(route, request.method, response.status_code, time.perf_counter() - began)
        if request.endpoint in _UPLOADS and request.method in ("POST", "PUT"):
            metrics.uploaded(_UPLOADS[request.endpoint], response.status_code)
        return response

    def end(_error: BaseException | None) -> None:
        if g.pop("metrics_began", None) is not None:
            metrics.end()

    def serve_metrics() -> Response:
        if not access.may(request.remote_addr or "", request.headers.get("Authorization", "")):
            raise NotFound(Message("http.404"))
        response = Response(metrics.text() + generate_latest(now), content_type=CONTENT_TYPE_LATEST)
        response.headers["Cache-Control"] = "no-store"
        return response

    app.before_request(begin)
    app.after_request(note)
    app.teardown_request(end)
    app.add_url_rule(ADDRESS, "metrics", serve_metrics, methods=["GET"])
