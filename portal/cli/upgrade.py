"""`btportal upgrade`: another version of the portal, checked first, and the way back."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portal.cli.env_file import read_variables
from portal.cli.owner import require_owner
from portal.cli.refusal import described, errors_for_people, said
from portal.config import read_settings
from portal.domain.message import Message
from portal.files.taskdir import PortalDir

if TYPE_CHECKING:
    from portal.upkeep.releases import Releases

_FOLDER = click.Path(file_okay=False, path_type=Path)
_RESTART = "systemctl restart bttoxin-web bttoxin-poller"


@click.command()
@click.option(
    "--check", "to_check", metavar="SOURCE", help="Check a version: the path of a wheel, or what pip installs."
)
@click.option("--run", "to_run", metavar="SOURCE", help="Check a version and, if nothing fails, change over to it.")
@click.option("--back", is_flag=True, help="Return to the release that was used before.")
@click.option("--backup", type=_FOLDER, help="With --run: back up into a new folder below this one first.")
@click.option("--prefix", type=_FOLDER, help="Folder that holds the releases.  [default: that of this one]")
@click.option(
    "--env-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Settings of the services."
)
@click.option("--jobs-dir", type=_FOLDER, help="Folder of the tasks.  [default: JOBS_DIR]")
@click.option("--folder-format", type=int, hidden=True, help="Convert JOBS_DIR to this format, and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def upgrade(
    to_check: str | None,
    to_run: str | None,
    back: bool,
    backup: Path | None,
    prefix: Path | None,
    env_file: Path | None,
    jobs_dir: Path | None,
    folder_format: int | None,
    as_json: bool,
) -> None:
    """Check and use another version of the portal, or return to the one before. Without an option: list the releases.

    A new version is installed beside the one in use. Running tasks end with the code that they began with.
    """
    from portal.upkeep.releases import Releases, own_environment
    from portal.upkeep.upgrade import CheckState, Upgrade

    if sum((to_check is not None, to_run is not None, back)) > 1:
        raise click.UsageError(said(Message("upgrade.one_of")))
    jobs = PortalDir((jobs_dir or read_settings(read_variables(env_file)).JOBS_DIR).absolute())
    if folder_format is not None:
        _walk(jobs, folder_format)
        return
    releases = Releases(prefix.absolute()) if prefix else Releases.around(own_environment())
    work = Upgrade(releases, jobs, env_file)
    with errors_for_people():
        if back:
            _tell_use(work.back().name, as_json)
            return
        source = to_run or to_check
        if source is None:
            _list(releases, as_json)
            return
        # A path is one of the caller's folder; pip runs elsewhere.
        source = str(Path(source).resolve()) if Path(source).exists() else source
        new = releases.install(source, datetime.now(UTC))
        used = False
        try:
            findings = list(work.check(new))
            failed = any(finding.state is CheckState.FAIL for finding in findings)
            lines = [{"state": str(finding.state), **described(finding.message)} for finding in findings]
            if to_run and not failed:
                work.run(new, backup=backup)
                used = True
        finally:
            if not used:
                releases.remove(new)
    _tell_findings(lines, new.name if used else None, as_json)
    if failed:
        sys.exit(1)


def _walk(jobs: PortalDir, number: int) -> None:
    from portal.upkeep.steps import walk

    require_owner(jobs.jobs)
    walk(jobs, number)


def _list(releases: Releases, as_json: bool) -> None:
    rows = []
    for release in releases:
        use = "current" if release == releases.current else "previous" if release == releases.previous else ""
        rows.append({"name": release.name, "version": release.about().version, "use": use})
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif not rows:
        click.echo(said(Message("upgrade.no_releases", path=str(releases.prefix))))
    else:
        for row in rows:
            click.echo(f"{row['name']:<20}{row['version']:<16}{row['use']}".rstrip())


def _tell_findings(lines: list[dict[str, Any]], used: str | None, as_json: bool) -> None:
    if as_json:
        restart = _RESTART if used else None
        click.echo(json.dumps({"findings": lines, "current": used, "restart": restart}, ensure_ascii=False, indent=2))
        return
    for line in lines:
        click.echo(f"{line['state']:<6}{line['message']}")
    if used:
        _tell_use(used, as_json)


def _tell_use(name: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"current": name, "restart": _RESTART}, indent=2))
    else:
        click.echo(said(Message("upgrade.in_use", name=name, command=_RESTART)))
