"""Tasks compared by their tokens: pictures, tables, bundle, and who may."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.errors import NotReady, StorageFull, TooManyRequests
from portal.domain.status import Lang, TaskStatus
from portal.files.instant import Instant
from portal.poller.janitor import Janitor
from portal.results.names import COMPARE_FILES, COMPARE_ZIP
from portal.services.compare import CompareService, ComparisonBounds
from portal.storage.file import FileTaskStore
from portal.web.context import context_of
from tests.builders import BuiltTask, Site, rewrite_result


def ask(client: FlaskClient, tasks: Sequence[BuiltTask], **more: Any) -> TestResponse:
    body = {"tasks": [{"task_id": task.task_id, "token": task.token} for task in tasks], **more}
    return client.post("/api/compare", json=body)


@pytest.fixture
def pair(site: Site) -> list[BuiltTask]:
    return [site.task(filename="HD-1.fna", hits=3), site.task(filename="HD-73.fna", hits=2)]


def test_data_pictures_and_a_bundle_that_is_made_once_and_the_same_again(
    client: FlaskClient, site: Site, pair: list[BuiltTask]
) -> None:
    first = ask(client, pair)
    assert first.status_code == 200, first.text
    assert first.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(first.data)) as bundle:
        assert bundle.testzip() is None
        [top] = {name.partition("/")[0] for name in bundle.namelist()}
        below = {name.partition("/")[2] for name in bundle.namelist()}
        assert top.startswith(f"comparison_{len(pair)}_strains_")
        assert {f"Comparison/{name}" for name in COMPARE_FILES if name != COMPARE_ZIP} <= below
    folder = next(site.portal.comparisons.iterdir())
    made = folder.stat().st_mtime_ns
    kinds = {}
    for name in COMPARE_FILES:
        answer = ask(client, pair, file=name)
        assert (answer.status_code, answer.data) == (200, (folder / name).read_bytes())
        kinds[name] = answer.headers["Content-Type"]
    assert kinds["compare_targets.svg"] == "image/svg+xml"
    assert kinds["compare_toxins.png"] == "image/png"
    strains = json.loads(ask(client, pair, file="compare.json").data)["strains"]
    assert {strain["strain"] for strain in strains} == {"HD-1", "HD-73"}
    assert [entry.name for entry in site.portal.comparisons.iterdir()] == [folder.name]
    assert folder.stat().st_mtime_ns == made

    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert ask(client, pair).data == first.data


def test_the_language_makes_another_comparison(client: FlaskClient, pair: list[BuiltTask]) -> None:
    english, chinese = (ask(client, pair, lang=lang, file="compare_targets.svg") for lang in ("en", "zh"))
    assert "鳞翅目" in chinese.text
    assert "鳞翅目" not in english.text


def test_a_ticket_opens_its_task_and_no_other(client: FlaskClient, site: Site, pair: list[BuiltTask]) -> None:
    def tickets() -> list[str]:
        answers = [client.get(f"/api/tasks/{task.task_id}/ticket", headers=task.bearer) for task in pair]
        return [(answer.json or {})["ticket"] for answer in answers]

    one, other = tickets()
    ids = [task.task_id for task in pair]
    for tokens, code in (((one, other), 200), ((other, one), 404), ((one + "x", other), 404), (("1.x", "é"), 404)):
        body = {"tasks": [{"task_id": i, "token": t} for i, t in zip(ids, tokens, strict=True)], "file": "compare.json"}
        assert client.post("/api/compare", json=body).status_code == code
    now = Instant.now()
    old = site.keyring.ticket(ids[0], pair[0].token, at=replace(now, up=now.up - 601))
    assert not site.keyring.ticket_opens(old, ids[0], pair[0].token)
    assert client.get(f"/api/tasks/{ids[0]}/ticket").status_code == 401
    # A ticket is for comparisons alone.
    assert client.get(f"/api/tasks/{ids[0]}", headers={"Authorization": f"Bearer {one}"}).status_code == 404


def test_who_may_not_and_what_cannot_be_compared(client: FlaskClient, site: Site, pair: list[BuiltTask]) -> None:
    running = site.task(TaskStatus.RUNNING)
    foreign = BuiltTask(pair[1].task, pair[0].token)
    unknown = BuiltTask(pair[1].task, "x" * 43)
    answers = [
        (ask(client, pair[:1]), 422, "tasks"),
        (ask(client, [pair[0], pair[0]]), 422, "tasks"),
        (ask(client, pair, file="../task_meta.json"), 422, "file"),
        (ask(client, pair, file="compare_targets.plot.tsv"), 422, "file"),
        (ask(client, pair, lang="fr"), 422, "lang"),
        (ask(client, [pair[0], foreign]), 404, None),
        (ask(client, [pair[0], unknown]), 404, None),
        (ask(client, [pair[0], running]), 409, "tasks"),
        (client.post("/api/compare", data="{"), 415, None),
        (client.post("/api/compare", data="{", content_type="application/json"), 400, None),
    ]
    for answer, code, field in answers:
        body = answer.json or {}
        assert (answer.status_code, body["code"]) == (code, code), answer.text
        assert field is None or any(name.startswith(field) for name in body["errors"]), answer.text
    assert not site.portal.comparisons.exists()


def service(site: Site, **bounds: Any) -> CompareService:
    submissions = context_of(site.app).submissions
    return CompareService(site.portal, site.tasks, submissions, site.keyring, bounds=ComparisonBounds(**bounds))


def test_a_comparison_that_takes_too_long_is_stopped_and_leaves_nothing(site: Site, pair: list[BuiltTask]) -> None:
    with pytest.raises(NotReady, match="too long"):
        service(site, wall_s=0.01).file([(task.task.strain, task.task) for task in pair], Lang.EN, "compare.zip")
    assert list(site.portal.comparisons.iterdir()) == []


def test_a_comparison_that_needs_too_much_memory_ends_alone(site: Site, pair: list[BuiltTask]) -> None:
    with pytest.raises(NotReady, match="failed"):
        service(site, memory_mb=60).file([(task.task.strain, task.task) for task in pair], Lang.EN, "compare.zip")
    assert list(site.portal.comparisons.iterdir()) == []


def test_a_result_that_cannot_be_read_is_told(site: Site, pair: list[BuiltTask]) -> None:
    rewrite_result(next(site.portal.task(pair[0].task_id).path.rglob("strain_scores.json")), b"{")
    with pytest.raises(NotReady, match=r"strain_scores\.json"):
        service(site).file([(task.task.strain, task.task) for task in pair], Lang.EN, "compare.zip")


def test_a_disk_without_room_is_told(site: Site, pair: list[BuiltTask]) -> None:
    # /dev/full answers as a full disk does; the folder of the comparisons cannot be one, a file of it can.
    compare = service(site)
    order = compare._order([(task.task.strain, task.task) for task in pair], Lang.EN)
    out = site.portal.own / "full"
    out.mkdir()
    (out / "compare.json").symlink_to("/dev/full")
    with pytest.raises(StorageFull):
        compare._run({**order, "out": str(out)})


def test_requests_beyond_the_line_are_sent_away(site: Site, pair: list[BuiltTask]) -> None:
    compare = service(site)
    for _ in range(4):
        assert compare._line.acquire(blocking=False)
    with pytest.raises(TooManyRequests):
        compare.file([(task.task.strain, task.task) for task in pair], Lang.EN, "compare.zip")


def test_the_janitor_takes_old_comparisons_away(site: Site, client: FlaskClient, pair: list[BuiltTask]) -> None:
    assert ask(client, pair).status_code == 200
    folder = next(site.portal.comparisons.iterdir())

    def sweep(age_s: float) -> None:
        janitor = Janitor(site.portal, FileTaskStore(site.portal), clock=lambda: folder.stat().st_mtime + age_s)
        janitor.sweep([], (), pair[0].task.submission_time, lambda task_id: None)

    sweep(1700)
    assert (folder / "compare.zip").is_file()
    sweep(1900)
    assert not folder.exists()
    assert list(site.portal.trash.iterdir()) == []


def test_the_web_process_never_loads_what_draws(site: Site, pair: list[BuiltTask]) -> None:
    body = {"tasks": [{"task_id": task.task_id, "token": task.token} for task in pair]}
    code = (
        "import json, sys\nfrom pathlib import Path\nfrom tests.builders import make_site\n"
        f"client = make_site(Path({str(site.portal.jobs)!r})).app.test_client()\n"
        f"assert client.post('/api/compare', json={body!r}).status_code == 200\n"
        "print(sorted({'matplotlib', 'numpy', 'PIL'} & set(sys.modules)))\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_as_many_as_a_submission_holds_may_be_named(client: FlaskClient) -> None:
    """No more than a list of wrong tokens is needed to see that the list itself is taken."""
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    ids = [f"aaaaaaaaa{letters[n // 1024]}{letters[n // 32 % 32]}{letters[n % 32]}" for n in range(1001)]
    tasks = [{"task_id": task_id, "token": "x" * 43} for task_id in ids]
    assert client.post("/api/compare", json={"tasks": tasks[:1000]}).status_code == 404
    answer = client.post("/api/compare", json={"tasks": tasks})
    assert (answer.status_code, list((answer.json or {})["errors"])) == (422, ["tasks"])
