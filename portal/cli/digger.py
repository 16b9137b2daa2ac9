"""`btportal digger` and `btportal parity`: the toxin finder alone, and its comparison with BtToxin_Digger."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portal.cli.genome_options import kind_option, references_option
from portal.cli.input_files import InputPath
from portal.cli.refusal import said
from portal.domain.file_names import safe_stem
from portal.domain.message import Message

if TYPE_CHECKING:
    from portal.pipeline.stage import Progress

_FASTA = InputPath()
_SUFFIX = re.compile(r"(\.(fna|fa|fasta|faa|ffn|fas))?(\.gz)?$", re.IGNORECASE)
threads_option = click.option(
    "--threads", default=2, show_default=True, type=click.IntRange(1, 256), help="Cores to use."
)


@click.command()
@click.argument("fasta", nargs=-1, required=True, type=_FASTA)
@click.option(
    "--out", "out_dir", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the results."
)
@threads_option
@click.option(
    "--engine",
    default="auto",
    show_default=True,
    envvar="DIGGER_ENGINE",
    type=click.Choice(["auto", "native", "bttoxin_digger"]),
    help="The portal's own search (auto, native), or an installed BtToxin_Digger.",
)
@click.option("--reference", "reference_name", default="", help="Name of a reference, or a protein FASTA.")
@kind_option("What the files hold: genomes, coding sequences or proteins; auto looks at the letters.")
@references_option("Folder of the references and their indexes.")
@click.option("--database", default="", envvar="BTTOXIN_DIGGER_DB", help="Database of bttoxin_digger, for its version.")
@click.option("--alignments", is_flag=True, help="Also write the alignment of each best hit.")
def digger(
    fasta: tuple[Path, ...],
    out_dir: Path,
    threads: int,
    engine: str,
    reference_name: str,
    kind: str,
    root: Path,
    database: str,
    alignments: bool,
) -> None:
    """Find the toxin genes of genomes, proteins or coding sequences."""
    from portal.domain.errors import PortalError
    from portal.reference.screening import panel_folder

    genomes = [(strain_name(path), path) for path in fasta]
    twice = sorted({strain for strain, _ in genomes if [s for s, _ in genomes].count(strain) > 1})
    if twice:
        raise click.UsageError(said(Message("command.same_names", names=twice)))
    try:
        if engine == "bttoxin_digger":
            _run_real_tool(genomes, out_dir, threads, database, panel_folder(root))
        else:
            reference = find_reference(reference_name, root)
            _run_native(genomes, out_dir, threads, kind, reference, alignments, panel_folder(root))
    except PortalError as error:
        raise click.ClickException(said(error.message)) from error


@click.command()
@click.argument("fasta", nargs=-1, required=True, type=_FASTA)
@click.option(
    "--reference", "reference_fasta", required=True, type=_FASTA, help="The protein FASTA that both tools used."
)
@click.option(
    "--expected",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with <strain>/All_Toxins.txt of BtToxin_Digger.",
)
@threads_option
@click.option(
    "--cache",
    "cache_dir",
    default=None,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the reference's index; default: a temporary one.",
)
def parity(
    fasta: tuple[Path, ...], reference_fasta: Path, expected: Path, threads: int, cache_dir: Path | None
) -> None:
    """Compare the native engine with recorded output of BtToxin_Digger; exit code 1 if differences exceed bounds."""
    from portal.domain.errors import PortalError
    from portal.pipeline.digger import parity as comparison
    from portal.pipeline.digger.engine import run_digger
    from portal.results.names import ALL_TOXINS, TOXINS_JSON
    from portal.results.reading import read_document
    from portal.results.toxins import ToxinsDocument

    results = []
    try:
        with tempfile.TemporaryDirectory(prefix="parity-") as scratch:
            for path in fasta:
                strain, out_dir = strain_name(path), Path(scratch) / strain_name(path)
                real = comparison.read_rows(comparison.expected_table(expected, strain))
                cache = cache_dir or Path(scratch) / "index"
                run_digger([(strain, path)], out_dir, reference_fasta=reference_fasta, cache_dir=cache,
                           reference_facts={"name": reference_fasta.name}, threads=threads)  # fmt: skip
                toxins = read_document(out_dir / TOXINS_JSON, ToxinsDocument).toxins
                ties = {each.protein_id: (*each.ties, each.hit.name if each.hit else "") for each in toxins}
                ours = comparison.read_rows(out_dir / ALL_TOXINS)
                results.append(comparison.compare(strain, real, ours, ties))
    except PortalError as error:
        raise click.ClickException(said(error.message)) from error
    if not any(result.compared or result.problems for result in results):
        raise click.ClickException(said(Message("command.nothing_recorded")))
    p95 = comparison.identity_p95(results)
    click.echo(comparison.table(results))
    click.echo(f"\nidentity: 95 % of the toxin rows within {p95:.4f} points (bound {comparison.MAX_IDENTITY_P95})")
    problems = [f"{result.strain}: {problem}" for result in results for problem in result.problems]
    for problem in problems:
        click.echo(f"difference: {problem}")
    if problems or p95 > comparison.MAX_IDENTITY_P95:
        sys.exit(1)
    click.echo("parity: no difference beyond the bounds")


def strain_name(path: Path) -> str:
    """Return a file's name without its suffix, reduced to characters that are safe in any path."""
    return safe_stem(_SUFFIX.sub("", path.name))


