"""What the commands on a portal elsewhere have in common: address, keys, errors, and how runs and tasks are found."""

from __future__ import annotations

import errno
import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from portal.cli.refusal import language, said
from portal.domain.message import Message

if TYPE_CHECKING:
    from bttoxin import Portal, RunSummary, Task

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_URL = "http://127.0.0.1:8000"
INTERRUPTED = 130  # the shell's convention
LOOK_OUTAGE_S = 15.0  # read-only commands do not wait for a portal to come back


def url_option(command: F) -> F:
    return click.option("--url", envvar="BTPORTAL_URL", help=f"Address of the portal.  [default: {DEFAULT_URL}]")(
        command
    )


def api_key() -> str | None:
    """Return the API key of the environment; as an option it would stand in every list of processes."""
    return os.environ.get("BTPORTAL_API_KEY", "").strip() or None


def json_option(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def one_line_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Turn client errors into one line, and handle Ctrl-C."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        from bttoxin import BtToxinError

        try:
            command(*arguments, **options)
        except KeyboardInterrupt:
            click.echo("\n" + said(Message("command.interrupted")), err=True)
            raise SystemExit(INTERRUPTED) from None
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader of the pipe has closed it; click exits quietly
                raise
            raise click.ClickException(str(error)) from None
        except (BtToxinError, ValueError) as error:
            raise click.ClickException(str(error)) from None

    return run


def open_portal(known: RunSummary | None, url: str | None, outage_s: float = 3600.0) -> Portal:
    from bttoxin import Portal

    address = known.url if known else url or DEFAULT_URL
    return Portal(address, api_key=api_key(), outage_s=outage_s, lang=language())


def is_task(known: RunSummary | None, name: str) -> bool:
    return known is None or any(name == task_id for _, task_id in known.tasks)


def find_task(portal: Portal, known: RunSummary | None, name: str) -> Task:
    """Return a task; the token comes from the environment first, since a command line is visible to everyone."""
    if token := os.environ.get("BTPORTAL_TOKEN"):
        return portal.task(name, token)
    if known is None and api_key():  # a person's own task needs no token
        return portal.task(name, "")
    if known is None:
        raise click.ClickException(said(Message("command.no_token", name=name)))
    return portal.open(known.folder).task(name)
