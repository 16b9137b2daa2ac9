"""`btportal screen`: the *Bacillus cereus* group and its virulence genes in a genome, in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from portal.cli.digger import strain_name
from portal.cli.genome_options import kind_option, read_result, references_option
from portal.cli.input_files import InputPath
from portal.cli.refusal import errors_for_people
from portal.cli.results import LANG

if TYPE_CHECKING:
    from portal.domain.status import Lang
    from portal.results.screening import ScreeningDocument


@click.command()
@click.argument("genome", type=InputPath())
@click.option("--lang", type=LANG, default="en", show_default=True, help="Language of the words.")
@click.option("--json", "as_json", is_flag=True, help="Print screening.json instead.")
@references_option("Folder of the references, with the screening panel.")
@kind_option("What the file holds: a genome, coding sequences or proteins.")
def screen(genome: Path, lang: str, as_json: bool, root: Path, kind: str) -> None:
    """Screen GENOME for the B. cereus group and its virulence genes, or explain a screening.json of Digger."""
    from portal.domain.status import Lang
    from portal.results.codec import to_json
    from portal.results.screening import ScreeningDocument

    if genome.suffix == ".json":
        document = read_result(genome, ScreeningDocument)
    else:
        with errors_for_people():
            document = _screened(genome, root, kind)
    click.echo(to_json(document, indent=True).decode() if as_json else explained(document, Lang(lang)), nl=False)


def _screened(genome: Path, root: Path, kind: str) -> ScreeningDocument:
    from portal.domain.fasta import Expect
    from portal.pipeline.digger.reader import check_fasta
    from portal.pipeline.digger.screening.screen import screen_file
    from portal.reference.screening import panel_folder

    facts = check_fasta(genome, cast("Expect", kind))
    return screen_file(panel_folder(root), strain_name(genome), genome, facts)


def explained(document: ScreeningDocument, lang: Lang) -> str:
    """Return the screening of a genome in words."""
    from portal.results.screening_words import screening_section

    section = screening_section(document)
    lines = [section.title.word(lang), "", *(message.word(lang) for message in section.story)]
    if section.lines:
        lines.append("")
    for line in section.lines:
        result = line.count if line.genes else section.nothing
        lines.append(f"  {line.system.word(lang)}: {result.word(lang)}")
        lines += [f"      {gene.word(lang)}" for gene in line.genes]
    return "\n".join([*lines, "", *(note.word(lang) for note in section.notes)]).rstrip() + "\n"
