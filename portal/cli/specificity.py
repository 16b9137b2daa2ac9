"""`btportal specificity ...`: the table of specificity facts and its bibliography: check, build, survey, cite."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portal.cli.refusal import errors_for_people, said
from portal.cli.shoter import FILE, table_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.pipeline.shoter.specificity.facts import Fact


@click.group()
def specificity() -> None:
    """Check, build, survey and cite the table of specificity facts."""


@specificity.command("check")
@click.argument("table", type=FILE, required=False)
def check_table(table: Path | None) -> None:
    """List all problems of a specificity CSV and its bibliography; exit code 1 if there are any."""
    from portal.pipeline.shoter.specificity.bibliography import check_links, gaps, path_beside, read_bibliography
    from portal.pipeline.shoter.specificity.checks import grade_problems
    from portal.pipeline.shoter.specificity.table import SHIPPED_TABLE, load_table, read_facts

    path = table or SHIPPED_TABLE
    references = path_beside(path)
    with errors_for_people():
        facts, problems = read_facts(path.read_bytes())
        sources, of_sources = read_bibliography(references.read_bytes()) if references.is_file() else ({}, [])
        problems = [*problems, *grade_problems(facts), *check_links(facts, sources)]
        problems.sort(key=lambda problem: problem.line)
    for name, found in ((references.name, of_sources), (path.name, problems)):
        for problem in found:
            click.echo(f"{name}: line {problem.line}: {said(problem.message)}", err=True)
    if problems or of_sources or not facts:
        click.echo(f"{len(problems) + len(of_sources)} problems, {len(facts)} facts could be read", err=True)
        sys.exit(1)
    with errors_for_people():
        load_table(path)
    _echo_survey(facts)
    if sources:
        missing = ", ".join(f"{number} without {name}" for name, number in gaps(sources.values()).most_common())
        click.echo(f"{len(sources)} sources; {missing or 'none lacks a field'}")


@specificity.command("build")
@click.argument("sources", type=FILE, nargs=-1, required=True)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The CSV to write or replace."
)
@click.option("--name", required=True, help="Name of the table, for every output.")
@click.option("--version", required=True, help="Version of the table, for every output.")
@click.option("--extend", is_flag=True, help="Add to the table that comes with the portal instead of replacing it.")
@click.option("--read-at", metavar="URL", help="Address at which the rows of an export were read, for those without.")
def build_table(
    sources: tuple[Path, ...], out: Path, name: str, version: str, extend: bool, read_at: str | None
) -> None:
    """Check SOURCES (any header, also BPPRC exports) and write them as one table.

    The first source is the base (with --extend: the shipped table). From each further one, new claims are added,
    repeated claims of the same source are left out, and unread records that it confirms are marked as read. A
    bibliography beside the base is included. If a file has a problem, nothing is written, and an existing table stays
    in use.
    """
    from portal.pipeline.shoter.specificity.bibliography import path_beside
    from portal.pipeline.shoter.specificity.merge import take_in
    from portal.pipeline.shoter.specificity.table import SHIPPED_TABLE, load_table, table_from_bytes
    from portal.pipeline.shoter.specificity.write import install_table, table_bytes

    with errors_for_people():
        first = None if extend else sources[0]
        references = path_beside(first or SHIPPED_TABLE)
        bibliography = references.read_bytes() if references.is_file() else b""
        facts: Sequence[Fact] = list(load_table(first).facts)
        for source in sources if extend else sources[1:]:
            further = table_from_bytes(source.read_bytes(), name=name, version=version).facts
            merged = take_in(facts, (replace(fact, url=fact.url or read_at) for fact in further))
            facts = merged.facts
            for line in merged.lines():
                click.echo(f"{source.name}: {line}")
        facts = [fact.lowered() for fact in facts]
        content = table_bytes(facts)
        table = table_from_bytes(content, name=name, version=version, bibliography=bibliography)
        digest = install_table(
            out,
            content,
            name=name,
            version=version,
            facts=len(facts),
            bibliography=bibliography,
            sources=len(table.sources),
        )
    click.echo(f"{out}: {name} {version}, SHA-256 {digest}")
    _echo_survey(facts)


@specificity.command("coverage")
@click.argument("reference_fasta", type=FILE)
@table_option
def show_coverage(reference_fasta: Path, table: Path | None) -> None:
    """Show for how many proteins of a reference FASTA the table has records of their own or of relatives."""
    from portal.pipeline.digger.reader import check_fasta, read_fasta
    from portal.pipeline.shoter.specificity.survey import coverage_of
    from portal.pipeline.shoter.specificity.table import load_table

    with errors_for_people():
        specificity_table = load_table(table)
        check_fasta(reference_fasta, "prot")
        names = [record.name for record in read_fasta(reference_fasta)]
    found = coverage_of(names, specificity_table.facts)
    click.echo(
        f"{specificity_table.name} {specificity_table.version}: {found.proteins} proteins in {reference_fasta.name}"
    )
    for text, number in found.rows():
        click.echo(f"{number:6d}  {100 * number / max(1, found.proteins):5.1f} %  {text}")
    if found.families_without:
        click.echo(f"families without any record: {', '.join(found.families_without)}")


@specificity.command("references")
@table_option
@click.option(
    "--format",
    "kind",
    type=click.Choice(["csl", "bibtex", "ris"]),
    default="csl",
    show_default=True,
    help="CSL-JSON, BibTeX or RIS.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write here instead of to the terminal.")
@click.option("--incomplete", is_flag=True, help="List the sources that lack a field, and which, instead.")
def export_references(table: Path | None, kind: str, out: Path | None, incomplete: bool) -> None:
    """Write the bibliography of a table as CSL-JSON, BibTeX or RIS."""
    from portal.files.atomic import write_bytes
    from portal.pipeline.shoter.specificity.table import load_table
    from portal.results.citations import FORMATS

    with errors_for_people():
        sources = load_table(table).sources.values()
        if incomplete:
            lacking = [source for source in sources if source.missing]
            rows = [(source.source_id, ",".join(source.missing), source.citation) for source in lacking]
            text = "".join("\t".join(row) + "\n" for row in rows)
        else:
            text = FORMATS[kind][1](sources)
        if out:
            write_bytes(out, text.encode())
            click.echo(f"{out}: {len(sources)} sources")
        else:
            click.echo(text, nl=False)


def _echo_survey(facts: Sequence[Fact]) -> None:
    unread = sum(fact.unverified for fact in facts)
    orders = sorted({fact.order for fact in facts})
    toxins = {fact.toxin for fact in facts}
    click.echo(
        f"{len(facts)} facts on {len(toxins)} toxins and {len(orders)} targets; "
        f"{unread} ({100 * unread / max(1, len(facts)):.1f} %) unverified"
    )
    grades = Counter(fact.strength for fact in facts)
    click.echo(", ".join(f"{grade}: {grades[grade]}" for grade in sorted(grades)))
