"""/metrics: what is counted, who may read it, and that nothing which the poller left is passed on unread."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from portal.deploy.write import Deployment, write_deployment
from portal.domain.address import PublicUrl
from portal.domain.status import TaskStatus
from portal.poller.metrics import PollerMetrics
from tests.builders import Site, make_site

GENOME = b">contig_1\n" + b"ACGTTGCA" * 100 + b"\n"
ROOT = Path(__file__).parents[2]
# What the text format adds to the name of a family.
_ENDINGS = {"counter": "_total", "info": "_info"}
TOKEN = "a-token-of-metrics-1"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path, METRICS_TOKEN=TOKEN, TRUSTED_PROXIES="1")


def _figures(site: Site, **headers: str) -> dict[str, Metric]:
    answer = site.app.test_client().get("/metrics", headers=headers)
    assert answer.status_code == 200
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def _value(figures: dict[str, Metric], family: str, **labels: str) -> float:
    return sum(
        sample.value
        for sample in figures[family].samples
        if not sample.name.endswith(("_created", "_bucket", "_sum")) and labels.items() <= sample.labels.items()
    )


def _send(site: Site, content: bytes, name: str = "a.fna") -> int:
    import io

    form = {"file": (io.BytesIO(content), name)}
    return site.app.test_client().post("/api/tasks", data=form).status_code


def test_uploads_and_answers_are_counted(site: Site) -> None:
    assert _send(site, GENOME) == 201
    assert _send(site, b"no genome") == 422
    built = site.task(TaskStatus.RUNNING)
    assert site.app.test_client().get(f"/api/tasks/{built.task_id}", headers=built.bearer).status_code == 200
    figures = _figures(site)
    assert _value(figures, "bttoxin_tasks_accepted", via="api") == 1
    assert _value(figures, "bttoxin_uploads_refused", code="422") == 1
    assert _value(figures, "bttoxin_http_requests", route="api", code="2xx") == 1
    assert _value(figures, "bttoxin_http_requests", route="look", code="2xx") == 1
    assert _value(figures, "bttoxin_http_request_duration_seconds", route="api", method="POST") == 2
    assert _value(figures, "bttoxin_disk_free_bytes") > 0
    # The scrape itself is under way.
    assert _value(figures, "bttoxin_http_threads_busy") == 1


def test_only_machines_that_are_allowed_and_who_brings_the_token_may_read(site: Site) -> None:
    client = site.app.test_client()
    outside = {"X-Forwarded-For": "9.9.9.9"}
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers=outside).status_code == 404
    assert client.get("/metrics", headers={**outside, "Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert client.get("/metrics", headers={**outside, "Authorization": "Bearer wrong"}).status_code == 404
    assert client.get("/metrics", headers={**outside, "Authorization": "Bearer \xe4"}).status_code == 404


def test_no_label_is_a_client_s_to_choose(site: Site) -> None:
    client = site.app.test_client()
    for number in range(50):
        client.get(f"/api/tasks/{number:012d}")
        client.get(f"/nowhere/{number}")
        client.open("/api/queue", method=f"METHOD{number}")
    figures = _figures(site)
    assert sum(len(family.samples) for family in figures.values()) < 150
    assert {sample.labels.get("method", "GET") for family in figures.values() for sample in family.samples} <= {
        *("GET", "POST", "PUT", "DELETE", "other")
    }


def test_the_poller_s_figures_are_passed_on(site: Site) -> None:
    site.portal.metrics.write_text('# TYPE bttoxin_tasks gauge\nbttoxin_tasks{status="running"} 3.0\n')
    assert _value(_figures(site), "bttoxin_tasks", status="running") == 3


@pytest.mark.parametrize(
    "text",
    [
        "not a figure\n",
        "bttoxin_tasks{ 3\n",
        "other_metric 3\n",
        "".join(f'bttoxin_tasks{{status="{n}"}} 1\n' for n in range(1000)),
        "bttoxin_tasks 1\n" * 100_000,
        "\xff",
    ],
)
def test_what_is_not_the_poller_s_is_left_out(site: Site, text: str) -> None:
    site.portal.metrics.write_bytes(text.encode("latin-1"))
    figures = _figures(site)
    assert "bttoxin_tasks" not in figures
    assert "other_metric" not in figures


def test_a_link_in_the_file_s_place_is_not_followed(site: Site, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("bttoxin_secret 1\n")
    site.portal.metrics.symlink_to(other)
    assert "bttoxin_secret" not in _figures(site)


def test_every_figure_is_documented_and_every_alert_is_on_one(site: Site, tmp_path: Path) -> None:
    metrics = PollerMetrics(site.portal)
    metrics.write((), on_disk=0, waiting=(), slots=1, used=0, suspended=False, now=datetime.now(UTC))
    figures = _figures(site)
    written = {f"{name}{_ENDINGS.get(family.type, '')}" for name, family in figures.items()} | {
        "bttoxin_cache_up",
        "bttoxin_backup_last_success_timestamp_seconds",
    }
    page = (ROOT / "docs/operate/monitoring.md").read_text()
    documented = {name for name in re.findall(r"`(bttoxin_\w+)`", page) if name.startswith("bttoxin_")}
    assert documented == written
    write_deployment(Deployment(PublicUrl.parse("https://bt.example.org/x"), Path("/srv/jobs")), tmp_path / "files")
    alerts = (tmp_path / "files/prometheus/alerts.yml").read_text()
    assert set(re.findall(r"bttoxin_[a-z_]+", alerts)) <= written
