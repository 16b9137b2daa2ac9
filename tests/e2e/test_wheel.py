"""The wheel, installed outside of the checkout, is the whole portal; and where a file of it is lost, it says so.

`make wheel` runs this with the Pythons that WHEEL_PYTHONS names, each in an environment with nothing else in it.
"""

from __future__ import annotations

import os
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from portal.shipped import PACKAGE, TEMPLATES
from tests.builders import make_site
from tests.e2e.installed import ADMIN_SECRET, ROOT, Environment, build_wheel
from tests.waiting import PATIENCE_S

PYTHONS = os.environ.get("WHEEL_PYTHONS", "").split()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module", params=PYTHONS or [sys.executable])
def installed(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    environment = Environment(tmp_path_factory.mktemp("installed"), request.param)
    if PYTHONS:
        environment.install(wheel)
    else:
        environment.install_alone(wheel)
    return environment


@pytest.fixture(scope="module")
def url(installed: Environment, references: Path) -> Iterator[str]:
    with installed.up(references) as url:
        yield url


def test_the_wheel_has_every_file_of_the_checkout(wheel: Path) -> None:
    folders = {"portal": "portal", "slurm": "slurm", "templates": "portal/templates", "client/src/bttoxin": "bttoxin"}
    there = {
        f"{target}/{path.relative_to(ROOT / folder)}"
        for folder, target in folders.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == there - {"portal/web/babel.cfg"}


def addresses(tmp_path: Path, task_id: str) -> list[str]:
    """Return the address of every page and call of the API about the portal or a task that has ended."""
    values = {"task_id": task_id, "name": "report.html", "filename": "portal.css", "code": "fasta.gap"}
    acts = {"admin.task_act": "delete", "admin.switch": "drain"}
    names = {"pages.sample": "all"}
    app = make_site(tmp_path / "jobs", ADMIN_SECRET=ADMIN_SECRET).app
    found = []
    for rule in app.url_map.iter_rules():
        given = {**values, "act": acts.get(rule.endpoint, "")}
        given["name"] = names.get(rule.endpoint, given["name"])
        # Of submissions, and the files of a comparison, for which there have to be two.
        of_others = not rule.arguments <= given.keys() or rule.endpoint == "pages.compare_file"
        if "GET" not in (rule.methods or ()) or of_others:
            continue
        built = rule.build({name: given[name] for name in rule.arguments}, append_unknown=False)
        assert built is not None, rule
        found.append(built[1])
    return found


def open_everything(browser: httpx.Client, task_id: str, token: str) -> None:
    """Do what a user with the task's token and an operator do before they see anything."""
    assert browser.post("/admin/login", data={"secret": ADMIN_SECRET}).is_success
    assert browser.post(f"/tasks/{task_id}/unlock", data={"token": token}).is_success


def test_a_task_completes_and_every_address_answers(url: str, genome: Path, tmp_path: Path) -> None:
    ours = {"Origin": url}
    with httpx.Client(base_url=url, headers=ours, follow_redirects=True, timeout=60, trust_env=False) as browser:
        with genome.open("rb") as stream:
            made = browser.post("/api/tasks", files={"file": ("strain.fna", stream)}).json()
        task_id, token = made["task_id"], made["token"]
        until = time.monotonic() + PATIENCE_S
        task = made
        while task["status"] not in ("completed", "failed"):
            assert time.monotonic() < until, task
            time.sleep(0.5)
            task = browser.get(f"/api/tasks/{task_id}", headers={"Authorization": f"Bearer {token}"}).json()
        assert task["status"] == "completed", task
        open_everything(browser, task_id, token)
        for address in addresses(tmp_path, task_id):
            for lang in ("en", "zh"):
                answer = browser.get(f"{address}?task={task_id}&lang={lang}")
                assert answer.status_code == 200, (address, answer.text[:500])


def test_the_client_comes_along(installed: Environment, url: str, references: Path, genome: Path) -> None:
    done = installed.btportal(references, "submit", str(genome), "--url", url, "--wait", "--out", "bundles")
    assert done.returncode == 0, done.stderr
    label, _, status, _, bundle = done.stdout.rstrip("\n").split("\t")
    assert (label, status) == (genome.stem, "completed")
    assert zipfile.is_zipfile(bundle)


def await_readiness(url: str, status: int, text: str = "") -> None:
    """Wait until readiness answers so; each worker keeps a report for 2 s."""
    until = time.monotonic() + PATIENCE_S
    while True:
        answer = httpx.get(f"{url}/api/health/ready", timeout=30, trust_env=False)
        if answer.status_code == status and text in answer.text:
            return
        assert time.monotonic() < until, answer.text
        time.sleep(0.2)


@contextmanager
def lost(place: Path) -> Iterator[None]:
    kept = place.with_name("kept-by-the-test")
    place.rename(kept)
    try:
        yield
    finally:
        kept.rename(place)


@pytest.mark.parametrize(
    "name",
    [
        f"{TEMPLATES}/html/again.html",
        f"{TEMPLATES}/report/report.md.j2",
        f"{PACKAGE}/web/static/task.js",
        f"{PACKAGE}/web/translations/zh/LC_MESSAGES/messages.po",
    ],
)
def test_a_running_portal_that_loses_a_file_is_not_ready(installed: Environment, url: str, name: str) -> None:
    with lost(installed.file(name)):
        await_readiness(url, 503, name)
    await_readiness(url, 200)


@pytest.mark.parametrize("name", [f"{TEMPLATES}/html/_charts.html", f"{TEMPLATES}/report/report.css"])
def test_the_doctor_sees_a_lost_template(installed: Environment, references: Path, name: str) -> None:
    with lost(installed.file(name)):
        done = installed.btportal(references, "doctor", "--laptop")
    assert done.returncode == 1
    [line] = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert line.split()[1] == "installation"
    assert name in line


def test_a_damaged_template_is_seen_too(installed: Environment, references: Path) -> None:
    place = installed.file(f"{TEMPLATES}/report/report.html.j2")
    text = place.read_text()
    place.write_text(text + "{% if %}")
    try:
        done = installed.btportal(references, "doctor", "--laptop")
    finally:
        place.write_text(text)
    assert "FAIL installation The report cannot be rendered: TemplateSyntaxError" in done.stdout


def test_all_is_well_when_nothing_is_lost(installed: Environment, references: Path) -> None:
    done = installed.btportal(references, "doctor", "--laptop")
    assert "FAIL" not in done.stdout
    assert done.returncode == 0


def test_a_namesake_from_the_package_index_is_seen(installed: Environment, references: Path) -> None:
    """The index has a `portal` of its own; pip puts its files among ours without a word."""
    metadata = installed.file(f"{PACKAGE}/py.typed").parents[1] / "portal-3.8.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: portal\nVersion: 3.8\n")
    (metadata / "top_level.txt").write_text("portal\n")
    try:
        done = installed.btportal(references, "doctor", "--laptop")
    finally:
        for path in metadata.iterdir():
            path.unlink()
        metadata.rmdir()
    assert done.returncode == 1
    assert "portal 3.8 installs into the same package 'portal'" in done.stdout
