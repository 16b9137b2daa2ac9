"""Bundles are saved under the name that the portal gives them: never elsewhere, and never two under one name."""

from __future__ import annotations

from pathlib import Path

import pytest
from bttoxin import Portal, Run
from bttoxin.downloading import BundleName
from click.testing import CliRunner

from portal.cli.client import download
from tests.builders import make_task_on_disk
from tests.client.r_session import told
from tests.web.api.server import Server


@pytest.fixture
def named(server: Server, tmp_path: Path) -> Run:
    """A run of three finished genomes, two of which are called the same, the third as its file."""
    genomes = tmp_path / "genomes"
    genomes.mkdir()
    for name in ("a", "b", "c"):
        (genomes / f"{name}.fna").write_bytes(f">{name}\nACGTACGT\n".encode())
    run = Portal(server.url, quiet=True).submit(genomes, into=tmp_path / "run")
    submission = run._operations.state.live[0].submission_id
    for state in run.status():
        server.portal.task(state.task_id).path.rename(server.portal.trash / state.task_id)
        make_task_on_disk(server.portal, task_id=state.task_id, submission=submission, strain=state.label)
    run.status()
    run.annotate([{"label": label, "name": "North slope 7/2"} for label in ("a", "b")])
    return run


def expected(run: Run) -> list[str]:
    stems = {"a": "North_slope_7_2", "b": "North_slope_7_2", "c": "c"}
    return [f"{stems[state.label]}_{state.task_id}.zip" for state in run.states]


def test_python_r_and_the_command_save_what_the_portal_names(named: Run, tmp_path: Path) -> None:
    assert [path.name for path in named.bundles()] == expected(named)
    script = "run <- bt_open(bt_portal({url!r}), {into!r}); cat(jsonlite::toJSON(basename(bt_bundles(run, {out!r}))))"
    assert told(script, url=named.url, into=named.folder, out=tmp_path / "r") == expected(named)
    saved = CliRunner().invoke(download, [str(named.folder), "--out", str(tmp_path / "all")])
    assert [Path(line).name for line in saved.stdout.splitlines()] == expected(named)
    assert len(list((tmp_path / "all").iterdir())) == 3


def test_one_task_into_a_folder_or_as_a_file(named: Run, tmp_path: Path) -> None:
    task = named.task("a")
    assert task.bundle(tmp_path) == tmp_path / expected(named)[0]
    assert task.bundle(tmp_path / "mine.zip") == tmp_path / "mine.zip"


@pytest.mark.parametrize(
    "told_name",
    [
        "../../evil_{id}.zip",
        "/etc/evil_{id}.zip",
        "..\\evil_{id}.zip",
        "C:evil_{id}.zip",
        ".evil_{id}.zip",
        "evil\n_{id}.zip",
        "evil.zip",  # another task's could be called so
        "evil_{id}.exe",
        f"{'x' * 300}_{{id}}.zip",
        "",
    ],
)
@pytest.mark.parametrize(
    "form", ['attachment; filename="{}"', "attachment; filename={}", "attachment; filename*=UTF-8''{}"]
)
def test_a_name_that_could_lead_elsewhere_is_not_taken(told_name: str, form: str, tmp_path: Path) -> None:
    header = form.format(told_name.format(id="k3v7q2m5x4ta"))
    target = BundleName(tmp_path, "k3v7q2m5x4ta", "菌株/1").of({"content-disposition": header})
    assert target == tmp_path / "菌株_1_k3v7q2m5x4ta.zip"


def test_r_takes_no_such_name_either() -> None:
    names = ["../e_k3v7q2m5x4ta.zip", ".e_k3v7q2m5x4ta.zip", "e.zip", "North_7_k3v7q2m5x4ta.zip"]
    heads = ", ".join(f"'attachment; filename={name}'" for name in names)
    script = (
        "head <- function(told) httr2::response(headers = list('Content-Disposition' = told)); "
        f"cat(jsonlite::toJSON(lapply(c({heads}), function(told) .bt_given_name(head(told), 'k3v7q2m5x4ta')), "
        "auto_unbox = TRUE, null = 'null'))"
    )
    assert told(script.replace("{", "{{").replace("}", "}}")) == [None, None, None, "North_7_k3v7q2m5x4ta.zip"]


def test_a_portal_that_gives_no_name_has_the_label() -> None:
    assert BundleName(Path("out"), "k3v7q2m5x4ta", "007").of({}) == Path("out/007_k3v7q2m5x4ta.zip")
