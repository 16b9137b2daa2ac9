"""Backups: whole, verified by standard tools, put back elsewhere with all tokens; what is damaged is told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.upkeep import backup, fsck, restore, verify_backup
from portal.config import read_settings
from portal.domain.errors import Conflict, CorruptRecord
from portal.domain.status import TaskStatus
from portal.files.site import Installation, why_not_ours
from portal.files.taskdir import PortalDir
from portal.storage.file import FileTaskStore
from portal.upkeep import backup as backups
from portal.upkeep.fsck import check_folder
from tests.builders import Site, make_site

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = make_site(tmp_path / "jobs", PORTAL_SECRET="")
    for status in (TaskStatus.COMPLETED, TaskStatus.RUNNING, TaskStatus.FAILED, TaskStatus.PENDING):
        site.task(status)
    return site


def _problems(folder: Path) -> list[str]:
    return [message.code for message in backups.verify_backup(folder)]


def _findings(jobs: Path) -> list[tuple[str, str]]:
    portal = PortalDir(jobs)
    return [(finding.task_id, finding.message.code) for finding in check_folder(portal, FileTaskStore(portal))]


def test_what_is_restored_is_what_was_backed_up_and_every_token_opens(site: Site, tmp_path: Path) -> None:
    done = site.task(TaskStatus.COMPLETED)
    written = f"/api/tasks/{done.task_id}/annotations"
    headers = done.bearer | {"If-Match": "*"}
    assert site.app.test_client().put(written, json={"note": "kept"}, headers=headers).status_code == 200
    made, about = backups.make_backup(site.portal, tmp_path / "backups", NOW)
    assert (about.tasks, about.linked) == (5, 0)
    checked = subprocess.run(
        ["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"], cwd=made, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, b"")
    _, installation = backups.restore(made, tmp_path / "elsewhere")
    assert installation.site_id != about.site_id
    assert installation.former == (about.site_id,)
    assert why_not_ours(PortalDir(tmp_path / "elsewhere")) is None
    again = make_site(tmp_path / "elsewhere", PORTAL_SECRET="")
    assert again.app.test_client().get(f"/api/tasks/{done.task_id}", headers=done.bearer).status_code == 200
    restored = again.app.test_client().get(written, headers=done.bearer).get_json()
    assert (restored["note"], restored["revision"]) == ("kept", 1)
    assert (tmp_path / "elsewhere/.portal/secret").stat().st_mode & 0o777 == 0o600
    assert _findings(tmp_path / "elsewhere") == []
    # The original is as it was.
    assert Installation.read(site.portal).site_id == about.site_id


def test_the_next_backup_shares_what_has_not_changed_and_stands_by_itself(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    first, _ = backups.make_backup(site.portal, folder, NOW)
    changed = site.task(TaskStatus.COMPLETED)
    second, about = backups.make_backup(site.portal, folder, NOW + timedelta(hours=1))
    assert about.linked > 20
    assert (second / "jobs" / changed.task_id).is_dir()
    shutil.rmtree(first)
    assert _problems(second) == []


def test_a_task_that_goes_while_it_is_copied_is_left_out_whole(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = site.task(TaskStatus.COMPLETED)
    take = backups._Copy.take

    def take_and_lose(copy: backups._Copy, path: Path) -> None:
        take(copy, path)
        if path == site.portal.task(going.task_id).request:
            shutil.rmtree(site.portal.task(going.task_id).path)

    monkeypatch.setattr(backups._Copy, "take", take_and_lose)
    made, about = backups.make_backup(site.portal, tmp_path / "backups", NOW)
    assert about.tasks == 4
    assert not (made / "jobs" / going.task_id).exists()
    assert _problems(made) == []


def test_nothing_is_followed_out_of_the_folder(site: Site, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("secret of another")
    task = site.portal.task(site.task().task_id)
    (task.path / "link").symlink_to(tmp_path / "other")
    (task.path / "folder").symlink_to("/etc")
    os.mkfifo(task.path / "pipe")
    made, _ = backups.make_backup(site.portal, tmp_path / "backups", NOW)
    there = {path.name for path in (made / "jobs" / task.path.name).iterdir()}
    assert there.isdisjoint({"link", "folder", "pipe"})


def test_a_backup_that_fails_leaves_nothing(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "write_document", fail)
    with pytest.raises(OSError, match="No space"):
        backups.make_backup(site.portal, tmp_path / "backups", NOW)
    assert list((tmp_path / "backups").iterdir()) == []
    with pytest.raises(Conflict, match="within JOBS_DIR"):
        backups.make_backup(site.portal, site.portal.own / "backups", NOW)


def test_damage_of_a_backup_is_named_and_nothing_of_it_is_restored(site: Site, tmp_path: Path) -> None:
    made, _ = backups.make_backup(site.portal, tmp_path / "backups", NOW)
    genome = next((made / "jobs").glob("*/input/genome.fna"))
    genome.write_bytes(genome.read_bytes()[::-1])
    next((made / "jobs").glob("*/request.json")).unlink()
    (made / "jobs" / "planted").symlink_to("/etc/passwd")
    assert sorted(_problems(made)) == ["backup.changed", "backup.missing", "backup.unnamed"]
    with pytest.raises(CorruptRecord):
        backups.restore(made, tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()
    (made / "SHA256SUMS").write_text(f"{'0' * 64}  jobs/../../../etc/passwd\n")
    with pytest.raises(CorruptRecord):
        backups.verify_backup(made)
    (made / "backup.json").unlink()
    with pytest.raises(Conflict, match="no backup"):
        backups.restore(made, tmp_path / "elsewhere")


def test_a_folder_with_something_in_it_is_not_restored_into(site: Site, tmp_path: Path) -> None:
    made, _ = backups.make_backup(site.portal, tmp_path / "backups", NOW)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    with pytest.raises(Conflict, match="not empty"):
        backups.restore(made, tmp_path / "full")
    assert (tmp_path / "full" / "a").exists()


def test_fsck_finds_each_kind_of_damage(site: Site) -> None:
    done, other = site.task(TaskStatus.COMPLETED), site.task(TaskStatus.COMPLETED)
    assert _findings(site.portal.jobs) == []
    folder = site.portal.task(done.task_id)
    folder.genome.write_bytes(b">a\nA\n")
    result = next(folder.path.glob("attempts/1/shoter/out/*"))
    result.write_bytes(b"x" * result.stat().st_size)
    site.portal.task(other.task_id).meta.write_text("{")
    (site.portal.jobs / "stranger").mkdir()
    assert sorted(_findings(site.portal.jobs)) == sorted(
        [
            ("", "fsck.stranger"),
            (done.task_id, "record.changed"),
            (done.task_id, "record.changed"),
            (other.task_id, "record.unreadable"),
        ]
    )


def test_the_commands(site: Site, tmp_path: Path) -> None:
    run = CliRunner().invoke
    jobs = str(site.portal.jobs)
    made = json.loads(run(backup, [str(tmp_path / "b"), "--jobs-dir", jobs, "--json"]).output)
    assert made["tasks"] == 4
    assert "all" in run(verify_backup, [made["path"]]).output
    put = json.loads(run(restore, [made["path"], "--jobs-dir", str(tmp_path / "r"), "--json"]).output)
    assert put["tasks"] == 4
    clean = run(fsck, ["--jobs-dir", str(tmp_path / "r")])
    assert (clean.exit_code, clean.output) == (0, "all 4 tasks are whole\n")
    next((tmp_path / "r").glob("*/input/genome.fna")).unlink()
    found = run(fsck, ["--jobs-dir", str(tmp_path / "r"), "--json"])
    assert found.exit_code == 1
    assert [line["code"] for line in json.loads(found.output)] == ["fsck.missing"]
    assert read_settings({"JOBS_DIR": jobs}).JOBS_DIR == site.portal.jobs


def test_a_place_that_takes_no_backup_is_told_in_one_line(site: Site) -> None:
    command = [sys.executable, "-m", "portal.cli", "backup", "/proc/nowhere", "--jobs-dir", str(site.portal.jobs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: /proc/nowhere cannot be used: no such file or folder\n"
