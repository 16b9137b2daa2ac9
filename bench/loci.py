"""The matrix of damaged genes: results of Digger and Shoter for each case, against the expected ones.

    python -m bench.loci [--further] [--toxin Cry3Aa ...] [--case stop ...] [--folder DIR ...]
                         [--write docs/science/loci.md] [--json figures.json]

Without `--folder` the genomes are made: 15 toxins, 13 cases, 4 places, both strands; with `--further` those toxins and
22 of other folds and lengths, those cases and 28 others, 5 other places, the strands by turns. A folder is one that
`btportal example --damage` has written, or any other with genomes of one gene each and a `damage.tsv` beside them, of
which the columns file, toxin, case, percent, verdict (see `damage_cases`), score (same, lower or not_higher) and loci
are read; an intact genome of each toxin (case `intact`) must be among them.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from portal.pipeline.digger.engine import run_digger
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import run_shoter
from portal.reference.damage import CASES, FURTHER_TOXINS, MATRIX_TOXINS, further, matrix, write_damaged
from portal.reference.damage_cases import MATRIX_CASES
from portal.reference.store import ReferenceStore
from portal.reference.types import Reference
from portal.results.codec import from_json
from portal.results.loci import LociDocument

TOLERANCE, WHOLE = 0.01, 0.98
# What these leave of a short gene may be too short for a reading frame that is searched.
MAY_BE_TOO_SHORT = ("edge", "remnant", "pieces")
_END = "<!-- end -->"

Scores = Mapping[str, float]


@dataclass
class CaseFigures:
    """The results for one kind of damage."""

    case: str
    genomes: int = 0
    told: int = 0
    too_short: int = 0
    raised: float = 0.0
    moved: float = 0.0
    left: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def answers(folder: Path, genomes: Sequence[Path], reference: Reference, threads: int) -> dict[str, Scores]:
    """Run both stages on a batch; return the scores by order and species of each genome."""
    out = folder / "out"
    run_digger([(path.stem, path) for path in genomes], out, reference_fasta=reference.fasta,
               cache_dir=reference.folder / "index", reference_facts={}, threads=threads, kind="nucl")  # fmt: skip
    run_shoter(out / "All_Toxins.txt", out, parameters=ShoterParameters(draws=100))
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    for name, key, target in (
        ("strain_scores.json", "orders", "target"),
        ("strain_species_scores.json", "species", "species"),
    ):
        for strain in json.loads((out / name).read_text(encoding="utf-8"))["strains"]:
            known = {score[target]: score["score"] for score in strain[key] if score["score"] is not None}
            scores[strain["strain"]].update(known)
    return dict(scores)


def compare(folder: Path, rows: Sequence[Mapping[str, str]], scores: Mapping[str, Scores]) -> list[CaseFigures]:
    """Compare the results with the expected ones."""
    figures: dict[str, CaseFigures] = {}
    intact = {row["toxin"]: scores.get(Path(row["file"]).stem, {}) for row in rows if row["case"] == "intact"}
    for row in rows:
        strain = Path(row["file"]).stem
        case = figures.setdefault(row["case"], CaseFigures(row["case"]))
        loci = from_json((folder / "out" / f"{strain}.loci.json").read_bytes(), LociDocument).loci
        verdicts = [str(locus.verdict) for locus in loci]
        case.genomes += 1
        if not verdicts and row["case"] in MAY_BE_TOO_SHORT:
            case.too_short += 1
        elif is_told(verdicts, row["verdict"], int(row["loci"])):
            case.told += 1
        else:
            case.wrong.append(f"{row['file']}: {', '.join(verdicts) or 'nothing'}")
        if int(row["loci"]) == 1:
            _compare_scores(case, row, scores.get(strain, {}), intact[row["toxin"]])
    return list(figures.values())


def is_told(verdicts: Sequence[str], expected: str, loci: int) -> bool:
    """Return whether the verdicts on a genome's genes are the expected ones (see `damage_cases`)."""
    if "+" in expected:
        return Counter(verdicts) == Counter(expected.split("+"))
    return len(verdicts) == loci and any(verdict in expected.split("|") for verdict in verdicts)


def _compare_scores(case: CaseFigures, row: Mapping[str, str], now: Scores, before: Scores) -> None:
    best = max(before, key=lambda target: before[target], default=None)
    if best is None or not before[best]:
        return  # nobody has tested this toxin
    left = now.get(best, 0.0) / before[best]
    changes = [now.get(target, 0.0) - before.get(target, 0.0) for target in now.keys() | before.keys()]
    raised, moved = max(changes), max(map(abs, changes))
    case.left.append(left)
    case.raised = max(case.raised, raised)
    if row["score"] == "same":
        case.moved = max(case.moved, moved)
        if moved > TOLERANCE:
            case.wrong.append(f"{row['file']}: a score moved by {moved:.3f}")
    elif raised > 1e-4:
        case.wrong.append(f"{row['file']}: a score rose by {raised:.4f}")
    elif row["score"] == "lower" and left > WHOLE:
        case.wrong.append(f"{row['file']}: the gene counts as whole")


