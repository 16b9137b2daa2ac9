"""Monitoring as `btportal deploy` sets it up, with a real Prometheus: scrape, alerts and every query of the board."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from portal.domain.status import PipelineStage
from tests.e2e.deployed import Deployed
from tests.e2e.gated_site import wait_for
from tests.ports import free_port

TOKEN = "a token of the monitoring, of some length"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The portal behind nginx and below a prefix, with a poller at work and one backup made."""
    folder = tmp_path_factory.mktemp("watched")
    deployed = Deployed(folder, prefix="/bttoxin")
    try:
        with (deployed.files / "portal.env").open("a") as settings:
            settings.write(f"METRICS_TOKEN={TOKEN}\nMETRICS_ALLOW=192.0.2.0/24\n")
        deployed.start_web()
        deployed.start_nginx()
        deployed.start(sys.executable, "-m", "portal.cli", "poller", log="poller.log")
        wait_for(deployed.deployment.jobs_dir.joinpath(".portal", "poller.prom").exists)
        backup = [sys.executable, "-m", "portal.cli", "backup", str(folder / "backups")]
        subprocess.run(backup, env=deployed.environment(), check=True, capture_output=True)
        yield deployed
    finally:
        deployed.close()


@pytest.fixture(scope="module")
def prometheus(files: Deployed) -> str:
    """The address of a Prometheus with the written files in its configuration."""
    folder = files.folder / "prometheus"
    folder.mkdir()
    (folder / "token").write_text(TOKEN)
    scrape = (files.files / "prometheus" / "scrape.yml").read_text()
    scrape = scrape.replace("/etc/prometheus/bttoxin.token", str(folder / "token")).replace("30s", "1s")
    (folder / "alerts.yml").write_text((files.files / "prometheus" / "alerts.yml").read_text())
    config = folder / "prometheus.yml"
    config.write_text(f"global: {{evaluation_interval: 1s}}\nrule_files: [alerts.yml]\nscrape_configs:\n{scrape}")
    for kind, path in (("config", config), ("rules", folder / "alerts.yml")):
        done = subprocess.run(["promtool", "check", kind, str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    port = free_port()
    options = [f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    files.start("prometheus", *options, f"--web.listen-address=127.0.0.1:{port}", log="prometheus.log")
    url = f"http://127.0.0.1:{port}/api/v1"

    def is_up() -> bool:
        try:
            return _values(url, 'up{job="bttoxin"}') == ["1"]
        except (httpx.HTTPError, json.JSONDecodeError):  # it is starting
            return False

    wait_for(is_up)
    return url


def _ask(url: str, what: str, **parameters: str) -> Any:
    answer = httpx.get(f"{url}/{what}", params=parameters, timeout=30, trust_env=False).json()
    assert answer["status"] == "success", answer
    return answer["data"]


def _values(url: str, query: str) -> list[str]:
    return [series["value"][1] for series in _ask(url, "query", query=query)["result"]]


def test_it_scrapes_with_the_token_through_the_proxy(prometheus: str, files: Deployed) -> None:
    [series] = _ask(prometheus, "query", query="bttoxin_build_info")["result"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", series["metric"]["version"])
    assert _values(prometheus, "count(bttoxin_stage_duration_seconds_count)") == [str(len(PipelineStage))]
    assert httpx.get(f"{files.url}/metrics", trust_env=False).status_code == 404


def test_every_alert_is_evaluated_and_a_healthy_portal_raises_none(prometheus: str) -> None:
    def rules() -> list[dict[str, Any]]:
        return [rule for group in _ask(prometheus, "rules")["groups"] for rule in group["rules"]]

    wait_for(lambda: all(rule["health"] == "ok" for rule in rules()))
    assert len(rules()) >= 8
    # A small disk is the machine's own affair.
    assert {rule["name"] for rule in rules() if rule["state"] == "firing"} <= {"BttoxinDiskFull"}


def test_every_query_of_the_board_is_one_on_metrics_that_are_there(prometheus: str, files: Deployed) -> None:
    board = json.loads((files.files / "grafana" / "bttoxin.json").read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    for query in queries:
        _ask(prometheus, "query", query=query)
    there = set(_ask(prometheus, "label/__name__/values"))
    asked = set(re.findall(r"bttoxin_\w+", " ".join(queries)))
    # These begin with the first refused upload and the first command of a scheduler.
    assert asked - there <= {"bttoxin_uploads_refused_total", "bttoxin_scheduler_command_seconds_bucket"}
    for query in queries[:4]:
        wait_for(lambda query=query: len(_values(prometheus, query)) == 1, what=query)  # type: ignore[misc]
