"""`btportal annotate`: write names, tags, notes and metadata of genomes from a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO

import click

from portal.cli.known_runs import KnownRuns
from portal.cli.refusal import said
from portal.cli.remote import find_task, is_task, json_option, one_line_errors, open_portal, url_option
from portal.domain.message import Message


@click.command()
@click.argument("what")
@click.argument("table", type=click.File("rb"))
@url_option
@click.option("--replace", is_flag=True, help="Write over other text that is there already.")
@click.option("--encoding", help="Encoding of the table, such as gbk or windows-1252.  [default: utf-8]")
@json_option
@one_line_errors
def annotate(what: str, table: IO[bytes], url: str | None, replace: bool, encoding: str | None, as_json: bool) -> None:
    """Write names, tags, notes and metadata of genomes from a CSV file, and print how many genomes changed.

    WHAT is the id of a task or submission, or the folder of a run; TABLE a file, or - for stdin. Its columns are label
    or task_id, then name, tags, note, and any others as metadata; for a single task it has one row, also without
    label. An empty cell empties. All rows are written or none, and repeating the command changes nothing.
    """
    from bttoxin import AlreadyWritten
    from bttoxin.annotation_files import annotation_rows

    rows = annotation_rows(table.read(), encoding)
    try:
        changed = _write(what, rows, url, replace=replace)
    except AlreadyWritten as error:
        raise click.ClickException(said(_already_written(error.label, error.columns, error.is_outdated))) from None
    if as_json:
        click.echo(json.dumps({"changed": changed}))
    else:
        click.echo(said(Message("command.annotated", count=changed)))


def _write(what: str, rows: list[dict[str, str]], url: str | None, *, replace: bool) -> int:
    known = KnownRuns().find(what)
    with open_portal(known, url) as portal:
        portal.about()  # a wrong address is reported at once
        if not is_task(known, what):
            assert known is not None
            return portal.open(known.folder).annotate(rows, replace=replace)
        return int(find_task(portal, known, what).annotate(_only(rows), replace=replace))


def _only(rows: list[dict[str, str]]) -> Mapping[str, str]:
    if len(rows) != 1:
        raise click.ClickException(said(Message("command.one_row", count=len(rows))))
    return rows[0]


def _already_written(label: str, columns: tuple[str, ...], is_outdated: bool) -> Message:
    names = ", ".join(columns)
    if is_outdated:
        return Message("command.annotation_outdated", label=label, columns=names)
    return Message("command.already_annotated", label=label, columns=names)
