"""Many small genomes of one submission on a private cluster: wall time, jobs, scheduler commands, the poller's CPU.

    python -m bench.many_genomes [COUNT] [--trivial] [--both] [--local]

COUNT genomes of 0.6 Mb (default 100) with the real stages and the reference in use, in 4 slots; --trivial uses stages
that do nothing, to show the cost of the portal itself; --both first runs without shared jobs, on the same cluster and
genomes; --local uses the local executor with default settings. Goals: at most 60 sbatch for 100 genomes, at most 4
scheduler commands per minute besides sbatch, the poller at most 10 % of a core; local slots used at least 85 %.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from portal.config import read_settings
from portal.domain.status import Lang
from portal.domain.task import TaskMeta
from portal.files.reports import Claim, JobExit
from portal.files.taskdir import PortalDir
from portal.reference.store import ReferenceStore
from portal.services.acceptance import Asked
from tests.cluster import PrivateCluster
from tests.e2e.gated_site import GENOME, GatedSite, SlurmSite
from tests.e2e.site import ROOT, Site

RESULT = ROOT / "var" / "bench" / "many_genomes.json"
REFERENCES = ROOT / "var" / "references"
AMINO = "ACDEFGHIKLMNPQRSTVWY"
CODONS = "GCTTGTGATGAATTTGGTCATATTAAATTAATGAATCCTCAACGTTCTACTGTTTGGTAT"
CODON = {letter: CODONS[3 * place : 3 * place + 3] for place, letter in enumerate(AMINO)}
SIZE = 600_000
SLOTS = 4
COMMANDS = ("sbatch", "squeue", "sacct", "scancel", "scontrol")


def genomes(count: int) -> list[bytes]:
    """Return genomes of 0.6 Mb with four toxin genes each, all different."""
    reference = ReferenceStore(REFERENCES).current()
    assert reference is not None, "btportal reference fetch --dir var/references"
    proteins = {}
    for entry in reference.fasta.read_text().split(">")[1:]:
        head, _, letters = entry.partition("\n")
        proteins[head.split()[0]] = letters.replace("\n", "")
    wanted = [name for name in ("Cry1Aa1", "Cry2Aa1", "Cyt1Aa1", "Vip3Aa1") if name in proteins]
    genes = ["TAA" + "".join(CODON.get(letter, "GCT") for letter in proteins[name]) + "TAA" for name in wanted]
    return [_genome(seed, genes) for seed in range(count)]


def _genome(seed: int, genes: list[str]) -> bytes:
    dice = random.Random(seed)
    parts = [f">contig{seed}\n"]
    for gene in (*genes, ""):
        parts += ["".join(dice.choices("ACGT", weights=(3, 2, 2, 3), k=SIZE // (len(genes) + 1))), gene]
    return "".join((*parts, "\n")).encode()


def submit_all(site: Site, files: list[bytes]) -> list[str]:
    made = []
    for number, data in enumerate(files):
        upload = site.acceptance.begin("bench")
        upload.write(data)
        created = site.acceptance.create(upload, Asked(f"g{number}.fna", Lang.EN, {}, "bench"), submitter="bench")
        made.append(created.view.task.task_id)
    return made


def counted(site: SlurmSite) -> str:
    """Wrap each SLURM command with a counter and return the PATH to use."""
    path = ""
    for name in COMMANDS:
        path = site.wrapper(name, f'echo >> {site.folder}/count-{name}; exec {{{name}}} "$@"')
    return path


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process and its ended children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(fields[place]) for place in (11, 12)) / os.sysconf("SC_CLK_TCK")


def site_for(folder: Path, *, trivial: bool, packed: bool, local: bool) -> GatedSite:
    settings = {"MAX_ACTIVE_PIPELINES": str(SLOTS), "MAX_WAITING_TASKS": "5000", "CLIENT_MAX_WAITING": "5000"}
    settings |= {"CLIENT_UPLOADS_PER_MINUTE": "100000", "TASK_THREADS": "1"}
    # Named even where it is the default: the tests' sites have another.
    settings["PACK_MAX_MB"] = str(read_settings({}).PACK_MAX_MB) if packed else "0"
    if not trivial:
        settings["REFERENCE_DIR"] = str(REFERENCES)
    if local:
        return GatedSite(folder, **{**settings, "POLL_INTERVAL": "1"})
    return SlurmSite(folder, **{**settings, "POLL_INTERVAL": "5", "SLURM_MEM_GB": "1"})


def run(folder: Path, count: int, *, trivial: bool, packed: bool, local: bool) -> dict[str, float]:
    site = site_for(folder, trivial=trivial, packed=packed, local=local)
    files = [GENOME.encode()] * count if trivial else genomes(count)
    ids = submit_all(site, files)
    begin = time.monotonic()
    start(site, trivial=trivial, **({"PATH": counted(site)} if isinstance(site, SlurmSite) else {}))
    assert site.poller is not None
    try:
        left = set(ids)
        while left:
            time.sleep(0.5)
            left -= {task_id for task_id in left if site.record(task_id).status.is_final}
        wall_s = time.monotonic() - begin
        cpu_s = cpu_of(site.poller.pid)
    finally:
        site.__exit__(None, None, None)
    records = [site.record(task_id) for task_id in ids]
    assert all(task.status == "completed" for task in records), {task.error_message for task in records}
    counts = {
        name: len((folder / f"count-{name}").read_text()) if (folder / f"count-{name}").exists() else 0
        for name in COMMANDS
    }
    others = sum(counts.values()) - counts["sbatch"]
    return {
        "count": count,
        "wall_s": wall_s,
        "s_per_genome": wall_s / count,
        "sbatch": counts["sbatch"],
        "other_commands_a_minute": 60 * others / wall_s,
        "poller_share_of_a_core": cpu_s / wall_s,
        "slots_used": slots_used(site.portal),
        "median_latency_s": latency(records),
    }


def slots_used(portal: PortalDir) -> float:
    """Return the fraction of slots with a running job while tasks waited, from the first claim to the last."""
    folders = [*portal.jobs.glob("*/attempts/*/jobs/*/"), *portal.packs.glob("*/")]
    # The genomes of a shared job have claims too; a job's own folder contains its script.
    read = [
        (Claim.read(folder / "claim"), JobExit.read(folder / "exit.json"))
        for folder in folders
        if (folder / "submitit").is_dir()
    ]
    spans = [(claim.at, end.at) for claim, end in read if claim is not None and end is not None]
    first, last = min(begin for begin, _ in spans), max(begin for begin, _ in spans)
    at_work_s = sum(max(0.0, (min(end, last) - begin).total_seconds()) for begin, end in spans)
    return at_work_s / (SLOTS * max(0.001, (last - first).total_seconds()))


def latency(records: list[TaskMeta]) -> float:
    """Return the median seconds from the start of a task's first stage to the end in its final record."""
    took = sorted(
        (task.completion_time - task.start_time).total_seconds()
        for task in records
        if task.completion_time is not None and task.start_time is not None
    )
    return took[len(took) // 2] if took else 0.0


def start(site: GatedSite, *, trivial: bool, **variables: str) -> None:
    """Start the poller, with the tests' stages if they are trivial, else as an operator does."""
    if trivial:
        site.start_poller(**variables)
    else:
        Site.start_poller(site, **variables)


def tell(found: dict[str, float]) -> None:
    for name, value in found.items():
        print(f"{name:<28}{value:.2f}" if isinstance(value, float) else f"{name:<28}{value}", flush=True)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    with RESULT.open("a") as log:
        log.write(json.dumps({"at": datetime.now(UTC).isoformat(), **found}) + "\n")


def main(words: list[str]) -> int:
    trivial, local = "--trivial" in words, "--local" in words
    count = next((int(word) for word in words if word.isdecimal()), 1000 if trivial else 100)
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        with contextlib.ExitStack() as stack:
            if not local:
                cluster = stack.enter_context(PrivateCluster(options={"MaxJobCount": "20000"}))
                os.environ.update(cluster.environment)
            for packed in (False, True) if "--both" in words else (True,):
                found = run(folder / f"site-{packed}", count, trivial=trivial, packed=packed, local=local)
                tell({"trivial": trivial, "packed": packed, "local": local, **found})
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if local:
        return 0 if found["slots_used"] >= 0.85 else 1
    good = found["other_commands_a_minute"] <= 4 and found["poller_share_of_a_core"] <= 0.1
    return 0 if good and found["sbatch"] <= 0.6 * count else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
