"""The client for R with one genome, with what owners write, and with tables as files; in Debian's R."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
from bttoxin import Portal

from tests.builders import GENOME, make_task_on_disk, run_again
from tests.client.r_session import r, told
from tests.web.api.server import Server

_TASK = "task <- bt_task(bt_portal({url!r}), {task!r}, {token!r}); "
_RUN = "run <- bt_open(bt_portal({url!r}), {into!r}); "
_JSON = "cat(jsonlite::toJSON({}, auto_unbox = TRUE, na = 'null', digits = NA))"


def written_of(server: Server, task_id: str, token: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    return dict(httpx.get(f"{server.url}/api/tasks/{task_id}/annotations", headers=headers).json())


def test_one_genome_is_submitted_and_its_record_read(server: Server, tmp_path: Path) -> None:
    genome = tmp_path / "菌株 1.fna"
    genome.write_bytes(GENOME)
    script = (
        "task <- bt_submit_task(bt_portal({url!r}), {genome!r}, lang = 'zh', min_identity = 0.7, "
        "allow_unknown_families = FALSE); record <- bt_status(task); print(task); "
    )
    said = "list(id = task$id, token = task$token, status = record$status, lang = record$lang, p = record$parameters)"
    done = r(script + _JSON.format(said).replace("{", "{{").replace("}", "}}"), url=server.url, genome=genome)
    assert done.returncode == 0, done.stderr
    shown, _, answer = done.stdout.partition("\n")
    found = json.loads(answer)
    assert found["token"] not in shown
    assert (found["status"], found["lang"]) == ("pending", "zh")
    assert (found["p"]["min_identity"], found["p"]["allow_unknown_families"]) == (0.7, False)
    record = Portal(server.url, quiet=True).task(found["id"], found["token"]).record()
    assert record["filename"] == genome.name
    wrong = r("bt_submit_task(bt_portal({url!r}), {genome!r}, min_identity = 7)", url=server.url, genome=genome)
    assert wrong.returncode == 1
    assert "min_identity" in wrong.stderr


def test_results_runs_and_bundles_of_one_task(server: Server, tmp_path: Path) -> None:
    built = run_again(server.portal, make_task_on_disk(server.portal, hits=3), hits=7)
    script = _TASK + (
        "record <- bt_wait_task(task); runs <- bt_runs(task); "
        "paths <- c(bt_bundle(task, {first!r}, run = 1), bt_bundle(task, {last!r})); "
    ) + _JSON.format(
        "list(status = record$status, runs = runs, "
        "hits = c(length(bt_results(task, run = 1)$toxins$toxins), length(bt_results(task)$toxins$toxins)), "
        "type = class(runs$completed_at)[1], paths = paths)"
    )  # fmt: skip
    first, last = tmp_path / "out" / "first.zip", tmp_path / "out" / "last.zip"
    answer = told(script, url=server.url, task=built.task_id, token=built.token, first=first, last=last)
    assert (answer["status"], answer["type"], answer["hits"]) == ("completed", "POSIXct", [3, 7])
    assert [(run["number"], run["status"]) for run in answer["runs"]] == [(1, "completed"), (2, "completed")]
    assert answer["paths"] == [str(first), str(last)]
    assert first.read_bytes() != last.read_bytes()
    wrong = r(_TASK + "bt_status(task)", url=server.url, task=built.task_id, token="x" * 43)
    assert wrong.returncode == 1
    assert "404" in wrong.stderr
    assert "x" * 43 not in wrong.stderr


def test_r_writes_of_genomes_and_loses_nobodys_text(server: Server, genomes: Path, tmp_path: Path) -> None:
    run = Portal(server.url, quiet=True).submit(genomes, into=tmp_path / "run")
    rows = (
        "rows <- data.frame(label = c('007', 'NA', '菌株'), name = c('=Bär', NA, ''), "
        "tags = c('soil,Soil; north', NA, NA), "
        "site = c('007', '1e5', \"'=1\"), note = c('a \"b\", c\nd', NA, NA)); "
    )
    script = _RUN + rows + _JSON.format(
        "list(changed = c(bt_annotate(run, rows), bt_annotate(run, rows)), tasks = bt_tasks(run))"
    )  # fmt: skip
    answer = told(script, url=server.url, into=run.folder)
    assert answer["changed"] == [3, 0]
    by_label = {row["label"]: row for row in answer["tasks"]}
    assert (by_label["007"]["name"], by_label["007"]["tags"]) == ("=Bär", "soil; north")
    assert [by_label[name]["meta_site"] for name in ("007", "NA", "菌株", "s01")] == ["007", "1e5", "'=1", None]
    task = run.task("007")
    assert written_of(server, task.task_id, task._operations.token)["note"] == 'a "b", c\nd'
    back = _RUN + "frame <- bt_tasks(run); frame <- frame[frame$status != 'refused', ]; "
    assert told(back + _JSON.format("bt_annotate(run, frame)"), url=server.url, into=run.folder) == 0
    assert run.annotate([{"label": "NA", "site": "of another device"}], replace=True) == 1
    refused = r(back + "bt_annotate(run, data.frame(label = c('s01', 'NA'), site = c('x', 'y')))",
                url=server.url, into=run.folder)  # fmt: skip
    assert refused.returncode == 1
    assert "NA has other text already (site); replace = TRUE" in refused.stderr
    assert {row["meta_site"] for row in run.rows("tasks") if row["label"] in ("s01", "NA")} == {
        None,
        "of another device",
    }
    over = _RUN + _JSON.format("bt_annotate(run, data.frame(label = 'NA', site = 'y'), replace = TRUE)")
    assert told(over, url=server.url, into=run.folder) == 1
    for code, said in (
        ("data.frame(label = 'nobody', name = 'x')", "no genome of this run is called nobody"),
        ("data.frame(label = c('s01', 's01'), name = 'x')", "two rows"),
        ("data.frame(label = 's01', name = strrep('x', 201))", "at most 200"),
    ):
        wrong = r(_RUN + f"bt_annotate(run, {code})", url=server.url, into=run.folder)
        assert wrong.returncode == 1
        assert said in wrong.stderr


def test_r_writes_of_one_task(server: Server) -> None:
    built = make_task_on_disk(server.portal)
    script = _TASK + _JSON.format(
        "c(bt_annotate(task, data.frame(name = 'x', tags = 'a;b', site = 7)), "
        "bt_annotate(task, data.frame(name = 'x')))"
    )
    values = {"url": server.url, "task": built.task_id, "token": built.token}
    assert told(script, **values) == [1, 0]
    found = written_of(server, built.task_id, built.token)
    assert (found["name"], found["tags"], found["metadata"]) == ("x", ["a", "b"], {"site": "7"})
    stale = "bt_annotate(task, data.frame(name = 'y', revision = 0))"
    refused = r(_TASK + stale, **values)
    assert refused.returncode == 1
    assert "was changed since these rows were read (name)" in refused.stderr
    assert told(_TASK + _JSON.format("bt_annotate(task, data.frame(name = 'y', revision = 1))"), **values) == 1
    other = r(_TASK + "bt_annotate(task, data.frame(label = 'other', name = 'z'))", **values)
    assert "the row is of other" in other.stderr
    assert written_of(server, built.task_id, built.token)["name"] == "y"


def test_tables_of_r_are_the_files_of_the_portal(server: Server, genomes: Path, tmp_path: Path) -> None:
    run = Portal(server.url, quiet=True).submit(genomes, into=tmp_path / "run")
    script = _RUN + _JSON.format("c(bt_save_tables(run), bt_save_tables(run, {other!r}, 'csv'))")
    paths = [Path(path) for path in told(script, url=server.url, into=run.folder, other=tmp_path / "csv")]
    names = [f"{table}.{kind}" for kind in ("xlsx", "csv") for table in ("tasks", "toxins", "scores", "species")]
    assert [path.name for path in paths] == names
    assert all(path.read_bytes().startswith(b"PK") for path in paths[:4])
    [python] = [path for path in run.save_tables(tmp_path / "python", "csv") if path.stem == "tasks"]
    assert (tmp_path / "csv" / "tasks.csv").read_bytes() == python.read_bytes()
    assert sorted(path.name for path in (tmp_path / "csv").iterdir()) == sorted(names[4:])
