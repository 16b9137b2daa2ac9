"""Only the user that the portal runs as may run what writes into JOBS_DIR: files of another owner would stop it."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import click

from portal.cli.refusal import said
from portal.domain.message import Message
from portal.files.taskdir import PortalDir


def require_owner(jobs_dir: Path) -> None:
    """Raise click.ClickException, before anything is written, where `.portal` below a job folder is another user's."""
    try:
        owner = PortalDir(jobs_dir).own.stat().st_uid
    except OSError:
        return  # nothing there yet, or nothing that this user may see: what follows says so
    if owner != os.geteuid():
        raise click.ClickException(said(Message("command.other_user", folder=str(jobs_dir), user=_name_of(owner))))


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
