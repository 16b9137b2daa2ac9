"""`btportal backup`, `verify-backup`, `restore` and `fsck`: JOBS_DIR as a whole."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from portal.cli.owner import require_owner
from portal.cli.refusal import described, said
from portal.config import read_settings
from portal.domain.message import Message
from portal.files.taskdir import PortalDir

_FOLDER = click.Path(file_okay=False, path_type=Path)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _jobs(value: Path | None) -> PortalDir:
    return PortalDir((value or read_settings().JOBS_DIR).absolute())


def _tell(as_json: bool, facts: dict[str, Any], line: str) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False, indent=2) if as_json else line)


@click.command()
@click.argument("folder", type=_FOLDER)
@click.option("--jobs-dir", type=_FOLDER, help="Folder of the tasks.  [default: JOBS_DIR]")
@click.option("--without-references", is_flag=True, help="Leave out the toxin references, which can be fetched again.")
@_json_option
def backup(folder: Path, jobs_dir: Path | None, without_references: bool, as_json: bool) -> None:
    """Back up JOBS_DIR into a new folder below FOLDER, while the portal runs.

    Files unchanged since the newest backup there take no additional space.
    """
    from portal.upkeep.backup import make_backup

    jobs = _jobs(jobs_dir)
    require_owner(jobs.jobs)
    made, about = make_backup(jobs, folder, datetime.now(UTC), references=not without_references)
    facts = {"path": str(made), "tasks": about.tasks, "files": about.files, "linked": about.linked, "bytes": about.size}
    _tell(as_json, facts, said(Message("backup.made", path=str(made), tasks=about.tasks, files=about.files)))


@click.command("verify-backup")
@click.argument("folder", type=_FOLDER)
@_json_option
def verify_backup(folder: Path, as_json: bool) -> None:
    """Check every file of the backup FOLDER against its checksum."""
    from portal.upkeep.backup import Backup
    from portal.upkeep.backup import verify_backup as verify

    problems = verify(folder)
    about = Backup.read(folder)
    if as_json or not problems:
        facts = {"tasks": about.tasks, "files": about.files, "problems": [described(problem) for problem in problems]}
        _tell(as_json, facts, said(Message("backup.sound", files=about.files)))
    else:
        for problem in problems:
            click.echo(said(problem))
    if problems:
        raise SystemExit(1)


@click.command()
@click.argument("folder", type=_FOLDER)
@click.option("--jobs-dir", type=_FOLDER, help="Empty folder to restore into.  [default: JOBS_DIR]")
@_json_option
def restore(folder: Path, jobs_dir: Path | None, as_json: bool) -> None:
    """Restore the backup FOLDER to an empty JOBS_DIR, as a separate installation."""
    from portal.upkeep.backup import restore as put_back

    target = _jobs(jobs_dir).jobs
    about, site = put_back(folder, target)
    facts = {"path": str(target), "site": site.site_id, "tasks": about.tasks, "files": about.files}
    line = said(Message("backup.restored", path=str(target), tasks=about.tasks, site=site.site_id))
    _tell(as_json, facts, line)


@click.command()
@click.option("--jobs-dir", type=_FOLDER, help="Folder of the tasks.  [default: JOBS_DIR]")
@_json_option
def fsck(jobs_dir: Path | None, as_json: bool) -> None:
    """Check all files in JOBS_DIR without changing them. Exit code 1 if anything is wrong."""
    from portal.storage.file import FileTaskStore
    from portal.upkeep.fsck import check_folder

    jobs = _jobs(jobs_dir)
    if not jobs.own.is_dir():
        raise click.ClickException(said(Message("disk.no_portal", path=str(jobs.jobs))))
    findings = list(check_folder(jobs, FileTaskStore(jobs)))
    if as_json:
        lines = [{"task_id": finding.task_id or None, **described(finding.message)} for finding in findings]
        click.echo(json.dumps(lines, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.task_id or '-':<13}{said(finding.message)}")
        if not findings:
            click.echo(said(Message("fsck.clean", tasks=sum(1 for _ in jobs.task_ids()))))
    if findings:
        raise SystemExit(1)