def table(figures: Sequence[CaseFigures]) -> str:
    """Return the figures as Markdown."""
    lines = [
        "| case | what was done to the gene | genomes | told rightly | too short for a row | largest rise of a score "
        "| largest move | main score left (median, most) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in figures:
        text = CASES[one.case].text if one.case in CASES else ""
        left = sorted(one.left)
        share = f"{left[len(left) // 2]:.2f}, {left[-1]:.2f}" if left else ""
        lines.append(
            f"| `{one.case}` | {text} | {one.genomes} | {one.told} | {one.too_short or ''} | {one.raised:.4f} "
            f"| {one.moved:.4f} | {share} |"
        )
    return "\n".join(lines)


Genomes = tuple[Path, list[dict[str, str]]]  # a folder, and the rows of its table


def read_folder(folder: Path) -> Genomes:
    with (folder / "damage.tsv").open(encoding="utf-8") as stream:
        return folder, list(csv.DictReader(stream, delimiter="\t"))


def make_genomes(folder: Path, reference: Reference, toxins: Sequence[str], cases: Sequence[str]) -> Genomes:
    """Write the genomes of the matrix."""
    others = [(case, 50 if MATRIX_CASES[case].needs_place else None) for case in MATRIX_CASES]
    damages = [damage for damage in dict.fromkeys([*matrix(), *others]) if _is_chosen(damage[0], cases)]
    write_damaged(reference.fasta, folder, damages, toxins or MATRIX_TOXINS)
    return read_folder(folder)


def make_further_genomes(folder: Path, reference: Reference, toxins: Sequence[str], cases: Sequence[str]) -> Genomes:
    """Write the genomes beyond the matrix, on either strand by turns."""
    rows = []
    for toxin in toxins or (*MATRIX_TOXINS, *FURTHER_TOXINS):
        for strand in "+-":
            damages = [damage for damage in further()["+-".index(strand) :: 2] if _is_chosen(damage[0], cases)]
            damages = list(dict.fromkeys([("intact", None), *damages]))
            rows += write_damaged(reference.fasta, folder, damages, [toxin], [strand])
    return folder, [{key: str(value) for key, value in asdict(row).items()} for row in rows]


def _is_chosen(case: str, chosen: Sequence[str]) -> bool:
    return not chosen or case in (*chosen, "intact")


def run(arguments: argparse.Namespace, reference: Reference) -> list[CaseFigures]:
    make = make_further_genomes if arguments.further else make_genomes
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        given = [read_folder(folder) for folder in arguments.folder]
        figures: dict[str, CaseFigures] = {}
        for folder, rows in given or [make(made, reference, arguments.toxin, arguments.case)]:
            scratch = made / f"run{len(figures)}"
            scores = answers(scratch, [folder / row["file"] for row in rows], reference, arguments.threads)
            for case in compare(scratch, rows, scores):
                figures[case.case] = case
        return list(figures.values())


def write_into(page: Path, bench: str, text: str) -> None:
    """Replace the table of a benchmark between its marks on a page."""
    begin = f"<!-- written by python -m bench.{bench}: -->"
    content = page.read_text(encoding="utf-8")
    before, _, rest = content.partition(begin)
    _, _, behind = rest.partition(_END)
    page.write_text(f"{before}{begin}\n\n{text}\n\n{_END}{behind}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--further", action="store_true", help="the toxins, cases and places beyond the matrix")
    parser.add_argument("--toxin", action="append", default=[])
    parser.add_argument("--case", action="append", default=[])
    parser.add_argument("--folder", type=Path, action="append", default=[])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--write", type=Path, help="page that gets the table")
    parser.add_argument("--json", type=Path, default=Path("var/bench/loci.json"))
    arguments = parser.parse_args()
    reference = ReferenceStore(Path("var/references")).current()
    if reference is None:
        parser.error("no reference is in use: `btportal reference fetch`")
    start = time.perf_counter()
    figures = run(arguments, reference)
    print(table(figures))
    print(f"{sum(one.genomes for one in figures)} genomes in {time.perf_counter() - start:.0f} s")
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps([asdict(one) for one in figures], indent=1) + "\n", encoding="utf-8")
    if arguments.write:
        write_into(arguments.write, "loci --further" if arguments.further else "loci", table(figures))
    wrong = [text for one in figures for text in one.wrong]
    for text in wrong:
        print(f"wrong: {text}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
