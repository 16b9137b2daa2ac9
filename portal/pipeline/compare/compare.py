"""Compare several finished tasks: strain x order and strain x toxin, as data and as pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from portal import __version__
from portal.domain.errors import InvalidRequest
from portal.domain.message import Message
from portal.domain.status import Lang
from portal.pipeline.bundle.archive import regular_files, write_bundle
from portal.pipeline.bundle.origin import Origin, library_versions
from portal.pipeline.compare.matrix import draw_toxin_matrix
from portal.pipeline.compare.tables import Comparison, tabulate, write_tables
from portal.pipeline.plots.footer import footer_text
from portal.pipeline.plots.inventory import draw_inventory
from portal.pipeline.plots.species_scores import draw_species
from portal.pipeline.plots.target_heatmap import draw_target_heatmap
from portal.pipeline.plots.words import WORDS
from portal.pipeline.stage import Progress, no_progress
from portal.results.names import COMPARE_JSON, COMPARE_ZIP, COMPARISON_FOLDER, ComparePicture
from portal.results.reading import TaskResults, read_results
from portal.results.species_order import species_order


@dataclass(frozen=True)
class Compared:
    """The files written, and whether all scores were computed in the same way."""

    outputs: tuple[str, ...]
    strains: int
    differences: tuple[str, ...]


def compare(
    tasks: Sequence[tuple[str, Path, Path]],
    out_dir: Path,
    lang: Lang,
    *,
    submission_time: str = "",
    progress: Progress = no_progress,
) -> Compared:
    """Compare tasks, given as (label, Digger's folder, Shoter's folder), and write everything into `out_dir`.

    With `submission_time` (ISO 8601), also write a bundle of all files, with that date.

    Raises:
        InvalidRequest: no task is given.
        StageError: the results of a task cannot be read.
    """
    if not tasks:
        raise InvalidRequest(Message("compare.nothing"), errors={"tasks": [Message("field.one_task")]})
    results = [read_results(digger, shoter) for _, digger, shoter in tasks]
    progress(0.1, Message("progress.results_read"))
    comparison = tabulate([label for label, _, _ in tasks], results)
    outputs = write_tables(comparison, out_dir)
    progress(0.2, Message("progress.tables_written"))
    differences = comparison.document.differences
    outputs += _draw(comparison, out_dir, lang, _footer(results, differences, lang), progress)
    if submission_time:
        outputs.append(_write_bundle(len(comparison.strains), out_dir, outputs, lang, submission_time))
    progress(1.0)
    return Compared(tuple(outputs), len(comparison.strains), differences)


def _draw(comparison: Comparison, out_dir: Path, lang: Lang, footer: str, progress: Progress) -> list[str]:
    strains, words = comparison.strains, WORDS[lang]
    outputs = [*draw_target_heatmap(strains, out_dir / ComparePicture.TARGETS, words=words, footer=footer)]
    progress(0.5, Message("progress.orders_drawn"))
    stem = out_dir / ComparePicture.TOXINS
    outputs += draw_toxin_matrix(strains, comparison.columns, stem, words=words, footer=footer)
    progress(0.7, Message("progress.toxins_drawn"))
    outputs += draw_inventory(strains, out_dir / ComparePicture.INVENTORY, words=words, footer=footer)
    stem = out_dir / ComparePicture.SPECIES
    order = species_order(strains, comparison.species)
    drawn = draw_species(comparison.species, stem, words=words, footer=footer, scores=strains, order=order)
    return [*outputs, *drawn]


def _footer(results: Sequence[TaskResults], differences: Sequence[str], lang: Lang) -> str:
    words = WORDS[lang]
    head = footer_text(results[0], words).rpartition(" · ")[0]  # the run's number belongs to one task
    if not differences:
        return head
    names = [words.difference_names.get(name, name) for name in differences]
    return f"{head} · {words.differs.format(what=words.comma.join(names))}"


def _write_bundle(strains: int, out_dir: Path, outputs: Sequence[str], lang: Lang, submission_time: str) -> str:
    digest = hashlib.sha256((out_dir / COMPARE_JSON).read_bytes()).hexdigest()[:8]
    folder = f"comparison_{strains}_strains_{digest}"  # two comparisons can be unpacked side by side
    origin = Origin("comparison", f"{strains} strains", submission_time, lang, folder=folder)
    versions = {"portal": {"name": "bttoxin-portal", "version": __version__}, "libraries": library_versions()}
    files = {COMPARISON_FOLDER: [path for path in regular_files(out_dir) if path.name in set(outputs)]}
    write_bundle(out_dir / COMPARE_ZIP, files, origin=origin, versions=versions)
    return COMPARE_ZIP
