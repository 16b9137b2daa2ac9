"""All pictures of one task, one after the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from portal.domain.status import Lang
from portal.pipeline.plots.footer import footer_text
from portal.pipeline.plots.per_hit import draw_per_hit
from portal.pipeline.plots.results import Results, StrainScores, read_results
from portal.pipeline.plots.target_heatmap import draw_target_heatmap
from portal.pipeline.plots.words import WORDS, Words
from portal.pipeline.stage import Progress, no_progress

# A table of more strains than this gets the pictures over all strains only.
PER_STRAIN_UP_TO = 12


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

    `footer` replaces the small print that is made from the versions and thresholds of the results.

    Raises:
        StageError: the results cannot be read.
    """
    results = read_results(digger_dir, shoter_dir)
    words = WORDS[lang]
    drawings = _drawings(results, out_dir, words, footer if footer is not None else footer_text(results, words))
    names: list[str] = []
    for index, draw in enumerate(drawings):
        progress(index / len(drawings), f"picture {index + 1} of {len(drawings)}")
        names += draw()
    progress(1.0)
    return tuple(names)


def _drawings(results: Results, out: Path, words: Words, footer: str) -> list[Callable[[], tuple[str, ...]]]:
    drawings: list[Callable[[], tuple[str, ...]]] = [
        partial(draw_target_heatmap, results.strains, out / "strain_target_scores", words=words, footer=footer),
    ]
    if len(results.strains) > PER_STRAIN_UP_TO:
        return drawings
    for strain, name in zip(results.strains, file_names(results.strains), strict=True):
        drawings += [
            partial(draw_per_hit, strain, out / f"per_hit_{name}", words=words, footer=footer),
        ]
    return drawings


def file_names(strains: Sequence[StrainScores]) -> list[str]:
    """Return for each strain a name of its own that files may carry: letters, digits, `._-`."""
    names: list[str] = []
    for strain in strains:
        safe = re.sub(r"[^A-Za-z0-9._-]+", "_", strain.strain).strip("._")[:80] or "strain"
        name, number = safe, 2
        while name in names:
            name, number = f"{safe}-{number}", number + 1
        names.append(name)
    return names
