"""Remote relatives found by the engine and by blastp: one protein per family, with increasingly many residues changed.

    python -m bench.recall [--proteins FASTA ...] [--share 30 ...] [--write docs/science/recall.md] [--json FILE]

Without `--proteins` the longest entry of each family of the reference in use is taken, and 30, 40, 50 and 60 % of its
residues are changed to others. Proteins of one's own are searched as they are. blastp (Debian: ncbi-blast+) searches
the same reference; found is what has an alignment with an E-value of at most 1e-25 in either.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.loci import write_into
from portal.domain.toxin_names import ToxinName, is_accessory
from portal.pipeline.digger.engine import run_digger
from portal.pipeline.digger.native.align import MAX_EVALUE
from portal.pipeline.digger.parity import read_rows
from portal.pipeline.digger.reader import read_fasta
from portal.reference.store import ReferenceStore
from portal.reference.types import Reference

SHARES = (30, 40, 50, 60)
SEED = 20211
# Residues as common as in proteins (Robinson and Robinson 1991, https://doi.org/10.1073/pnas.88.20.8880), per thousand.
_PER_THOUSAND = (78, 51, 45, 54, 19, 43, 63, 74, 22, 51, 90, 57, 22, 39, 52, 71, 58, 13, 32, 64)
_COMMON = dict(zip("ARNDCQEGHILKMFPSTWYV", _PER_THOUSAND, strict=True))


@dataclass(frozen=True)
class Recall:
    """The results of both for a set of proteins; `missed` are found by blastp only, `extra` by the engine only."""

    proteins: str
    searched: int
    blastp: int
    native: int
    missed: tuple[str, ...]
    extra: tuple[str, ...]


def families(reference: Reference) -> dict[str, str]:
    """Return the longest entry of each family, by its name."""
    longest: dict[str, tuple[str, str]] = {}
    for record in read_fasta(reference.fasta):
        parsed = ToxinName.parse(record.name)
        if parsed is None or is_accessory(record.name):
            continue
        family, letters = parsed.rank(1), record.sequence.decode()
        if len(letters) > len(longest.get(family, ("", ""))[1]):
            longest[family] = (record.name, letters)
    return dict(sorted(longest.values()))


def changed(letters: str, percent: int, rng: random.Random) -> str:
    """Return a protein with this share of its residues, chosen at random, changed to others."""
    out = list(letters)
    for at in rng.sample(range(len(out)), round(len(out) * percent / 100)):
        others = [letter for letter in _COMMON if letter != out[at]]
        out[at] = rng.choices(others, [_COMMON[letter] for letter in others])[0]
    return "".join(out)


def found_by_blastp(fasta: Path, reference: Path, folder: Path, threads: int) -> set[str]:
    """Return the proteins with a significant alignment."""
    database = folder / "db"
    if not database.with_suffix(".phr").exists():
        _run(["makeblastdb", "-in", reference, "-dbtype", "prot", "-out", database])
    lines = _run(
        ["blastp", "-query", fasta, "-db", database, "-evalue", MAX_EVALUE, "-outfmt", "6 qseqid",
         "-max_target_seqs", 5, "-num_threads", threads]
    )  # fmt: skip
    return set(lines.split())


def _run(command: Sequence[object]) -> str:
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True)
    return done.stdout.decode()


def found_by_engine(fasta: Path, reference: Reference, folder: Path, threads: int) -> set[str]:
    """Return the proteins that get a row with an alignment."""
    out = folder / f"{fasta.stem}.out"
    run_digger([(fasta.stem, fasta)], out, reference_fasta=reference.fasta, cache_dir=reference.folder / "index",
               reference_facts={}, threads=threads, kind="prot")  # fmt: skip
    return {name for name, row in read_rows(out / "All_Toxins.txt").items() if row["BLAST"] == "YES"}


def sets_of(arguments: argparse.Namespace, reference: Reference, folder: Path) -> Iterable[tuple[str, Path, list[str]]]:
    """Yield the sets to search: label, file, names."""
    if arguments.proteins:
        for path in arguments.proteins:
            yield path.name, path, [record.name for record in read_fasta(path)]
        return
    proteins = families(reference)
    for percent in arguments.share or SHARES:
        rng = random.Random(SEED + percent)
        path = folder / f"changed{percent}.faa"
        text = "".join(f">{name}\n{changed(letters, percent, rng)}\n" for name, letters in proteins.items())
        path.write_text(text, encoding="utf-8")
        yield f"{percent} % of residues changed", path, list(proteins)


def table(found: Sequence[Recall]) -> str:
    """Return the figures as Markdown."""
    lines = [
        "| proteins | searched | blastp | engine | found by blastp alone | by the engine alone |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.proteins} | {one.searched} | {one.blastp} | {one.native} | {len(one.missed)}{_named(one.missed)} "
        f"| {len(one.extra)}{_named(one.extra)} |"
        for one in found
    ]
    return "\n".join(lines)


def _named(names: Sequence[str]) -> str:
    return f" ({', '.join(names[:12])}{', ...' if len(names) > 12 else ''})" if names else ""


def measure(arguments: argparse.Namespace, reference: Reference) -> list[Recall]:
    """Search all sets with both."""
    figures = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for words, path, names in sets_of(arguments, reference, folder):
            both: Mapping[str, set[str]] = {
                "blastp": found_by_blastp(path, reference.fasta, folder, arguments.threads),
                "native": found_by_engine(path, reference, folder, arguments.threads),
            }
            missed, extra = both["blastp"] - both["native"], both["native"] - both["blastp"]
            figures.append(
                Recall(words, len(names), len(both["blastp"]), len(both["native"]), tuple(sorted(missed)),
                       tuple(sorted(extra)))
            )  # fmt: skip
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--proteins", type=Path, action="append", default=[])
    parser.add_argument("--share", type=int, action="append", default=[])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--write", type=Path, help="page that gets the table")
    parser.add_argument("--json", type=Path, default=Path("var/bench/recall.json"))
    arguments = parser.parse_args()
    if not shutil.which("blastp"):
        parser.error("blastp is not installed (Debian: ncbi-blast+)")
    reference = ReferenceStore(Path("var/references")).current()
    if reference is None:
        parser.error("no reference is in use: `btportal reference fetch`")
    start = time.perf_counter()
    figures = measure(arguments, reference)
    print(table(figures))
    print(f"{sum(one.searched for one in figures)} proteins in {time.perf_counter() - start:.0f} s")
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps([asdict(one) for one in figures], indent=1) + "\n", encoding="utf-8")
    if arguments.write:
        write_into(arguments.write, "recall", table(figures))
    # Down to half of the residues nothing that blastp finds may be missed; below, both lose some.
    sys.exit(any(one.missed for one in figures if "60 %" not in one.proteins))


if __name__ == "__main__":
    main()
