"""`btportal evidence`: the records behind scores, filtered, as a table or a bibliography."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from portal.cli.refusal import errors_for_people
from portal.cli.results import FOLDER, stage_folders

_FORMATS = ("tsv", "csv", "json", "csl", "bibtex", "ris")


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--toxin", default="", help="Beginning of a name: of the record's toxin or of the strain's.")
@click.option(
    "--species",
    multiple=True,
    help="A whole scientific name (then also records of its genus and groups), or part of the name of a species "
    "(Latin, English, Chinese) or order; may be repeated.",
)
@click.option("--grade", default="ABC", show_default=True, help="Grades, such as AB.")
@click.option(
    "--read",
    type=click.Choice(["any", "text", "row", "title", "no"]),
    default="any",
    show_default=True,
    help="What was read: text (publication), row (a row of another table), title, no (source not checked).",
)
@click.option(
    "--format",
    "wanted",
    type=click.Choice(_FORMATS),
    default="tsv",
    show_default=True,
    help="tsv, csv, json: a row per record; csl, bibtex, ris: the publications.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write here instead of the screen.")
def evidence(
    folder: Path,
    toxin: str,
    species: tuple[str, ...],
    grade: str,
    read: str,
    wanted: str,
    out: Path | None,
) -> None:
    """Show the records behind the scores of the results in DIR, or the publications that they cite."""
    from portal.files.atomic import write_bytes
    from portal.results.citations import FORMATS as CITATIONS
    from portal.results.codec import to_json
    from portal.results.evidence_table import COLUMNS, EvidenceFilter, evidence_of, filtered, merged, table_rows
    from portal.results.reading import read_results
    from portal.results.toxin_table import as_csv, as_tsv

    with errors_for_people():
        results = read_results(*stage_folders(folder))
        whole = evidence_of(results.scores)
        reading = "" if read == "any" else read
        found = merged(filtered(whole, EvidenceFilter(toxin, name, grade, reading)) for name in species or ("",))
        if wanted in CITATIONS:
            text = CITATIONS[wanted][1](found.sources.values())
        elif wanted == "json":
            text = to_json(found, indent=True).decode()
        else:
            text = {"csv": as_csv, "tsv": as_tsv}[wanted](table_rows(found), COLUMNS)
        if out:
            write_bytes(out, text.encode())
            click.echo(f"{len(found.rows)} of {len(whole.rows)} records, {len(found.sources)} publications: {out}")
        else:
            sys.stdout.write(text)
