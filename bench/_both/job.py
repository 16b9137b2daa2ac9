"""One job of a task as the scheduler starts it: FOLDER GENOME REFERENCE STAGE; of one folder in their order."""

import shutil
import sys
from pathlib import Path

from portal.domain.status import STAGE_ORDER, Lang
from portal.files.plan import Plan, PlannedJob
from portal.files.taskdir import PortalDir
from portal.pipeline.job import run_job

folder, genome, reference = map(Path, sys.argv[1:4])
task = PortalDir(folder).task("abcdefghijkl")
names = {stage.value: f"bt-abcdefghijkl-{stage.value}-a1" for stage in STAGE_ORDER}
if sys.argv[4] == "prepare":
    PortalDir(folder).prepare()
    task.genome.parent.mkdir(parents=True)
    shutil.copyfile(genome, task.genome)
    jobs = tuple(PlannedJob(names[stage.value], (stage,)) for stage in STAGE_ORDER)
    facts = {
        "portal": "0",
        "engine": "native",
        "reference": {
            "name": "bench",
            "version": "1",
            "fasta": str(reference),
            "sha256": "",
            "cache_dir": str(reference.parent / "index"),
        },
    }
    task.attempt(1).path.mkdir(parents=True)
    Plan(
        task.path.name, 1, "strain", "strain.fna", "2026-01-01T00:00:00+00:00", Lang.EN, 1, 3600, jobs, facts=facts
    ).write(task.attempt(1).plan)
    for job in jobs:
        task.attempt(1).job(job.stages[0]).path.mkdir(parents=True)
else:
    run_job(str(task.path), 1, names[sys.argv[4]])
