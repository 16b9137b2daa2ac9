"""`btportal submit`, `status`, `download` and `close`: the client `bttoxin` in a terminal.

Results go to stdout, everything else to stderr.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from portal.cli.genome_lines import ENDED_BADLY, plain, print_lines, record_line
from portal.cli.known_runs import KnownRuns
from portal.cli.refusal import language, said
from portal.cli.remote import (
    DEFAULT_URL,
    LOOK_OUTAGE_S,
    F,
    api_key,
    find_task,
    is_task,
    json_option,
    one_line_errors,
    open_portal,
    url_option,
)
from portal.domain.message import Message
from portal.domain.parameters import PARAMETERS

if TYPE_CHECKING:
    from bttoxin import Portal, Run, RunSummary


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
@click.argument("fasta", nargs=-1, required=True, type=click.Path(path_type=Path))
@url_option
@click.option("--wait", is_flag=True, help="Wait for the results and download the bundles.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder of the bundles.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="Folder of the run's journal.")
@click.option("--new", is_flag=True, help="Send everything again, also what the same command sent before.")
@click.option("--label", default="", help="Name of the submission.")
@click.option("--notify-mail", metavar="ADDRESS", help="Mail this address when all genomes have ended.")
@click.option("--notify-webhook", metavar="URL", help="Call this address when all genomes have ended.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of reports.")
@json_option
@_parameter_options
@one_line_errors
def submit(
    fasta: tuple[Path, ...],
    url: str | None,
    wait: bool,
    out: Path,
    into: Path | None,
    new: bool,
    label: str,
    notify_mail: str | None,
    notify_webhook: str | None,
    lang: Literal["en", "zh"],
    as_json: bool,
    **given: Any,
) -> None:
    """Submit genomes (files, also gzip-compressed, or folders) and print a line for each.

    A file that cannot be read, is empty or damaged, or that the portal refuses, does not block the others: its line
    says why. Repeating the command resumes where the last one ended, however it ended, and sends nothing twice. Exit
    code 1 if any file is refused or, with --wait, fails.
    """
    from bttoxin import Portal

    url = (url or DEFAULT_URL).rstrip("/")
    parameters = {name: value for name, value in given.items() if value is not None}
    if into is not None and new and into.exists():
        raise click.UsageError(said(Message("command.new_needs_folder")))
    # Whom to notify is not among the options that name a run: the same genomes are not sent twice for it.
    options = {"label": label, "lang": lang, "parameters": parameters}
    asked = {"mail": notify_mail, "webhook": notify_webhook}
    notify = {channel: address for channel, address in asked.items() if address}
    folder = into or KnownRuns().folder(url, fasta, options, new=new)
    with Portal(url, api_key=api_key(), lang=language()) as portal:
        run = portal.submit(fasta, into=folder, label=label or None, lang=lang, notify=notify, **parameters)
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
@url_option
@json_option
@one_line_errors
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
    with open_portal(known, url, LOOK_OUTAGE_S) as portal:
        if is_task(known, name):
            task = find_task(portal, known, name)
            record = task.record()
            if not as_json:
                click.echo(record_line(record, task.annotations()["name"]))
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
@url_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder of the bundles.")
@json_option
@one_line_errors
def download(what: tuple[str, ...], url: str | None, out: Path, as_json: bool) -> None:
    """Download bundles, named as the strains are called at the portal, and print their paths.

    WHAT is the id of a task or submission, or the folder of a run (all completed genomes). Complete files are not
    fetched again; partial ones are resumed.
    """
    saved = []
    for name in what:
        known = KnownRuns().find(name)
        with open_portal(known, url) as portal:
            portal.about()  # a wrong address is reported at once; a portal that goes away later is waited for
            for path in _bundles(portal, known, name, out):
                saved.append(str(path.absolute()))
                if not as_json:
                    click.echo(saved[-1])
    if as_json:
        _print_json(saved)


def _bundles(portal: Portal, known: RunSummary | None, name: str, out: Path) -> list[Path]:
    if not is_task(known, name):
        assert known is not None
        return portal.open(known.folder).bundles(out)
    task = find_task(portal, known, name)
    out.mkdir(parents=True, exist_ok=True)
    return [task.bundle(out)]


@click.command()
@click.argument("what")
@url_option
@json_option
@one_line_errors
def close(what: str, url: str | None, as_json: bool) -> None:
    """Close a run without the genomes that have not arrived, and print their labels, one per line.

    WHAT is the id of a submission, or the folder of a run. The run is then complete without them, and a genome that
    comes later is refused; this cannot be undone. Repeating the command prints the same.
    """
    known = KnownRuns().find(what)
    if known is None or is_task(known, what):
        raise click.ClickException(said(Message("command.no_run", name=what)))
    with open_portal(known, url) as portal:
        missing = portal.open(known.folder).close()
    if as_json:
        _print_json({"missing": missing})
        return
    for label in missing:
        click.echo(plain(label))
