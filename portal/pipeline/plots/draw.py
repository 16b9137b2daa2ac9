"""Draw all pictures of one task."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from portal.domain.message import Message
from portal.domain.status import Lang
from portal.pipeline.plots.domains import draw_domains
from portal.pipeline.plots.footer import footer_text
from portal.pipeline.plots.gene_neighbourhood import draw_gene_neighbourhood
from portal.pipeline.plots.identity_coverage import draw_identity_coverage
from portal.pipeline.plots.inventory import draw_inventory
from portal.pipeline.plots.per_hit import draw_per_hit
from portal.pipeline.plots.score_intervals import draw_score_intervals
from portal.pipeline.plots.species_scores import draw_species
from portal.pipeline.plots.target_heatmap import draw_target_heatmap
from portal.pipeline.plots.words import WORDS, Words
from portal.pipeline.stage import Progress, no_progress
from portal.results.names import Picture
from portal.results.reading import TaskResults, read_results
from portal.results.scores import StrainScores
from portal.results.species_order import species_order
from portal.results.strain_genes import with_whole_genes

# With more strains than this, only the pictures over all strains are drawn.
PER_STRAIN_UP_TO = 12

_OF_ALL_STRAINS = {
    Picture.TARGET_SCORES: draw_target_heatmap,
    Picture.INVENTORY: draw_inventory,
}
_OF_ONE_STRAIN = {
    Picture.SCORE_INTERVALS: draw_score_intervals,
    Picture.PER_HIT: draw_per_hit,
    Picture.IDENTITY_COVERAGE: draw_identity_coverage,
}


def draw_all(
    digger_dir: Path,
    shoter_dir: Path,
    out_dir: Path,
    *,
    lang: Lang,
    footer: str | None = None,
    progress: Progress = no_progress,
) -> tuple[str, ...]:
    """Draw every picture into `out_dir` (SVG, PNG and the TSV behind each) and return the files' names.

    `footer` replaces the footer made from the versions and thresholds of the results.

    Raises:
        StageError: the results cannot be read.
    """
    results = read_results(digger_dir, shoter_dir)
    words = WORDS[lang]
    drawings = _drawings(results, out_dir, words, footer if footer is not None else footer_text(results, words))
    names: list[str] = []
    for index, draw in enumerate(drawings):
        progress(index / len(drawings), Message("progress.drawing", number=index + 1, total=len(drawings)))
        names += draw()
    progress(1.0)
    return tuple(names)


def _drawings(results: TaskResults, out: Path, words: Words, footer: str) -> list[Callable[[], tuple[str, ...]]]:
    genes = [with_whole_genes(strain, results.loci) for strain in results.strains]
    drawings: list[Callable[[], tuple[str, ...]]] = [
        partial(draw, genes, out / start, words=words, footer=footer) for start, draw in _OF_ALL_STRAINS.items()
    ]
    drawings.append(
        partial(
            draw_species,
            results.species.strains,
            out / Picture.SPECIES_SCORES,
            words=words,
            footer=footer,
            scores=results.strains,
            order=species_order(results.strains, results.species.strains),
        )
    )
    if len(results.strains) <= PER_STRAIN_UP_TO:
        for strain, name in zip(results.strains, file_names(results.strains), strict=True):
            for start, draw in _OF_ONE_STRAIN.items():
                drawings.append(partial(draw, strain, out / f"{start}_{name}", words=words, footer=footer))
    if results.inventory:
        name = safe_name(results.inventory.strain)
        drawn = partial(draw_gene_neighbourhood, loci=results.loci)
        for start, draw_genome in ((Picture.GENE_NEIGHBOURHOOD, drawn), (Picture.DOMAINS, draw_domains)):
            stem = out / f"{start}_{name}"
            drawings.append(partial(draw_genome, results.inventory, stem, words=words, footer=footer))
    return drawings


def safe_name(strain: str) -> str:
    """Return the strain's name reduced to characters that are safe in file names."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", strain).strip("._")[:80] or "strain"


def file_names(strains: Sequence[StrainScores]) -> list[str]:
    """Return a unique, file-safe name for each strain: letters, digits, `._-`."""
    names: list[str] = []
    for strain in strains:
        safe = safe_name(strain.strain)
        name, number = safe, 2
        while name in names:
            name, number = f"{safe}-{number}", number + 1
        names.append(name)
    return names
