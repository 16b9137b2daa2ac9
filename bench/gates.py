"""What the gate of shared words and the screening cost: CPU of whole runs with and without them, by turns.

    python -m bench.gates [--genome genome.fna ...] [--rounds 5] [--write docs/science/recall.md] [--json FILE]

Each run is a process that searches one genome and writes all files. The genome is made (6 Mb of random genes with the
codon usage of *B. thuringiensis*, and two toxin genes) unless others are given. The figures are ratios of the CPU
seconds of neighbouring runs, since a shared machine is not equally fast all the time.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections import defaultdict
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench.digger import measured
from bench.loci import write_into
from portal.reference.example_genome import back_translate, background, codon_usage, pick_proteins
from portal.reference.screening import panel_folder
from portal.reference.store import ReferenceStore
from portal.reference.types import Reference

# Name of a run: with the gate of shared words, with the screening.
RUNS = {"neither": (False, False), "gate": (True, False), "screening": (False, True), "both": (True, True)}
_STOPS = "TAATTAATTAA"


def write_genome(path: Path, reference: Reference, bases: int = 6_000_000) -> Path:
    rng, codons = random.Random(6), codon_usage()
    proteins = [protein for _, _, protein in pick_proteins(reference.fasta, ("Cry1Ac", "Cyt1Aa"))]
    toxins = [back_translate(protein, codons, rng) for protein in proteins]
    with path.open("w") as stream:
        for number, share in enumerate((0.8, 0.15, 0.05)):
            stream.write(f">contig{number}\n{background(int(bases * share), codons, rng)}")
            stream.write("".join(_STOPS + toxin + _STOPS for toxin in toxins[number : number + 1]) + "\n")
    return path


def _no_protein(self: object, words: object, settled: object = ()) -> list[tuple[int, int]]:
    return []


def run(genome: Path, reference: Reference, out: Path, *, gate: bool, screening: Path | None) -> dict[str, Any]:
    """Search a genome; to be called in a process of its own."""
    from portal.pipeline.digger.engine import run_digger
    from portal.pipeline.digger.native.seeds import SeedIndex

    if not gate:
        SeedIndex.passing = _no_protein  # type: ignore[method-assign]
    summary = run_digger([("g", genome)], out, reference_fasta=reference.fasta, cache_dir=reference.folder / "index",
                         reference_facts={}, threads=2, kind="nucl", screening=screening)  # fmt: skip
    return {"toxins": summary.strains[0].toxins}


def compared(genome: Path, reference: Reference, panel: Path, rounds: int, folder: Path) -> dict[str, dict[str, float]]:
    """Return for each kind of run the medians of CPU and wall seconds, memory, and CPU beside that of `neither`."""
    runs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for number in range(rounds + 1):  # the first round only warms the caches
        for name, (gate, screening) in RUNS.items():
            shown = panel if screening else None
            figures = measured(partial(run, genome, reference, folder / "out", gate=gate, screening=shown))
            if number:
                runs[name].append(figures)
    base = [figures["cpu_s"] for figures in runs["neither"]]
    return {
        name: {
            "cpu_s": median(figures["cpu_s"] for figures in of_one),
            "wall_s": median(figures["wall_s"] for figures in of_one),
            "peak_mb": max(figures["peak_mb"] for figures in of_one),
            "ratio": median(figures["cpu_s"] / before for figures, before in zip(of_one, base, strict=True)),
        }
        for name, of_one in runs.items()
    }


def table(figures: dict[str, dict[str, dict[str, float]]]) -> str:
    """Return the figures as Markdown."""
    lines = ["| genome | run | CPU s | wall s | MB | CPU beside neither |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {genome} | {name} | {one['cpu_s']:.2f} | {one['wall_s']:.2f} | {one['peak_mb']:.0f} "
        f"| {100 * (one['ratio'] - 1):+.0f} % |"
        for genome, runs in figures.items()
        for name, one in runs.items()
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--genome", type=Path, nargs="*", default=[])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", type=Path, help="page that gets the table")
    parser.add_argument("--json", type=Path, default=Path("var/bench/gates.json"))
    arguments = parser.parse_args()
    store = ReferenceStore(Path("var/references"))
    reference = store.current()
    if reference is None:
        parser.error("no reference is in use: `btportal reference fetch`")
    panel = panel_folder(store.root)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        genomes = arguments.genome or [write_genome(folder / "made_6mb.fna", reference)]
        figures = {path.stem: compared(path, reference, panel, arguments.rounds, folder) for path in genomes}
    print(table(figures))
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(figures, indent=1) + "\n")
    if arguments.write:
        write_into(arguments.write, "gates", table(figures))


if __name__ == "__main__":
    main()
