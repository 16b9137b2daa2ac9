"""`btportal shoter`, `validate` and `specificity ...`: scoring alone, its validation, and the table behind it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from portal.cli.reference import errors_for_people
from portal.pipeline.shoter.parameters import ShoterParameters

if TYPE_CHECKING:
    from portal.pipeline.shoter.specificity.facts import Fact

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_Command = TypeVar("_Command", bound=Callable[..., Any])

table_option = click.option(
    "--table", type=_FILE, help="Specificity CSV; by default the one that comes with the portal."
)


def parameter_options(command: _Command) -> _Command:
    """Add one option per scoring parameter, written with underscores as in Shoter v1, or with dashes."""
    for item in reversed(fields(ShoterParameters)):
        assert item.default is not MISSING
        name, text = item.name, str(item.metadata["text"])
        if isinstance(item.default, bool):
            off = "disallow_unknown_families" if name == "allow_unknown_families" else f"no_{name}"
            switches = [f"--{name}/--{off}", f"--{name}/--{off}".replace("_", "-")]
            option = click.option(*switches, name, default=item.default, show_default=True, help=text)
        else:
            kind = click.INT if isinstance(item.default, int) else click.FLOAT
            switches = list(dict.fromkeys([f"--{name}", f"--{name}".replace("_", "-")]))
            option = click.option(*switches, name, type=kind, default=item.default, show_default=True, help=text)
        command = option(command)
    return command


@click.command()
@click.argument("all_toxins", type=_FILE)
@click.option(
    "--out", "out_dir", required=True, type=click.Path(file_okay=False, path_type=Path), help="Output folder."
)
@table_option
@click.option("--toxins-json", type=_FILE, help="Digger's toxins.json; by default the one beside ALL_TOXINS.")
@click.option("--strain", help="Name of the genome, for a table without any row.")
@parameter_options
def shoter(
    all_toxins: Path, out_dir: Path, table: Path | None, toxins_json: Path | None, strain: str | None, **values: Any
) -> None:
    """Score the likely targets of the strains in ALL_TOXINS (All_Toxins.txt of Digger).

    Every number of the scoring is an option; docs/science/method.md says what each of them does.
    """
    from portal.pipeline.shoter.run import run_shoter

    with errors_for_people():
        parameters = ShoterParameters.from_mapping(values)
        out_dir.mkdir(parents=True, exist_ok=True)
        summary = run_shoter(
            all_toxins, out_dir, parameters=parameters, table=table, toxins_json=toxins_json, strain=strain
        )
    for name, targets in summary.top_targets.items():
        click.echo(f"{name}: {', '.join(targets) or 'no order reaches 0.5'}")
    for warning in summary.warnings:
        click.echo(f"note: {warning}", err=True)
    click.echo(f"{summary.kept_hits} of {summary.hits} hits scored (uncalibrated); files in {out_dir}")


@click.command()
@click.argument("strains", type=_FILE)
@table_option
@click.option("--json", "json_path", type=click.Path(dir_okay=False, path_type=Path), help="Write all figures here.")
@click.option(
    "--docs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Renew the result in method.md of this folder, and its two pictures.",
)
@parameter_options
def validate(strains: Path, table: Path | None, json_path: Path | None, docs: Path | None, **values: Any) -> None:
    """Run strains with known targets (a CSV) through the scoring.

    Exit code 1 where a primary order is not on top or tied, or a control reaches 0.35; 2 where a file cannot be read.
    """
    from portal.domain.errors import PortalError
    from portal.files.atomic import write_json
    from portal.pipeline.shoter.specificity.table import load_table
    from portal.pipeline.shoter.validation.report import as_json, as_markdown, write_report
    from portal.pipeline.shoter.validation.strains import read_strains
    from portal.pipeline.shoter.validation.validation import validate as run_validation

    try:
        specificity = load_table(table)
        known = read_strains(strains.read_bytes())
        found = run_validation(known, specificity.facts, ShoterParameters.from_mapping(values))
        if json_path:
            write_json(json_path, as_json(found))
        if docs:
            write_report(docs, docs / "method.md", found, specificity.describe(), strains.name)
    except PortalError as error:
        click.echo(f"Error: {error.message}", err=True)
        sys.exit(2)
    click.echo(as_markdown(found, specificity.describe(), strains.name))
    for failure in found.full.failures:
        click.echo(f"FAILED {failure}", err=True)
    if found.full.failures:
        sys.exit(1)
    click.echo(f"All {len(known)} strains as published: primary orders on top or tied, controls below the limit.")


@click.group()
def specificity() -> None:
    """Check, build and survey the table of specificity facts."""


@specificity.command("check")
@click.argument("table", type=_FILE, required=False)
def check_table(table: Path | None) -> None:
    """List everything that is wrong with a specificity CSV; exit code 1 where anything is."""
    from portal.pipeline.shoter.specificity.table import SHIPPED_TABLE, read_facts

    path = table or SHIPPED_TABLE
    with errors_for_people():
        facts, problems = read_facts(path.read_bytes())
    for problem in problems:
        click.echo(f"{path.name}: line {problem.line}: {problem.text}", err=True)
    if problems or not facts:
        click.echo(f"{len(problems)} problems, {len(facts)} facts could be read", err=True)
        sys.exit(1)
    _echo_survey(facts)


@specificity.command("build")
@click.argument("source", type=_FILE)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The CSV to write or replace."
)
@click.option("--name", required=True, help="Name of the table, for every output.")
@click.option("--version", required=True, help="Version of the table, for every output.")
@click.option("--extend", is_flag=True, help="Add to the table that comes with the portal instead of replacing it.")
def build_table(source: Path, out: Path, name: str, version: str, extend: bool) -> None:
    """Check SOURCE (any header, also a BPPRC export) and write it as a table of its own.

    Where SOURCE has a problem nothing is written, and a table that was there stays in use.
    """
    from portal.pipeline.shoter.specificity.table import load_table, merge_facts, table_from_bytes
    from portal.pipeline.shoter.specificity.write import install_table, table_bytes

    with errors_for_people():
        facts: list[Fact] = list(table_from_bytes(source.read_bytes(), name=name, version=version).facts)
        if extend:
            facts = merge_facts(load_table().facts, facts)
        content = table_bytes(facts)
        table_from_bytes(content, name=name, version=version)
        digest = install_table(out, content, name=name, version=version)
    click.echo(f"{out}: {name} {version}, SHA-256 {digest}")
    _echo_survey(facts)


@specificity.command("coverage")
@click.argument("reference_fasta", type=_FILE)
@table_option
def show_coverage(reference_fasta: Path, table: Path | None) -> None:
    """Tell for how many proteins of a reference FASTA the table has records of their own, or of relatives."""
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


def _echo_survey(facts: list[Fact]) -> None:
    unread = sum(fact.unverified for fact in facts)
    orders = sorted({fact.order for fact in facts})
    toxins = {fact.toxin for fact in facts}
    click.echo(
        f"{len(facts)} facts on {len(toxins)} toxins and {len(orders)} targets; "
        f"{unread} ({100 * unread / max(1, len(facts)):.1f} %) unverified"
    )
