"""A task with the results that the pipeline itself writes for a genome with the toxins of *kurstaki*.

The proteins are made up; their names are real, and so is the evidence that Shoter finds for them.
"""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path

from portal.domain.status import STAGE_ORDER, Lang, PipelineStage
from portal.files.reports import Sentinel
from portal.files.taskdir import PortalDir, StageDir
from portal.pipeline.bundle.make import StageFolders, make_bundle
from portal.pipeline.bundle.origin import InputFile, Origin
from portal.pipeline.digger.engine import run_digger
from portal.pipeline.plots.draw import draw_all
from portal.pipeline.report.render import ReportHeader, write_report
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import run_shoter
from portal.reference.example_genome import INVENTORIES, write_example
from tests.builders import BuiltTask, make_task_on_disk, output_of

_FACTS = {"name": "made_up", "version": "1", "blind_spots": ["Mtx1"]}


def made_up_reference(folder: Path) -> Path:
    """Write proteins under the names of the inventories: alleles of one toxin are nearly equal."""
    rng = random.Random(1)
    path = folder / "reference.faa"
    with path.open("w", encoding="ascii") as stream:
        for toxin in sorted({toxin for kind in INVENTORIES.values() for toxin in kind}):
            protein = "M" + "".join(rng.choices("ACDEFGHIKLMNPQRSTVWY", k=rng.randint(640, 1150)))
            stream.write(f">{toxin}1\n{protein}\n>{toxin}2\n{protein[:300]}W{protein[301:]}\n")
    return path


def make_sample(
    portal: PortalDir,
    folder: Path,
    *,
    kind: str = "kurstaki",
    lang: Lang = Lang.EN,
    reference: Path | None = None,
    genome: Path | None = None,
) -> BuiltTask:
    """Put a completed task on disk whose files all stages of the pipeline have written.

    genome: what is analysed instead of an example of this kind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    reference = reference or made_up_reference(folder)
    genome = genome or write_example(reference, folder, kind=kind).fasta
    stages = {stage: folder / stage for stage in STAGE_ORDER}
    for path in stages.values():
        path.mkdir()
    digger, shoter, plots, bundle = (stages[stage] for stage in STAGE_ORDER)
    run_digger([(genome.stem, genome)], digger, reference_fasta=reference, cache_dir=folder / "cache",
               reference_facts=_FACTS, threads=2)  # fmt: skip
    run_shoter(digger / "All_Toxins.txt", shoter, parameters=ShoterParameters())
    draw_all(digger, shoter, plots, lang=lang)
    built = make_task_on_disk(portal, filename=genome.name, lang=lang)
    task = built.task
    origin = Origin(
        task_id=task.task_id,
        strain=genome.stem,
        submission_time=task.submission_time.isoformat(),
        lang=lang,
        genome=InputFile.of(genome, genome.name),
        parameters=task.parameters,
    )
    make_bundle(StageFolders(digger, shoter, plots), bundle, origin=origin, display_name=genome.name)
    for stage, made in stages.items():
        _replace(portal.task(task.task_id).attempt(1).stage(stage), stage, made)
    return built


def report_of(portal: PortalDir, built: BuiltTask, folder: Path, lang: Lang) -> Path:
    """Write the report of such a task in this language, with the pictures that it has."""
    attempt = portal.task(built.task_id).attempt(1)
    digger, shoter, plots = (attempt.stage(stage).out for stage in STAGE_ORDER[:3])
    header = ReportHeader(built.task.strain, built.task.filename, built.task_id, "2026-03-02T09:30:00+00:00")
    write_report(digger, shoter, plots, folder, lang=lang, header=header)
    return folder / "report.html"


def _replace(folder: StageDir, stage: PipelineStage, made: Path) -> None:
    shutil.rmtree(folder.out)
    shutil.copytree(made, folder.out)
    sentinel = Sentinel.read(folder.sentinel)
    assert sentinel is not None, stage
    outputs = tuple(output_of(path) for path in sorted(folder.out.iterdir()) if path.is_file())
    replace(sentinel, outputs=outputs).write(folder.sentinel)
