"""Time and memory of the native Digger as a whole process, with a breakdown of the time.

    python -m bench.digger [--reference toxins.faa] [--genome genome.fna ...] [--only NAME ...] [--json figures.json]

Synthetic genomes are the same in every run. `dense` contains 600 toxin genes mutated from the reference, and is also
searched with every entry scored, to check that leaving entries out changes no result.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portal.reference.store import ReferenceStore

_CODONS = {
    "A": "GCA", "C": "TGC", "D": "GAC", "E": "GAA", "F": "TTC", "G": "GGC", "H": "CAC", "I": "ATC", "K": "AAA",
    "L": "CTG", "M": "ATG", "N": "AAC", "P": "CCG", "Q": "CAG", "R": "CGC", "S": "AGC", "T": "ACC", "V": "GTG",
    "W": "TGG", "Y": "TAC",
}  # fmt: skip
_STOPS = "TAATTAATTAA"
_BOUNDS = {"genome_6mb": (4.0, 250), "dense": (10.0, None), "index": (20.0, None), "batch_100": (300.0, None)}


def measured(work: Callable[[], Any]) -> dict[str, Any]:
    """Run `work` in a separate process; return wall and CPU seconds, peak memory in MB and its result."""
    reading, writing = os.pipe()
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as stream:
            json.dump(work(), stream)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        text = stream.read()
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError("the measured process failed")
    return {
        "wall_s": round(time.perf_counter() - start, 2),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": usage.ru_maxrss // 1024,
        **json.loads(text),
    }


def write_genome(path: Path, megabases: float, seed: int) -> Path:
    rng = random.Random(seed)
    with path.open("w") as stream:
        for contig in range(3):
            length = int(megabases * 1e6 * (0.8, 0.15, 0.05)[contig])
            stream.write(f">contig{contig}\n")
            for _ in range(0, length, 80):
                stream.write("".join(rng.choices("ACGT", k=80)) + "\n")
    return path


def write_dense(path: Path, reference: Path, genes: int = 600) -> Path:
    """Write a genome of toxin genes with 0, 2, 8, 20 and 35 % of their amino acids changed."""
    from portal.pipeline.digger.native.index import read_proteins

    rng = random.Random(7)
    names = [p for p in read_proteins(reference) if len(p.letters) >= 150]
    with path.open("w") as stream:
        stream.write(">dense\n")
        for number in range(genes):
            letters = rng.choice(names).letters
            share = (0.0, 0.02, 0.08, 0.2, 0.35)[number % 5]
            changed = (rng.choice(list(_CODONS)) if rng.random() < share else x for x in letters)
            coding = "".join(_CODONS.get(letter, "GCA") for letter in changed)
            stream.write("".join(rng.choices("ACGT", k=1000)) + _STOPS + coding + _STOPS + "\n")
    return path


def write_bad_inputs(folder: Path) -> dict[str, Path]:
    """Write inputs that must neither use much memory nor hang: one line of 50 Mb, 100,000 contigs, only N."""
    rng = random.Random(11)
    line, pieces, unknown = folder / "one_line_50mb.fna", folder / "contigs_100000.fna", folder / "only_n_6mb.fna"
    with line.open("w") as stream:
        stream.write(">line\n")
        for _ in range(50):
            stream.write("".join(rng.choices("ACGT", k=1_000_000)))
        stream.write("\n")
    with pieces.open("w") as stream:
        stream.writelines(f">c{number}\n{''.join(rng.choices('ACGT', k=400))}\n" for number in range(100_000))
    unknown.write_text(">n\n" + "N" * 6_000_000 + "\n")
    return {path.name.split(".")[0]: path for path in (line, pieces, unknown)}


def search(genomes: list[Path], reference: Path, cache: Path, out: Path, threads: int) -> dict[str, Any]:
    from portal.pipeline.digger.engine import run_digger

    inputs = [(f"g{number:03d}", path) for number, path in enumerate(genomes)]
    memory: list[int] = []

    def watch(fraction: float, message: object = None) -> None:
        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)

    summary = run_digger(inputs, out, reference_fasta=reference, cache_dir=cache, reference_facts={},
                         threads=threads, progress=watch)  # fmt: skip
    return {"toxins": sum(s.toxins for s in summary.strains), "mb_early": memory[len(memory) // 10]}


def exhaustive_answers(genome: Path, reference: Path, cache: Path) -> dict[str, Any]:
    """Return how many candidates get different results from the quick and the exhaustive aligner, and their times."""
    from concurrent.futures import ThreadPoolExecutor

    from portal.pipeline.digger.calls import gate
    from portal.pipeline.digger.native.align import Aligner
    from portal.pipeline.digger.native.index import load_index
    from portal.pipeline.digger.native.queries import read_queries
    from portal.pipeline.digger.native.search import Scanner

    index = load_index(reference, cache, 2)
    with ThreadPoolExecutor(2) as pool:
        scan = Scanner(index, pool, 2).scan(read_queries(genome, "nucl"), lambda query: None)
        candidates = [c.query.orf.amino_codes for c in gate(scan, index) if not c.seeds]
        answers, seconds = [], []
        for exhaustive in (False, True):
            start = time.perf_counter()
            answers.append(list(pool.map(Aligner(index, exhaustive=exhaustive).best, candidates)))
            seconds.append(round((time.perf_counter() - start) / max(len(candidates), 1), 4))
    different = sum(a != b for a, b in zip(*answers, strict=True))
    return {"candidates": len(candidates), "different": different, "s_per_hit": seconds[0], "s_per_hit_all": seconds[1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", type=Path, help="default: the one in use in var/references")
    parser.add_argument("--genome", type=Path, nargs="*", default=[])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--json", type=Path, default=Path("var/bench/digger.json"))
    arguments = parser.parse_args()
    if arguments.reference is None:
        current = ReferenceStore(Path("var/references")).current()
        if current is None:
            parser.error("no reference is in use: `btportal reference fetch`, or --reference")
        arguments.reference = current.fasta
    with tempfile.TemporaryDirectory() as name:
        figures = run(arguments, Path(name))
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(figures, indent=1) + "\n")


def run(arguments: argparse.Namespace, folder: Path) -> dict[str, dict[str, Any]]:
    reference, threads, cache = arguments.reference, arguments.threads, folder / "index"
    figures: dict[str, dict[str, Any]] = {}

    def case(title: str, work: Callable[[], dict[str, Any]]) -> None:
        if arguments.only and not any(title.startswith(wanted) for wanted in arguments.only) and title != "index":
            return
        values = measured(work)
        if title in _BOUNDS:
            seconds, megabytes = _BOUNDS[title]
            values["of_bound_s"] = round(values["wall_s"] / seconds, 2)
            if megabytes:
                values["of_bound_mb"] = round(values["peak_mb"] / megabytes, 2)
        figures[title] = values
        print(f"{title:<18}" + "  ".join(f"{key} {value}" for key, value in values.items()), flush=True)

    def build() -> dict[str, Any]:
        from portal.pipeline.digger.native.index import load_index

        return {"profiles": len(load_index(reference, cache, threads).profiles)}

    def find(*genomes: Path) -> Callable[[], dict[str, Any]]:
        return lambda: search(list(genomes), reference, cache, folder / "out", threads)

    case("index", build)
    for path in arguments.genome:
        case(path.name.split(".")[0], find(path))
    made = {size: write_genome(folder / f"{size}.fna", size, size) for size in (1, 3, 6, 12)}
    for size, path in made.items():
        case(f"genome_{size}mb", find(path))
    dense = write_dense(folder / "dense.fna", reference)
    case("dense", find(dense))
    case("dense_same", lambda: exhaustive_answers(dense, reference, cache))
    for title, path in write_bad_inputs(folder).items():
        case(title, find(path))
    case(f"batch_{arguments.batch}", find(*[made[6]] * arguments.batch))
    return figures


if __name__ == "__main__":
    main()
