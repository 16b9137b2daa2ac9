"""The command group, and what its commands share: the permission check, and the choice between text and JSON."""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click

from portal.cli.owner import require_owner
from portal.cli.refusal import said
from portal.domain.message import Message

if TYPE_CHECKING:
    from portal.services.admin import AdminService

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
# A span of days back from now, and one on from now that documents can still hold.
DAYS = click.FloatRange(0, 36_500)
_LONGEST_S = 3650 * 86400

F = TypeVar("F", bound=Callable[..., Any])


@click.group()
def admin() -> None:
    """Inspect and control tasks and the cluster as an operator. Each command has --json for programs."""


def json_option(function: F) -> F:
    """Add --json; the command gets it as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")(function)


def print_json(value: Any) -> None:
    """Print a value with times as ISO 8601 and enums by value."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False, indent=1))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


def service() -> AdminService:
    """Return the service that the commands use.

    Raises:
        click.ClickException: the user is not the portal's user; files of another owner would block the portal.
    """
    from portal.bootstrap import build_admin
    from portal.config import read_settings

    settings = read_settings()
    require_owner(settings.JOBS_DIR)
    return build_admin(settings, by=getpass.getuser())


def seconds_of(span: str) -> float:
    """Return a span such as 90min, 12h or 2d in seconds, ten years at most; raise BadParameter for anything else."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)(s|m|min|h|d)", span, re.ASCII)
    seconds = float(found[1]) * _UNITS[found[2]] if found else _LONGEST_S + 1
    if seconds > _LONGEST_S:
        raise click.BadParameter(said(Message("command.span")))
    return seconds


def days_ago(days: float) -> datetime:
    """Return the time a number of days ago, UTC."""
    return datetime.now(UTC) - timedelta(days=days)
