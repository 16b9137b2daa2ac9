"""Time Shoter alone: one strain in a fresh process and within one, and a table of 10,000 rows.

    python bench/shoter.py [All_Toxins.txt]

Issue 5 asks for less than 1 s for scoring and tables of one strain.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HEADER = (
    "Strain", "Protein_id", "SVM", "BLAST", "HMM", "Hit_id", "Hit_length", "Aln_length", "Hit stard-end", "Identity",
    "Nomenclature",
)  # fmt: skip
TOXINS = (
    "Cry1Aa1", "Cry1Ab3", "Cry1Ac5", "Cry2Aa4", "Cry2Ab2", "Cry1Ia1", "Vip3Aa1", "Cry4Aa2", "Cry4Ba1", "Cry10Aa1",
    "Cry11Aa1", "Cyt1Aa1", "Cry3Aa1", "Cry8Ea1", "Cry9Ca1", "Cry5Ba1", "App6Aa2", "Vpb1Aa1", "Vpa2Aa1", "Mpp51Aa2",
)  # fmt: skip


def write_table(path: Path, strains: int, hits: int) -> None:
    lines = ["\t".join(HEADER)]
    for strain in range(strains):
        for hit in range(hits):
            name = TOXINS[hit % len(TOXINS)]
            identity = str(100 - (hit * 7 + strain) % 50)
            cells = (f"S{strain}", f"c{hit}_00001", "NO", "YES", "YES", name, "700", "700", "1-700", identity, "Rank4")
            lines.append("\t".join(cells))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def timed(table: Path, out: Path) -> float:
    from portal.pipeline.shoter.parameters import ShoterParameters
    from portal.pipeline.shoter.run import run_shoter

    start = time.perf_counter()
    run_shoter(table, out, parameters=ShoterParameters())
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        table = Path(sys.argv[1]) if len(sys.argv) > 1 else out / "one.txt"
        if len(sys.argv) == 1:
            write_table(table, 1, 20)
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", "import sys; from portal.cli.shoter import shoter; shoter(sys.argv[1:])",
             str(table), "--out", str(out)],
            check=True, timeout=120, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        print(f"one strain, fresh process     {time.perf_counter() - start:6.2f} s")
        print(f"one strain, first in process  {timed(table, out):6.2f} s")
        print(f"one strain, again             {timed(table, out):6.2f} s")
        write_table(out / "many.txt", 300, 20)
        print(f"300 strains of 20 hits        {timed(out / 'many.txt', out):6.2f} s")
        write_table(out / "large.txt", 1, 10_000)
        print(f"one strain of 10,000 hits     {timed(out / 'large.txt', out):6.2f} s")
        print(f"peak memory                   {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:6.0f} MB")


if __name__ == "__main__":
    main()