def find_reference(name: str, root: Path) -> dict[str, Any]:
    """Return the facts of a reference: a user's FASTA, a stored reference by name, or the one in use.

    Raises:
        PortalError: there is no reference of that name, or its files were changed.
    """
    if name and Path(name).is_file():
        return {"name": Path(name).name, "fasta": Path(name), "version": None, "blind_spots": [],
                "cache_dir": root / "index"}  # fmt: skip
    from portal.domain.errors import NotReady
    from portal.reference.store import ReferenceStore

    store = ReferenceStore(root)
    found = store.get(name) if name else store.current()
    if found is None:
        raise NotReady(Message("command.no_reference"))
    wrong = store.verify(found.name)
    if wrong:
        raise NotReady(Message("reference.broken", name=found.name, problems=list(wrong)))
    return {"name": found.name, "fasta": found.fasta, "version": found.version,
            "blind_spots": list(found.blind_spots), "cache_dir": found.folder / "index"}  # fmt: skip


def _run_native(
    genomes: Sequence[tuple[str, Path]],
    out_dir: Path,
    threads: int,
    kind: str,
    reference: dict[str, Any],
    alignments: bool,
    screening: Path,
) -> None:
    from portal.pipeline.digger.engine import run_digger

    summary = run_digger(genomes, out_dir, reference_fasta=reference["fasta"], cache_dir=reference["cache_dir"],
                         reference_facts=reference, threads=threads, progress=_progress(), kind=kind,
                         alignments=alignments, screening=screening)  # fmt: skip
    for strain in summary.strains:
        click.echo(
            f"{strain.strain}\t{strain.toxins} toxins\t{strain.accessory} accessory factors\t{strain.bases} letters"
        )
        for remark in strain.remarks:
            click.echo(f"{strain.strain}\tnote: {said(remark)}", err=True)
    click.echo(f"results: {out_dir}")


def _run_real_tool(
    genomes: Sequence[tuple[str, Path]], out_dir: Path, threads: int, database: str, screening: Path
) -> None:
    from portal.pipeline.digger.upstream.run import run_adapter

    options = {"executable": "BtToxin_Digger", "database": database, "low_n50": "fail"}
    for strain, path in genomes:
        strain_dir = out_dir if len(genomes) == 1 else out_dir / strain
        strain_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="digger-") as scratch:
            run_adapter(path, strain, strain_dir, Path(scratch), options=options, threads=threads, progress=_progress(),
                        screening=screening)  # fmt: skip
        click.echo(f"results: {strain_dir}")


def _progress() -> Progress:
    """Show a percentage, updated in place, on a terminal; nothing elsewhere."""
    shown = -1

    def report(fraction: float, message: Message | None = None) -> None:
        nonlocal shown
        percent = int(100 * fraction)
        if percent != shown and sys.stderr.isatty():
            shown = percent
            click.echo(
                f"\r{percent:3d} %  {message or '':<40.40}" + ("\n" if percent >= 100 else ""), nl=False, err=True
            )

    return report
