"""What `btportal deploy` writes, held against the real systemd, nginx and Apache."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from portal.cli.deploy import deploy
from portal.cli.doctor_address import check_address
from portal.config import read_settings
from portal.deploy.write import file_names
from portal.shipped import FILES, PACKAGE
from tests.e2e.deployed import Deployed, Visitors
from tests.waiting import PATIENCE_S, wait_for

GENOME = b">contig_1\n" + b"ACGTTGCA" * 500 + b"\n"
SERVICES = tuple(f"bttoxin-{name}.service" for name in ("web", "poller", "backup", "notify-check"))
UNITS = ("bttoxin-web.socket", "bttoxin-backup.timer", "bttoxin-notify-check.timer", *SERVICES)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Deployed]:
    deployed = Deployed(tmp_path, prefix="/bttoxin")
    try:
        yield deployed
    finally:
        deployed.close()


def _client(portal: Deployed) -> httpx.Client:
    return httpx.Client(base_url=f"{portal.url}/", timeout=PATIENCE_S, trust_env=False)


def _write(folder: Path, *options: str) -> str:
    result = CliRunner().invoke(
        deploy, [str(folder), "--public-url", "https://bt.example.org/bttoxin", "--jobs-dir", "/srv/bt/jobs", *options]
    )
    return result.output if result.exit_code == 0 else f"{result.output}{result.exception}"


@pytest.mark.parametrize("executor", ["local", "slurm"])
def test_systemd_takes_the_units_and_calls_them_safe(tmp_path: Path, executor: str) -> None:
    _write(tmp_path, "--executor", executor, "--reference-dir", "/srv/bt/references")
    units = [str(tmp_path / "systemd" / name) for name in UNITS]
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    for unit in (str(tmp_path / "systemd" / name) for name in SERVICES):
        command = ["systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=30", unit]
        rated = subprocess.run(command, capture_output=True, text=True, check=False)
        assert rated.returncode == 0, rated.stdout[-300:]


def test_the_command_names_what_it_has_written_and_settings_are_for_the_service_alone(tmp_path: Path) -> None:
    mask = os.umask(0o077)  # as `btportal` sets it for all commands
    try:
        written = [Path(line) for line in _write(tmp_path).split()]
    finally:
        os.umask(mask)
    assert sorted(str(path.relative_to(tmp_path)) for path in written) == file_names()
    assert (tmp_path / "portal.env").stat().st_mode & 0o777 == 0o600
    assert {path.stat().st_mode & 0o777 for path in written if path.suffix != ".env"} == {0o644}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_dir()} == {0o755}
    assert {f"deploy/files/{name}.j2" for name in file_names()} <= set(FILES[PACKAGE])


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--jobs-dir", "/srv/bt jobs"),
        ("--jobs-dir", "/srv/%j"),
        ("--install-dir", "/opt/a;b"),
        ("--certificate", '/etc/"x'),
        ("--user", "root\nExecStartPre=/bin/true"),
        ("--public-url", "bt.example.org"),
    ],
)
def test_what_units_and_configurations_would_read_differently_is_refused(
    tmp_path: Path, option: str, value: str
) -> None:
    folder = tmp_path / "files"
    answer = _write(folder, option, value)
    assert str(folder) not in answer
    assert not folder.exists()


def _links(page: httpx.Response) -> set[str]:
    if not page.headers["Content-Type"].startswith("text/html"):
        return set()
    return {link.split("#")[0] for link in re.findall(r'(?:href|src|action)="([^"]*)"', page.text)}


def test_behind_nginx_no_link_leaves_the_prefix(portal: Deployed) -> None:
    portal.start_web()
    portal.start_nginx()
    with _client(portal) as client:
        waiting, seen, strays = {f"{portal.url}/"}, set(), set()
        while waiting:
            address = waiting.pop()
            seen.add(address)
            page = client.get(address)
            assert page.status_code < 500, address
            for link in _links(page):
                url = str(page.url.join(link.replace("&amp;", "&")))
                if not url.startswith(f"http://127.0.0.1:{portal.port}/"):
                    continue  # papers, licences: other hosts
                if not url.startswith(f"{portal.url}/"):
                    strays.add((address, link))
                elif url not in seen and "/static/vendor/" not in url:
                    waiting.add(url)
        assert strays == set()
        assert len(seen) > 12
        moved = client.get(portal.url, follow_redirects=False)
        assert (moved.status_code, moved.headers["Location"]) == (301, f"{portal.url}/")
        accepted = client.post("api/tasks", files={"file": ("a.fna", GENOME)})
        assert accepted.status_code == 201
        assert accepted.headers["Location"].startswith("/bttoxin/api/tasks/")
        too_large = client.post("api/tasks", files={"file": ("a.fna", GENOME * 1000)})
        assert too_large.status_code == 413
        plain = client.get("static/portal.css", headers={"Accept-Encoding": "gzip"})
        assert plain.headers.get("Content-Encoding") == "gzip"
        page = client.get("help", headers={"Accept-Encoding": "gzip"})
        assert page.headers.get("Content-Encoding") == "gzip"
        from_elsewhere = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "cross-site"}
        assert "Content-Encoding" not in client.get("help", headers=from_elsewhere).headers


def test_doctor_comes_through_the_proxy(portal: Deployed) -> None:
    settings = read_settings(portal.environment())
    told = [finding.state for finding in check_address(settings)]
    assert told == ["FAIL"]
    portal.start_web()
    portal.start_nginx()
    (finding,) = check_address(settings)
    assert (finding.state, finding.message) == ("warn", f"{portal.url} is not encrypted: tokens can be read on the way")
    (finding,) = check_address(replace(settings, PUBLIC_URL=f"http://127.0.0.1:{portal.port}"))
    assert finding.state == "FAIL"
    assert "by something else" in finding.message
    (finding,) = check_address(replace(settings, PUBLIC_URL=""))
    assert "links follow the host name" in finding.message


def test_what_a_client_claims_of_itself_counts_nothing_behind_the_proxy(portal: Deployed) -> None:
    portal.start_web()
    portal.start_nginx()
    forged = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil"}
    with _client(portal) as client:
        assert "evil" not in client.get("help", headers=forged).text
        # A name that is not the portal's: nginx has no other server here, so the portal says no.
        assert client.get("help", headers={"Host": "evil.example"}).status_code == 400
        client.post("api/tasks", files={"file": ("a.fna", GENOME)}, headers=forged)
    lines = (portal.folder / "web.log").read_text()
    assert "6.6.6.6" not in lines


def test_behind_apache_a_task_is_taken_and_links_keep_the_prefix(portal: Deployed) -> None:
    portal.start_web()
    portal.start_apache()
    with _client(portal) as client:
        page = client.get("help")
        assert page.status_code == 200
        local = {link for link in _links(page) if link.startswith("/")}
        assert {link for link in local if not link.startswith("/bttoxin/")} == set()
        accepted = client.post("api/tasks", files={"file": ("a.fna", GENOME)})
        assert accepted.status_code == 201
        look = client.get(
            f"http://127.0.0.1:{portal.port}{accepted.headers['Location']}",
            headers={"Authorization": f"Bearer {accepted.json()['token']}"},
        )
        assert look.json()["status"] == "pending"


def test_reload_and_restart_lose_no_request(portal: Deployed) -> None:
    web = portal.start_web()
    portal.start_nginx()
    visitors = Visitors(f"{portal.url}/api/queue")
    with visitors.visiting():
        with _client(portal) as client:

            def slowly() -> Iterator[bytes]:
                yield GENOME
                for line in range(6):
                    time.sleep(0.5)
                    if line == 1:
                        web.send_signal(signal.SIGHUP)
                    yield b"ACGTACGT\n"

            body = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.fna"\r\n\r\n'
            accepted = client.post(
                "api/tasks",
                content=(piece for pieces in ((body,), slowly(), (b"\r\n--B--\r\n",)) for piece in pieces),
                headers={"Content-Type": "multipart/form-data; boundary=B"},
            )
            assert accepted.status_code == 201
        portal.stop(web)
        time.sleep(0.5)  # nobody accepts: who comes waits in the socket
        portal.start_web()
        portal.await_answer()
        wait_for(lambda: visitors.answers > 20, what="visitors were answered")
    assert visitors.failures == []


def test_the_service_manager_hears_of_a_web_process_only_while_it_answers(portal: Deployed) -> None:
    web = portal.start_web(watchdog_s=1.5)
    portal.hear("WATCHDOG=1")
    children = subprocess.run(["pgrep", "-P", str(web.pid)], capture_output=True, text=True, check=True)
    workers = [int(pid) for pid in children.stdout.split()]
    assert workers
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    try:
        while not portal.is_silent(3.0):
            pass
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
    portal.hear("WATCHDOG=1")


def test_the_service_manager_hears_of_the_poller(portal: Deployed) -> None:
    poller = portal.start(sys.executable, "-m", "portal.cli", "poller", log="poller.log", watchdog_s=1.5)
    portal.hear("READY=1")
    portal.hear("WATCHDOG=1")
    path = portal.deployment.jobs_dir / ".portal" / "poller.json"
    wait_for(path.exists, what="the heartbeat, which is written at the end of the first cycle")
    heartbeat = json.loads(path.read_text())
    assert heartbeat["pid"] == poller.pid
