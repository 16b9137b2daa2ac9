"""`btportal submit`, `status` and `download`: the client `bttoxin` in a terminal.

Results go to stdout, everything else to stderr.
"""

from __future__ import annotations

import errno
import functools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from portal.cli.genome_lines import ENDED_BADLY, print_lines, record_line
from portal.cli.known_runs import KnownRuns
from portal.cli.refusal import language, said
from portal.domain.message import Message
from portal.domain.parameters import PARAMETERS

if TYPE_CHECKING:
    from bttoxin import Portal, Run, RunSummary, Task

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_URL = "http://127.0.0.1:8000"
_INTERRUPTED = 130  # the shell's convention
_LOOK_OUTAGE_S = 15.0  # read-only commands do not wait for a portal to come back


def _url_option(command: F) -> F:
    return click.option("--url", envvar="BTPORTAL_URL", help=f"Address of the portal.  [default: {DEFAULT_URL}]")(
        command
    )


def _api_key() -> str | None:
    """Return the API key of the environment; as an option it would stand in every list of processes."""
    return os.environ.get("BTPORTAL_API_KEY", "").strip() or None


def _json_option(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


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


def _told(command: Callable[..., None]) -> Callable[..., None]:
    """Turn client errors into one line, and handle Ctrl-C."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        from bttoxin import BtToxinError

        try:
            command(*arguments, **options)
        except KeyboardInterrupt:
            click.echo("\n" + said(Message("command.interrupted")), err=True)
            raise SystemExit(_INTERRUPTED) from None
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader of the pipe has closed it; click exits quietly
                raise
            raise click.ClickException(str(error)) from None
        except (BtToxinError, ValueError) as error:
            raise click.ClickException(str(error)) from None

    return run


@click.command()
@click.argument("fasta", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@_url_option
@click.option("--wait", is_flag=True, help="Wait for the results and download the bundles.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder of the bundles.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Folder of the run's journal.")
@click.option("--new", is_flag=True, help="Send everything again, also what the same command sent before.")
@click.option("--label", default="", help="Name of the submission.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of reports.")
@_json_option
@_parameter_options
@_told
def submit(
    fasta: tuple[Path, ...],
    url: str | None,
    wait: bool,
    out: Path,
    into: Path | None,
    new: bool,
    label: str,
    lang: Literal["en", "zh"],
    as_json: bool,
    **given: Any,
) -> None:
    """Submit genomes (files, also gzip-compressed, or folders) and print a line for each.

    Repeating the command resumes where the last one ended, however it ended, and sends nothing twice. Exit code 1 if
    any genome is refused or, with --wait, fails.
    """
    from bttoxin import Portal

    url = (url or DEFAULT_URL).rstrip("/")
    parameters = {name: value for name, value in given.items() if value is not None}
    if into is not None and new and into.exists():
        raise click.UsageError(said(Message("command.new_needs_folder")))
    options = {"label": label, "lang": lang, "parameters": parameters}
    folder = into or KnownRuns().folder(url, fasta, options, new=new)
    with Portal(url, api_key=_api_key(), lang=language()) as portal:
        run = portal.submit(fasta, into=folder, label=label or None, lang=lang, **parameters)
        saved = _finish(run, out) if wait else {}
        rows = _rows(run, saved)
    _print_run(run, rows, as_json)
    if any(row["status"] in ENDED_BADLY for row in rows):
        raise SystemExit(1)


def _finish(run: Run, out: Path) -> dict[str, Path]:
    """Wait for all genomes and fetch their bundles; return these by task id."""
    run.wait()
    return {path.stem.rpartition("_")[2]: path.absolute() for path in run.bundles(out)}


def _rows(run: Run, saved: dict[str, Path]) -> list[dict[str, Any]]:
    from bttoxin import NotFound

    try:
        rows = run.rows("tasks")
    except NotFound:
        raise click.ClickException(said(Message("command.run_gone", folder=str(run.folder)))) from None
    return [{**row, "bundle": str(saved[row["task_id"]])} if row["task_id"] in saved else row for row in rows]


def _print_run(run: Run, rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        _print_json(_run_fields(run, rows))
    else:
        print_lines(rows)


def _run_fields(run: Run, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"run": str(run.folder.absolute()), "url": run.url, "genomes": rows}


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


@click.command()
@click.argument("what", nargs=-1)
@_url_option
@_json_option
@_told
def status(what: tuple[str, ...], url: str | None, as_json: bool) -> None:
    """Show runs or tasks, one line per genome; without WHAT, all runs known on this machine.

    WHAT is the id of a task or submission, or the folder of a run. Tokens are remembered from `submit`; the token of a
    task submitted elsewhere is read from BTPORTAL_TOKEN. Exit code 1 if a genome failed or was refused.
    """
    if not what:
        _print_known(as_json)
        return
    told, bad = [], False
    for name in what:
        fields, is_bad = _status_of(name, url, as_json)
        told.append(fields)
        bad |= is_bad
    if as_json:
        _print_json(told[0] if len(told) == 1 else told)
    if bad:
        raise SystemExit(1)


def _status_of(name: str, url: str | None, as_json: bool) -> tuple[dict[str, Any], bool]:
    """Print the state of a task or run unless JSON is requested; return it, and whether anything failed."""
    known = KnownRuns().find(name)
    with _portal(known, url, _LOOK_OUTAGE_S) as portal:
        if _is_task(known, name):
            record = _task(portal, known, name).record()
            if not as_json:
                click.echo(record_line(record))
            return record, record["status"] == "failed"
        assert known is not None
        run = portal.open(known.folder)
        rows = _rows(run, {})
    if not as_json:
        print_lines(rows)
    return _run_fields(run, rows), any(row["status"] in ENDED_BADLY for row in rows)


def _print_known(as_json: bool) -> None:
    runs = [
        {"run": str(run.folder), "url": run.url, "submissions": list(run.submissions), "genomes": len(run.tasks)}
        for run in KnownRuns().all()
    ]
    if as_json:
        _print_json(runs)
        return
    for run in runs:
        click.echo(f"{run['run']}\t{run['genomes']} genomes\t{run['url']}")


@click.command()
@click.argument("what", nargs=-1, required=True)
@_url_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder of the bundles.")
@_json_option
@_told
def download(what: tuple[str, ...], url: str | None, out: Path, as_json: bool) -> None:
    """Download bundles and print their paths.

    WHAT is the id of a task or submission, or the folder of a run (all completed genomes). Complete files are not
    fetched again; partial ones are resumed.
    """
    saved = []
    for name in what:
        known = KnownRuns().find(name)
        with _portal(known, url) as portal:
            portal.about()  # a wrong address is reported at once; a portal that goes away later is waited for
            for path in _bundles(portal, known, name, out):
                saved.append(str(path.absolute()))
                if not as_json:
                    click.echo(saved[-1])
    if as_json:
        _print_json(saved)


def _bundles(portal: Portal, known: RunSummary | None, name: str, out: Path) -> list[Path]:
    if not _is_task(known, name):
        assert known is not None
        return portal.open(known.folder).bundles(out)
    task = _task(portal, known, name)
    record = task.record()
    return [task.bundle(out / f"{record['strain']}_{record['task_id']}.zip")]


def _portal(known: RunSummary | None, url: str | None, outage_s: float = 3600.0) -> Portal:
    from bttoxin import Portal

    address = known.url if known else url or DEFAULT_URL
    return Portal(address, api_key=_api_key(), outage_s=outage_s, lang=language())


def _is_task(known: RunSummary | None, name: str) -> bool:
    return known is None or any(name == task_id for _, task_id in known.tasks)


def _task(portal: Portal, known: RunSummary | None, name: str) -> Task:
    """Return a task; the token comes from the environment first, since a command line is visible to everyone."""
    if token := os.environ.get("BTPORTAL_TOKEN"):
        return portal.task(name, token)
    if known is None:
        raise click.ClickException(said(Message("command.no_token", name=name)))
    return portal.open(known.folder).task(name)
