"""Commands on results in a folder: pictures, report and bundle, checks, comparisons.

A results folder has the subfolders `digger`, `shoter`, `plots` and `bundle`, as the stages fill them; `plots` and
`compare` also take one flat folder that holds the files of both Digger and Shoter.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from portal.cli.input_files import InputPath
from portal.cli.refusal import said
from portal.domain.message import Message
from portal.results.names import BUNDLE_ZIP, SCORES_JSON

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = InputPath()
LANG = click.Choice(["en", "zh"])


def stage_folders(folder: Path) -> tuple[Path, Path]:
    """Return the folders of Digger's and Shoter's results: subfolders of those names, else the folder itself.

    Raises:
        ClickException: there are no scores in either place.
    """
    if (folder / "shoter" / SCORES_JSON).is_file():
        return folder / "digger", folder / "shoter"
    if (folder / SCORES_JSON).is_file():
        return folder, folder
    raise click.ClickException(said(Message("command.no_scores", folder=str(folder), name=SCORES_JSON)))


def moment_of(folder: Path, given: str | None) -> str:
    """Return the date of a bundle: the one given, else SOURCE_DATE_EPOCH, else the time of the scores."""
    if given:
        return given
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    seconds = int(epoch) if epoch.isdigit() else int((folder / SCORES_JSON).stat().st_mtime)
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def strain_of(folder: Path) -> str:
    """Return the name of the first strain of the scores, or the folder's name if there is none."""
    from portal.results.reading import read_document
    from portal.results.scores import ScoresDocument

    strains = read_document(folder / SCORES_JSON, ScoresDocument).strains
    return strains[0].strain if strains else folder.parent.name


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where to; by default DIR/plots.")
@click.option("--lang", type=LANG, default="en", show_default=True, help="Language of the labels.")
def plots(folder: Path, out: Path | None, lang: str) -> None:
    """Draw every picture of the results in DIR."""
    from portal.domain.status import Lang
    from portal.pipeline.plots.draw import draw_all

    digger, shoter = stage_folders(folder)
    target = out or folder / "plots"
    target.mkdir(parents=True, exist_ok=True)
    names = draw_all(digger, shoter, target, lang=Lang(lang))
    click.echo(f"{sum(name.endswith('.svg') for name in names)} pictures in {target}")


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--lang", type=LANG, default="en", show_default=True, help="Language of the labels.")
@click.option("--genome", type=FILE, help="The genome, so that the manifest names its size and SHA-256.")
@click.option("--date", "submission_time", help="ISO 8601; by default SOURCE_DATE_EPOCH, else the time of the scores.")
def bundle(folder: Path, lang: str, genome: Path | None, submission_time: str | None) -> None:
    """Write report and bundle of the results in DIR to DIR/bundle; missing pictures are drawn."""
    from portal.domain.status import Lang
    from portal.pipeline.bundle.make import StageFolders, make_bundle
    from portal.pipeline.bundle.origin import InputFile, Origin
    from portal.pipeline.plots.draw import draw_all

    digger, shoter = stage_folders(folder)
    if digger == shoter:
        raise click.ClickException(said(Message("command.no_subfolders", folder=str(folder))))
    pictures, out = folder / "plots", folder / "bundle"
    out.mkdir(exist_ok=True)
    if not pictures.is_dir():
        pictures.mkdir()
        draw_all(digger, shoter, pictures, lang=Lang(lang))
    origin = Origin(
        task_id="",
        strain=strain_of(shoter),
        submission_time=moment_of(shoter, submission_time),
        lang=Lang(lang),
        genome=InputFile.of(genome, genome.name) if genome else None,
    )
    make_bundle(StageFolders(digger, shoter, pictures), out, origin=origin, display_name=genome.name if genome else "–")
    click.echo(out / BUNDLE_ZIP)


@click.command("verify-bundle")
@click.argument("path", metavar="ZIP", type=FILE)
def verify_bundle(path: Path) -> None:
    """Check a bundle against its manifest; exit code 1 if they differ."""
    from portal.pipeline.bundle.verify import verify_bundle as problems_of

    problems = problems_of(path)
    for problem in problems:
        click.echo(said(problem), err=True)
    if problems:
        raise click.exceptions.Exit(1)
    click.echo(f"{path}: complete and unchanged")


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=FOLDER)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where to.")
@click.option("--lang", type=LANG, default="en", show_default=True, help="Language of the labels.")
@click.option("--date", "submission_time", default="", help="ISO 8601; with it a bundle of the comparison is written.")
def compare(folders: tuple[Path, ...], out: Path, lang: str, submission_time: str) -> None:
    """Compare the results in several folders, strain by order and strain by toxin; folder names become labels."""
    from portal.domain.status import Lang
    from portal.pipeline.compare.compare import compare as compare_tasks

    tasks = [(folder.resolve().name, *stage_folders(folder)) for folder in folders]
    out.mkdir(parents=True, exist_ok=True)
    compared = compare_tasks(tasks, out, Lang(lang), submission_time=submission_time)
    for difference in compared.differences:
        click.echo(f"caution: the runs differ in {difference}", err=True)
    click.echo(f"{compared.strains} strains compared in {out}")
