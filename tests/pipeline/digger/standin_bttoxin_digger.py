"""A stand-in for BtToxin_Digger: it replays a recorded run of version 1.0.10 and is no search tool.

    standin_bttoxin_digger.py RECORDED_FOLDER --SeqPath in ... --Scaf_suffix .fna

Like the real one it moves its input, writes below and two levels above its working folder, and ends with code 0.
The recorded strain and contig take the names of the input.
"""

from __future__ import annotations

import sys
from pathlib import Path

RECORDED_CWD = "./l1/l2/cwd/"
RECORDED_ABOVE = "./l1/"
ASIDE = ("Prefilter", "N50lt50K")


def main(recorded: Path, arguments: list[str]) -> None:
    if arguments == ["--version"]:
        print("version: 1.0.10")
        return
    assert arguments[:5] == ["--SeqPath", "in", "--SequenceType", "nucl", "--Scaf_suffix"], arguments
    genome = next(Path("in").glob("*.fna"))
    contig = genome.read_text().split(maxsplit=1)[0].removeprefix(">")
    old_strain = recorded_strain(recorded)

    def renamed(text: str) -> str:
        return text.replace(old_strain, genome.stem).replace("c1_", f"{contig}_")

    for line in (recorded / "FILES.txt").read_text().splitlines():
        recorded_path = line.split(" ", 1)[1]
        if recorded_path.startswith(RECORDED_CWD):
            target = Path(recorded_path.removeprefix(RECORDED_CWD).replace(old_strain, genome.stem))
        else:
            target = Path("../..", recorded_path.removeprefix(RECORDED_ABOVE))
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.parent.name in ASIDE and genome.is_file():
            genome.rename(target)
            continue
        kept = recorded / Path(recorded_path).name
        target.write_text(renamed(kept.read_text()) if kept.is_file() else "")
    print(renamed((recorded / "out.txt").read_text()), end="", flush=True)
    print((recorded / "err.txt").read_text(), end="", file=sys.stderr, flush=True)


def recorded_strain(recorded: Path) -> str:
    """Return the strain's name in a recorded run: that of its statistics file."""
    for line in (recorded / "FILES.txt").read_text().splitlines():
        name = Path(line.split(" ", 1)[1]).name
        if name.endswith((".prefilter.stats", ".fasta")):
            return name.removesuffix(".prefilter.stats").removesuffix(".fasta")
    raise SystemExit(f"no strain in {recorded}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
