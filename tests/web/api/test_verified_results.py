"""Only what a stage made is served: by size and digest, whatever stands under its name by now."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.domain.status import PipelineStage
from tests.builders import BuiltTask, Site

NAME = "All_Toxins.txt"
Damage = Callable[[Path], object]


def other_content(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-2] + b"X\n")


def other_content_with_the_old_time(path: Path) -> None:
    before = path.stat()
    other_content(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def another_file(path: Path) -> None:
    path.unlink()
    path.symlink_to("/proc/self/environ")


def a_twin(path: Path) -> None:
    """The right content behind a symlink is not the stage's file either: it may be another one a moment later."""
    twin = path.with_name("twin")
    twin.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(twin)


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def another_folder(path: Path) -> None:
    moved = path.parent.rename(path.parent.with_name("moved"))
    path.parent.symlink_to(moved)


DAMAGES: list[Damage] = [
    other_content,
    other_content_with_the_old_time,
    another_file,
    a_twin,
    a_pipe,
    a_folder,
    another_folder,
    lambda path: path.write_bytes(path.read_bytes()[:-1]),
    lambda path: path.write_bytes(path.read_bytes() + b"more\n"),
    Path.unlink,
]


def out(site: Site, built: BuiltTask) -> Path:
    return site.portal.task(built.task_id).attempt(1).stage(PipelineStage.DIGGER).out


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("seen", [False, True], ids=["unseen", "seen"])
def test_what_is_not_what_the_stage_made_is_not_served(
    site: Site, client: FlaskClient, damage: Damage, seen: bool
) -> None:
    built = site.task()
    address = f"/api/tasks/{built.task_id}/results/{NAME}"
    if seen:
        assert client.get(address, headers=built.bearer).status_code == 200
    damage(out(site, built) / NAME)
    answer = client.get(address, headers=built.bearer)
    assert answer.status_code == 503
    assert "environ" not in answer.text
    others = client.get(f"/api/tasks/{built.task_id}/results/bundle.zip", headers=built.bearer)
    assert others.status_code == 200, "the other files are as good as before"


def test_a_range_of_a_verified_file_is_the_file_s(site: Site, client: FlaskClient) -> None:
    built = site.task()
    whole = (out(site, built) / NAME).read_bytes()
    address = f"/api/tasks/{built.task_id}/results/{NAME}"
    part = client.get(address, headers={**built.bearer, "Range": "bytes=3-9"})
    assert (part.status_code, part.data) == (206, whole[3:10])
    assert part.headers["Content-Range"] == f"bytes 3-9/{len(whole)}"
    assert client.get(address, headers=built.bearer).content_length == len(whole)


def test_json_results_are_verified_too(site: Site, client: FlaskClient) -> None:
    built = site.task()
    path = out(site, built) / "toxins.json"
    path.write_bytes(path.read_bytes().replace(b"Cry", b"Xyz"))
    assert client.get(f"/api/tasks/{built.task_id}/results", headers=built.bearer).status_code == 503


def test_a_log_that_leads_elsewhere_shows_nothing(site: Site, client: FlaskClient) -> None:
    built = site.task()
    log = site.portal.task(built.task_id).attempt(1).stage(PipelineStage.DIGGER).log
    log.unlink()
    log.symlink_to("/proc/self/environ")
    answer = client.get(f"/api/tasks/{built.task_id}/log?stage=digger", headers=built.bearer)
    assert (answer.status_code, answer.text) == (200, "")
    log.unlink()
    os.mkfifo(log)
    assert client.get(f"/api/tasks/{built.task_id}/log?stage=digger", headers=built.bearer).text == ""
