"""`btportal reference ...` and `btportal example`: toxin references, and a synthetic genome to try the portal with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portal.cli.refusal import errors_for_people, said
from portal.domain.message import Message

if TYPE_CHECKING:
    from portal.reference.store import ReferenceStore
    from portal.reference.types import Reference

_FILE = click.Path(exists=True, path_type=Path)


def default_root() -> str:
    """Return the folder that a portal with this environment uses; the laptop default if JOBS_DIR is not set."""
    from portal.config import LAPTOP_DEFAULTS, read_settings

    return str(read_settings(defaults=None if "JOBS_DIR" in os.environ else LAPTOP_DEFAULTS).reference_dir)


def reference_root_option(command: click.decorators.FC) -> click.decorators.FC:
    """Add `--dir`, the folder of the references."""
    return click.option(
        "--dir",
        "root",
        envvar="REFERENCE_DIR",
        default=default_root,
        show_default="where the portal of this environment looks; ./var/references without JOBS_DIR",
        show_envvar=True,
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the references.",
    )(command)


def _store(root: Path) -> ReferenceStore:
    from portal.reference.store import ReferenceStore

    return ReferenceStore(root)


@click.group()
def reference() -> None:
    """List, add, fetch, choose and verify toxin references."""


@reference.command("list")
@reference_root_option
def list_references(root: Path) -> None:
    """List the references; the one in use is marked with a star."""
    with errors_for_people():
        store = _store(root)
        references, current = store.list(), store.current()
    if not references:
        click.echo(f"no reference in {root}; `btportal reference fetch` brings the default one")
    for item in references:
        star = "*" if current is not None and item.name == current.name else " "
        click.echo(f"{star} {item.name}\t{item.version}\t{item.entries} proteins\t{item.sha256[:12]}\t{item.source}")


@reference.command()
@click.argument("source", type=_FILE)
@click.option("--name", required=True, help="Name of the reference: letters, digits, '.', '_' and '-'.")
@click.option("--version", default="", help="Version to print in every output; default: what the source tells.")
@click.option("--replace", is_flag=True, help="Replace a reference of that name.")
@reference_root_option
def add(source: Path, name: str, version: str, replace: bool, root: Path) -> None:
    """Add a protein FASTA, a BPPRC export (FASTA or CSV), or the folder of an installed BtToxin_Digger."""
    with errors_for_people():
        store = _store(root)
        added = store.add(source, name, version=version, replace=replace)
        changes = store.changes(name)
    for action in ("dropped", "renamed", "kept"):
        count = sum(change.action == action for change in changes)
        if count:
            click.echo(f"{count} {'remarked on' if action == 'kept' else action}")
    click.echo(f"{added.entries} proteins of {len(added.families)} families; details: {added.folder / 'changes.tsv'}")
    _show_blind_spots(added)


@reference.command()
@click.option("--archive", type=_FILE, help="Use this copy of the source archive instead of the network.")
@reference_root_option
def fetch(archive: Path | None, root: Path) -> None:
    """Fetch the default reference if it is not there yet."""
    from portal.reference.fetch import fetch_default

    with errors_for_people():
        store = _store(root)
        fetched = fetch_default(store, say=click.echo, archive=archive)
        current = store.current()
    _show_blind_spots(fetched)
    if current is not None and current.name != fetched.name:
        click.echo(f"in use stays: {current.name}")
    _make_ready(current or fetched, root)


@reference.command()
@click.argument("name")
@reference_root_option
def use(name: str, root: Path) -> None:
    """Put a reference into use."""
    with errors_for_people():
        chosen = _store(root).use(name)
    click.echo(f"in use: {chosen.name} {chosen.version}, {chosen.entries} proteins")
    _make_ready(chosen, root)


def _make_ready(chosen: Reference, root: Path) -> None:
    """Build the search index, to save the first task the time, and the example genome of the submit page."""
    from portal.domain.errors import InvalidInput
    from portal.pipeline.digger.native.index import load_index
    from portal.reference.example_genome import write_example

    example_genome = root / "synthetic_kurstaki.fna"
    with errors_for_people():
        load_index(chosen.fasta, chosen.folder / "index", len(os.sched_getaffinity(0)))
    try:
        if not example_genome.exists() or example_genome.stat().st_mtime < chosen.fasta.stat().st_mtime:
            write_example(chosen.fasta, example_genome)
    except InvalidInput as error:
        example_genome.unlink(missing_ok=True)
        click.echo(f"no example genome: {error.message}")


@reference.command()
@click.argument("name", required=False)
@reference_root_option
def verify(name: str | None, root: Path) -> None:
    """Check one reference, or all; exit code 1 if any is broken."""
    with errors_for_people():
        store = _store(root)
        found = {each: store.verify(each) for each in ([name] if name else [item.name for item in store.list()])}
    for each, problems in found.items():
        click.echo(f"{each}: {'; '.join(map(said, problems)) or 'ok'}")
    if any(found.values()) or not found:
        if found:
            raise click.ClickException(said(Message("command.broken_reference")))
        raise click.ClickException(said(Message("command.no_reference_in", folder=str(root))))


@reference.command()
@click.argument("name")
@reference_root_option
def remove(name: str, root: Path) -> None:
    """Remove a reference that is not in use."""
    with errors_for_people():
        _store(root).remove(name)
    click.echo(f"removed: {name}")


def _show_blind_spots(shown: Reference) -> None:
    click.echo(f"cannot see: {', '.join(shown.blind_spots) or 'nothing that the nomenclature lists'}")


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path(), help="File, or folder; default: here.")
@click.option(
    "--kind",
    type=click.Choice(["kurstaki", "israelensis", "none"]),
    default="kurstaki",
    show_default=True,
    help="The inventory to write: like that subspecies, or no toxin at all.",
)
@click.option("--reference", "name", help="Reference to take the proteins from; default: the one in use.")
@click.option("--seed", type=int, help="Another seed gives another genome with the same inventory.")
@click.option(
    "--damage",
    "damages",
    multiple=True,
    help="Write genomes of one gene each that is damaged: CASE:PERCENT such as stop:35, or all; may be repeated.",
)
@click.option("--toxin", "toxins", multiple=True, help="Toxin to damage; may be repeated. Default: 15 of all folds.")
@click.option("--strand", type=click.Choice(["+", "-", "both"]), default="both", show_default=True, help="Of the gene.")
@reference_root_option
def example(
    out: Path,
    kind: str,
    name: str | None,
    seed: int | None,
    damages: tuple[str, ...],
    toxins: tuple[str, ...],
    strand: str,
    root: Path,
) -> None:
    """Write a synthetic genome with known toxins, or genomes with a damaged gene, and a table of expected results."""
    from portal.reference.example_genome import DEFAULT_SEED, write_example

    with errors_for_people():
        store = _store(root)
        chosen = store.get(name) if name else store.current()
        if chosen is None:
            raise click.ClickException(said(Message("command.no_reference_in", folder=str(root))))
        if damages:
            _write_damaged(chosen.fasta, out, damages, toxins, strand, DEFAULT_SEED if seed is None else seed)
            return
        truth = write_example(chosen.fasta, out, kind=kind, seed=DEFAULT_SEED if seed is None else seed)
    click.echo(f"genome: {truth.fasta}\ntruth: {truth.table}")
    click.echo(f"synthetic, {truth.letters:,} bp, toxins: {', '.join(g.toxin for g in truth.genes) or 'none'}")


def _write_damaged(
    fasta: Path, out: Path, damages: tuple[str, ...], toxins: tuple[str, ...], strand: str, seed: int
) -> None:
    from portal.reference.damage import MATRIX_TOXINS, matrix, parse_damage, write_damaged

    cases = [case for text in damages for case in (matrix() if text == "all" else [parse_damage(text)])]
    strands = ("+", "-") if strand == "both" else (strand,)
    written = write_damaged(fasta, out, dict.fromkeys(cases), toxins or MATRIX_TOXINS, strands, seed=seed)
    click.echo(f"genomes: {len(written)} in {out}\ntruth: {out / 'damage.tsv'}")
