"""`btportal shoter` and `validate`: scoring alone, and its validation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

import click

from portal.cli.input_files import InputPath
from portal.cli.refusal import errors_for_people, language, said
from portal.domain.message import Message
from portal.pipeline.shoter.parameters import ShoterParameters

FILE = InputPath()
_Command = TypeVar("_Command", bound=Callable[..., Any])

table_option = click.option(
    "--table", type=FILE, help="Specificity CSV; by default the one that comes with the portal."
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
@click.argument("all_toxins", type=FILE)
@click.option(
    "--out", "out_dir", required=True, type=click.Path(file_okay=False, path_type=Path), help="Output folder."
)
@table_option
@click.option("--toxins-json", type=FILE, help="Digger's toxins.json; by default the one beside ALL_TOXINS.")
@click.option("--strain", help="Name of the genome, for a table without any row.")
@parameter_options
def shoter(
    all_toxins: Path, out_dir: Path, table: Path | None, toxins_json: Path | None, strain: str | None, **values: Any
) -> None:
    """Score the likely targets of the strains in ALL_TOXINS (All_Toxins.txt of Digger).

    Every number of the scoring is an option; see docs/science/method.md for their meaning.
    """
    from portal.cli.conclusion import conclusion_text
    from portal.pipeline.shoter.run import run_shoter

    with errors_for_people():
        parameters = ShoterParameters.from_mapping(values)
        out_dir.mkdir(parents=True, exist_ok=True)
        summary = run_shoter(
            all_toxins, out_dir, parameters=parameters, table=table, toxins_json=toxins_json, strain=strain
        )
    for name, conclusion in summary.conclusions.items():
        click.echo(f"{name}: {conclusion_text(conclusion)}")
    for remark in summary.remarks:
        click.echo(f"note: {said(remark)}", err=True)
    click.echo(f"{summary.kept_hits} of {summary.hits} hits scored; files in {out_dir}")


@click.command()
@click.argument("strains", type=FILE)
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

    Exit code 1 if a primary order is neither on top nor tied, or a control reaches 0.35; 2 if a file cannot be read.
    """
    from portal.domain.errors import PortalError
    from portal.files.atomic import write_json
    from portal.pipeline.shoter.calibration import load_calibration
    from portal.pipeline.shoter.specificity.table import load_table
    from portal.pipeline.shoter.validation.report import as_json, as_markdown, write_report
    from portal.pipeline.shoter.validation.strains import read_strains
    from portal.pipeline.shoter.validation.validation import validate as run_validation

    try:
        specificity = load_table(table)
        known = read_strains(strains.read_bytes())
        parameters = ShoterParameters.from_mapping(values)
        calibration = load_calibration()
        reason = calibration.reason_not_to_apply(specificity.sha256, parameters)
        found = run_validation(known, specificity.facts, parameters, None if reason else calibration)
        if json_path:
            write_json(json_path, as_json(found))
        if docs:
            write_report(docs, docs / "method.md", found, specificity.describe(), strains.name)
    except PortalError as error:
        click.echo(f"Error: {said(error.message)}", err=True)
        sys.exit(2)
    click.echo(as_markdown(found, specificity.describe(), strains.name, language()))
    for failure in found.full.failures:
        click.echo(f"FAILED {said(failure)}", err=True)
    if found.full.failures:
        sys.exit(1)
    click.echo(said(Message("validation.none_failed", count=len(known))))


@click.command()
@click.argument("strains", type=FILE)
@table_option
@click.option(
    "--test", "tests", type=FILE, multiple=True, help="Strains to test the calibration with; may be given again."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the calibration here, as JSON.")
@click.option(
    "--docs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Renew the result in calibration.md of this folder.",
)
@parameter_options
def calibrate(
    strains: Path, table: Path | None, tests: tuple[Path, ...], out: Path | None, docs: Path | None, **values: Any
) -> None:
    """Fit, per order, the share of STRAINS (a CSV as for `validate`) with a given score documented to act on it.

    Print the curves with in-sample and cross-validated figures.
    """
    from portal.files.atomic import write_json
    from portal.pipeline.shoter.specificity.table import load_table
    from portal.pipeline.shoter.validation.calibration_report import as_markdown, study, write_report
    from portal.pipeline.shoter.validation.strains import read_strains

    with errors_for_people():
        specificity = load_table(table)
        found = study(
            read_strains(strains.read_bytes()),
            strains.name,
            specificity.facts,
            specificity.sha256,
            ShoterParameters.from_mapping(values),
            {path.name: read_strains(path.read_bytes()) for path in tests},
        )
        if out:
            write_json(out, found.calibration.to_json())
        if docs:
            write_report(docs / "calibration.md", found, specificity.describe())
    click.echo(as_markdown(found, specificity.describe()))
