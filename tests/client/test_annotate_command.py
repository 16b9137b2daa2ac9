"""`btportal annotate`: names, tags, notes and metadata from a table, for a run or one task; nobody's text is lost."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import httpx
import pytest
from bttoxin import Portal, Run
from click.testing import CliRunner, Result

from portal.cli.annotate import annotate
from tests.builders import make_task_on_disk
from tests.web.api.server import Server


@pytest.fixture(autouse=True)
def _own_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BTPORTAL_TOKEN", "BTPORTAL_URL", "BTPORTAL_API_KEY", "LC_ALL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def run(server: Server, tmp_path: Path) -> Run:
    folder = tmp_path / "genomes"
    folder.mkdir()
    for name in ("007", "NA", "菌株"):
        (folder / f"{name}.fna").write_bytes(f">{name}\nACGTACGT\n".encode())
    return Portal(server.url, quiet=True).submit(folder, into=tmp_path / "run")


def command(*arguments: str | Path, data: bytes | None = None) -> Result:
    return CliRunner().invoke(annotate, [str(argument) for argument in arguments], input=data)


def written(run: Run, *names: str) -> dict[str, tuple[object, ...]]:
    return {row["label"]: tuple(row.get(name) for name in names) for row in run.rows("tasks")}


def table_of(run: Run, separator: str = "comma") -> bytes:
    """The table that the page offers."""
    [submission] = run._operations.state.live
    address = f"{run.url}/api/submissions/{submission.submission_id}/annotations?separator={separator}"
    return httpx.get(address, headers={"Authorization": f"Bearer {submission.token}"}).content


def test_a_table_is_written_and_the_same_command_again_changes_nothing(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "sites.csv"
    lines = ("Label;Name;tags;site;stage", '007;"Bär; 1";soil, north;007;\'=1', "菌株;;;;", "NA;;;1e5;larva")
    table.write_text("\n".join(lines))
    first = command(run.folder, table)
    assert (first.exit_code, first.stdout) == (0, "genomes changed: 2\n"), first.output
    assert command(run.folder, table).stdout == "genomes changed: 0\n"
    assert written(run, "name", "tags", "meta_site", "meta_stage") == {
        "007": ("Bär; 1", "soil; north", "007", "=1"),
        "NA": (None, None, "1e5", "larva"),
        "菌株": (None, None, None, None),
    }
    [submission] = run._operations.state.live
    again = command(submission.submission_id, table, "--json", "--url", run.url)
    assert again.exit_code == 1, "a run in a folder of one's own is found by that folder alone"
    assert json.loads(command(run.folder, table, "--json").stdout) == {"changed": 0}


@pytest.mark.parametrize(
    ("codec", "named"), [("utf-8-sig", ()), ("utf-16", ()), ("gbk", ("--encoding", "gbk")), ("utf-8", ())]
)
def test_encodings_of_spreadsheets(run: Run, codec: str, named: tuple[str, ...]) -> None:
    data = "sep=;\nlabel;name\n菌株;北坡\n".encode(codec)
    answer = command(run.folder, "-", *named, data=data)
    assert answer.exit_code == 0, answer.output
    assert written(run, "name")["菌株"] == ("北坡",)


def test_other_text_is_written_over_only_when_that_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert command(run.folder, "-", data=b"label,name,note\nNA,first,mine\n").exit_code == 0
    for cells in (b"second,mine", b",mine"):
        answer = command(run.folder, "-", data=b"label,name,note\n007,other,\nNA," + cells + b"\n")
        assert answer.exit_code == 1
        assert "NA has other text already (name), and nothing was written; --replace" in answer.stderr
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "NA 已有其他内容（name）" in command(run.folder, "-", data=b"label,name\nNA,second\n").stderr
    assert written(run, "name") == {"007": (None,), "NA": ("first",), "菌株": (None,)}
    assert command(run.folder, "-", "--replace", data=b"label,name\nNA,second\n").exit_code == 0
    assert written(run, "name")["NA"] == ("second",)
    assert command(run.folder, "-", "--replace", data=b"label,name\nNA,\n").exit_code == 0
    assert written(run, "name")["NA"] == (None,)


@pytest.mark.parametrize("separator", ["comma", "semicolon", "tab"])
def test_the_table_of_the_portal_is_edited_and_taken_back(run: Run, separator: str) -> None:
    assert run.annotate([{"label": "NA", "name": "first", "site": "=1", "meta_stage": "egg"}]) == 1
    table = table_of(run, separator)
    assert command(run.folder, "-", data=table).stdout == "genomes changed: 0\n"
    edited = table.replace(b"first", b"second").replace(b"egg", b"larva")
    answer = command(run.folder, "-", data=edited)
    assert answer.exit_code == 0, answer.output
    assert written(run, "name", "meta_site", "meta_stage")["NA"] == ("second", "=1", "larva")
    assert command(run.folder, "-", data=edited).stdout == "genomes changed: 0\n", "after a lost answer"
    stale = command(run.folder, "-", data=table.replace(b"first", b"third"))
    assert stale.exit_code == 1
    assert "NA was changed since this table was downloaded" in stale.stderr
    assert written(run, "name")["NA"] == ("second",)
    assert command(run.folder, "-", "--replace", data=table.replace(b"first", b"third")).exit_code == 0
    assert written(run, "name")["NA"] == ("third",)


def test_the_table_of_tasks_is_taken_back_too(run: Run) -> None:
    [path] = [path for path in run.save_tables(format="csv") if path.stem == "tasks"]
    rows = [*csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))]
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, [*rows[0], "meta_site"])
    writer.writeheader()
    writer.writerows({**row, "name": f"n{number}", "meta_site": "x"} for number, row in enumerate(rows))
    answer = command(run.folder, "-", data=stream.getvalue().encode())
    assert answer.stdout == "genomes changed: 3\n", answer.output
    found = run.rows("tasks")
    assert [row["meta_site"] for row in found] == ["x"] * 3
    assert not [name for row in found for name in row if name.startswith("meta_") and name != "meta_site"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "line 1: names of columns"),
        (b"label,name\n", "no rows"),
        (b"name,site\nx,y\n", "label or a task_id"),
        (b"label,name\nnobody,x\n", "no genome of this run is called nobody"),
        (b"label,name\nNA,x\nNA,y\n", "two rows"),
        (b"label,name,name\nNA,x,y\n", "two columns are called name"),
        (b"label,,name\nNA,x,y\n", "column 2 has no name"),
        (b"label,name\nNA,x,y\n", "line 2: 3 cells"),
        (b"label,name\n007,x\nNA\n", "line 3: 1 cells"),
        (b'label,name\nNA,"x\n', "line 2: a quotation mark"),
        (b"label,name\n007,x\nNA,\xb1\xb1\n", "line 3: not utf-8"),
        (b"label,name\n007,good\nNA," + b"x" * 201 + b"\n", "at most 200"),
        (b"label,tags\n007,good\nNA," + b"x" * 41 + b"\n", "at most 40"),
    ],
)
def test_a_table_that_is_wrong_is_refused_whole_and_in_one_line(run: Run, data: bytes, told: str) -> None:
    answer = command(run.folder, "-", data=data)
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert told in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert written(run, "name", "tags") == dict.fromkeys(("007", "NA", "菌株"), (None, None))


def test_an_unknown_encoding_is_told(run: Run) -> None:
    for name in ("klingon", "base64"):
        answer = command(run.folder, "-", "--encoding", name, data=b"label,name\nNA,x\n")
        assert answer.exit_code == 1
        assert f"no encoding {name}" in answer.stderr


def test_one_task_of_a_run_and_one_from_elsewhere(run: Run, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    task = run.task("NA")
    rows: list[tuple[bytes, str]] = [
        (b"name\nx\n", "1"), (b"label,name\nNA,x\n", "0"), (f"task_id,name\n{task.task_id},x\n".encode(), "0"),
    ]  # fmt: skip
    monkeypatch.setenv("BTPORTAL_TOKEN", task._operations.token)
    for data, changed in rows:
        answer = command(task.task_id, "-", "--url", server.url, data=data)
        assert answer.stdout == f"genomes changed: {changed}\n", answer.output
    for data, told in ((b"label,name\n007,x\n", "the row is of 007"), (b"name\nx\ny\n", "this one has 2")):
        answer = command(task.task_id, "-", "--url", server.url, data=data)
        assert (answer.exit_code, answer.stdout) == (1, "")
        assert told in answer.stderr
    built = make_task_on_disk(server.portal)
    monkeypatch.setenv("BTPORTAL_TOKEN", built.token)
    data = b"name,tags,site\nalone,soil,007\n"
    assert command(built.task_id, "-", "--url", server.url, data=data).stdout == "genomes changed: 1\n"
    monkeypatch.setenv("BTPORTAL_TOKEN", "x" * 43)
    refused = command(built.task_id, "-", "--url", server.url, data=b"name\nother\n")
    assert refused.exit_code == 1
    assert "x" * 43 not in refused.output
    monkeypatch.delenv("BTPORTAL_TOKEN")
    assert "not known here" in command(built.task_id, "-", "--url", server.url, data=data).stderr
    record = httpx.get(
        f"{server.url}/api/tasks/{built.task_id}/annotations", headers={"Authorization": f"Bearer {built.token}"}
    ).json()
    assert (record["name"], record["tags"], record["metadata"]) == ("alone", ["soil"], {"site": "007"})
