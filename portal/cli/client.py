"""`btportal submit`, `status` and `download`: the API from a terminal."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from portal.cli.refusal import language, said
from portal.domain.message import Message
from portal.domain.parameters import PARAMETERS

if TYPE_CHECKING:
    from rich.progress import Progress

    from portal.client import PortalClient

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_URL = "http://127.0.0.1:8000"
_WORDS = {"pending": "accepted", "queued": "waiting", "running": "running", "completed": "done", "failed": "failed"}


def _url_option(command: F) -> F:
    return click.option("--url", envvar="BTPORTAL_URL", help=f"Address of the portal.  [default: {DEFAULT_URL}]")(
        command
    )


def _parameter_options(command: F) -> F:
    for parameter in reversed(PARAMETERS):
        name = "--" + parameter.name.replace("_", "-")
        help_text = f"{parameter.description}  [default: {parameter.default}]"
        if parameter.kind == "flag":
            command = click.option(f"{name}/--no-{name[2:]}", parameter.name, default=None, help=help_text)(command)
        else:
            kind = click.Choice(parameter.choices) if parameter.kind == "choice" else click.FloatRange(0, 1)
            command = click.option(name, parameter.name, type=kind, help=help_text)(command)
    return command


@click.command()
@click.argument("fasta", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_url_option
@click.option("--wait", is_flag=True, help="Wait for the results and download the bundles.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder of the bundles.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of reports.")
@_parameter_options
def submit(fasta: tuple[Path, ...], url: str | None, wait: bool, out: Path, lang: str, **given: Any) -> None:
    """Submit genomes to a portal. Exit code 1 when one of them is refused or, with --wait, fails."""
    from portal.cli.token_book import TokenBook
    from portal.client import PortalClient

    url = url or DEFAULT_URL
    fields = {"lang": lang, **{name: _wire(value) for name, value in given.items() if value is not None}}
    if len(fasta) > 1:
        # The queue takes turns between submissions: these belong together.
        fields["submission"] = hashlib.sha256("|".join(map(str, fasta)).encode()).hexdigest()[:16]
    book, good = TokenBook(), True
    with PortalClient(url, lang=language()) as client, _bars() as bars:
        records = [_upload(client, bars, path, fields) for path in fasta]
        for record in filter(None, records):
            book.remember(record["task_id"], url=url, token=record["token"], filename=record["filename"])
            bars.console.print(f"{record['filename']}: task {record['task_id']}", markup=False, highlight=False)
        good = all(records)
        if wait:
            for record in filter(None, records):
                good &= _follow(client, bars, record, out)
    if not good:
        raise SystemExit(1)


@click.command()
@click.argument("task_id")
@_url_option
@click.option("--json", "as_json", is_flag=True, help="Print the whole record as JSON.")
def status(task_id: str, url: str | None, as_json: bool) -> None:
    """Show the state of a task. The token is remembered from `submit`, or taken from BTPORTAL_TOKEN."""
    import json

    from portal.client import PortalClient

    url, token = _access(task_id, url)
    with PortalClient(url, lang=language()) as client:
        record = client.status(task_id, token)
        conclusion = "" if as_json else _conclusion(client, record, token)
    if as_json:
        click.echo(json.dumps(record, ensure_ascii=False, indent=1))
        return
    click.echo(f"{record['filename']}: {_describe(record)}{conclusion}")
    if record["status"] == "failed":
        raise SystemExit(1)


@click.command()
@click.argument("task_id")
@_url_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder of the bundle.")
def download(task_id: str, url: str | None, out: Path) -> None:
    """Download the bundle of a task."""
    from portal.client import PortalClient

    url, token = _access(task_id, url)
    with PortalClient(url, lang=language()) as client, _bars() as bars:
        record = client.status(task_id, token)
        path = _fetch(client, bars, record, token, out)
    click.echo(path.absolute())


def _wire(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _access(task_id: str, url: str | None) -> tuple[str, str]:
    from portal.cli.token_book import TokenBook

    known_url, token = TokenBook().find(task_id)
    if not token:
        raise click.ClickException(said(Message("command.no_token", task_id=task_id)))
    return url or known_url or DEFAULT_URL, token


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    # On stderr, so that what is printed can be piped.
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _upload(client: PortalClient, bars: Progress, path: Path, fields: dict[str, str]) -> dict[str, Any] | None:
    """Send one genome; a refused one is told and does not keep the others."""
    from portal.client import ClientError

    bar = bars.add_task(f"{path.name}: sending", total=path.stat().st_size)
    try:
        record = client.submit(path, fields=fields, on_sent=lambda sent: bars.update(bar, completed=sent))
    except ClientError as error:
        if error.code == 0:
            raise
        bars.update(bar, description=f"{path.name}: refused")
        told = "; ".join(said(text) for texts in error.errors.values() for text in texts) or said(error.message)
        bars.console.print(f"{path.name}: {told}", markup=False, highlight=False)
        return None
    bars.update(bar, description=f"{path.name}: sent")
    return record


def _follow(client: PortalClient, bars: Progress, record: dict[str, Any], out: Path) -> bool:
    """Show a task until it has ended, and fetch its bundle; tell whether it ended well."""
    token = record["token"]
    bar = bars.add_task(f"{record['filename']}: {_WORDS[record['status']]}", total=100)
    last = record
    for last in client.watch(record["task_id"], token):
        bars.update(bar, completed=last["progress"], description=f"{last['filename']}: {_describe(last)}")
    if last["status"] == "failed":
        bars.console.print(f"{last['filename']}: {_describe(last)}", markup=False, highlight=False)
        return False
    path = _fetch(client, bars, last, token, out)
    line = f"{last['filename']}: {_describe(last)}{_conclusion(client, last, token)}"
    bars.console.print(line, markup=False, highlight=False, soft_wrap=True)
    bars.console.print(f"bundle: {path.absolute()}", markup=False, highlight=False, soft_wrap=True)
    return True


def _fetch(client: PortalClient, bars: Progress, record: dict[str, Any], token: str, out: Path) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"{record['strain']}_{record['task_id']}.zip"
    bar = bars.add_task(f"{target.name}: downloading", total=None)
    return client.download(
        record["task_id"], token, target, on_received=lambda got, total: bars.update(bar, completed=got, total=total)
    )


def _conclusion(client: PortalClient, record: dict[str, Any], token: str) -> str:
    """Return what came of a completed task, to be put behind its state."""
    from portal.cli.conclusion import conclusion_of_record, conclusion_of_results, conclusion_text

    if record["status"] != "completed":
        return ""
    conclusion = conclusion_of_record(record) or conclusion_of_results(client.results(record["task_id"], token))
    return f"; {conclusion_text(conclusion)}" if conclusion else ""


def _describe(record: dict[str, Any]) -> str:
    words = _WORDS[record["status"]]
    if record["status"] == "failed":
        return f"{words}: {record['error_message']}" + (f" {record['advice']}" if record["advice"] else "")
    if record["queue_position"]:
        return f"{words}, place {record['queue_position']}"
    if record["status"] == "running":
        return f"{words} {record['current_stage'] or ''}, {record['progress']} %"
    return words
