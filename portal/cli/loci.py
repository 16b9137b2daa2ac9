"""`btportal loci`: the toxin genes of a genome and the state of each, in words."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from portal.cli.digger import find_reference, strain_name, threads_option
from portal.cli.genome_options import kind_option, read_result, references_option
from portal.cli.input_files import InputPath
from portal.cli.results import LANG

if TYPE_CHECKING:
    from portal.domain.status import Lang
    from portal.results.loci import LociDocument, Locus


@click.command()
@click.argument("genome", type=InputPath())
@click.option("--lang", type=LANG, default="en", show_default=True, help="Language of the words.")
@click.option("--json", "as_json", is_flag=True, help="Print loci.json instead.")
@click.option("--reference", "reference_name", default="", help="Name of a reference, or a protein FASTA.")
@references_option("Folder of the references and their indexes.")
@kind_option("What the file holds: a genome, coding sequences or proteins.")
@threads_option
def loci(genome: Path, lang: str, as_json: bool, reference_name: str, root: Path, kind: str, threads: int) -> None:
    """Explain the toxin genes of GENOME (whole, broken, cut, in pieces), or of a loci.json written by Digger."""
    from portal.domain.status import Lang
    from portal.results.codec import to_json
    from portal.results.loci import LociDocument

    if genome.suffix == ".json":
        document = read_result(genome, LociDocument)
    else:
        document = _searched(genome, find_reference(reference_name, root), kind, threads)
    click.echo(to_json(document, indent=True).decode() if as_json else explained(document, Lang(lang)), nl=False)


def _searched(genome: Path, reference: dict[str, object], kind: str, threads: int) -> LociDocument:
    from portal.pipeline.digger.engine import run_digger
    from portal.results.codec import from_json
    from portal.results.loci import LociDocument
    from portal.results.names import LOCI_JSON

    with tempfile.TemporaryDirectory(prefix="loci-") as scratch:
        out = Path(scratch)
        run_digger([(strain_name(genome), genome)], out, reference_fasta=Path(str(reference["fasta"])),
                   cache_dir=Path(str(reference["cache_dir"])), reference_facts=reference, threads=threads,
                   kind=kind)  # fmt: skip
        return from_json((out / LOCI_JSON).read_bytes(), LociDocument)


def explained(document: LociDocument, lang: Lang) -> str:
    """Return the loci of a genome in words."""
    from portal.domain.message import Message

    if not document.loci:
        return Message("locus.no_gene").word(lang) + "\n"
    return "\n".join(_locus(locus, lang) for locus in document.loci)


def _locus(locus: Locus, lang: Lang) -> str:
    from portal.results.locus_words import place_text, residues_words, state_word, story

    lines = [f"{locus.locus_id}  {locus.name}  {state_word(locus).word(lang)}"]
    lines += [f"    {message.word(lang)}" for message in story(locus)]
    for piece in locus.pieces:
        residues = f"  aa {residues_words(piece)}" if residues_words(piece) else ""
        row = f"  {piece.protein_id}" if piece.protein_id else ""
        lines.append(f"      {place_text(piece)}{residues}{row}")
    return "\n".join(lines) + "\n"
