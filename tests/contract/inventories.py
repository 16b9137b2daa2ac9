"""Inventories of toxins, scored as a genome's hits are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from click.testing import CliRunner

from portal.cli.shoter import shoter
from tests.pipeline.shoter.shoter_builders import COLUMNS


def score_inventories(folder: Path, inventories: Mapping[str, Sequence[Mapping[str, str]]], *options: str) -> str:
    """Write `All_Toxins.txt` with the rows of each strain, run `btportal shoter` over it, and return what it printed.

    The scores of all strains are in the folder afterwards.
    """
    table = folder / "All_Toxins.txt"
    with table.open("w", encoding="utf-8") as lines:
        lines.write("\t".join(COLUMNS) + "\n")
        for strain, rows in inventories.items():
            for values in rows:
                # Without the contig's sequence nothing tells how long it is; a place at its start is its end.
                cells = {**values, "Strain": strain}
                lines.write("\t".join(cells[name] for name in COLUMNS) + "\n")
    done = CliRunner().invoke(shoter, [str(table), "--out", str(folder), *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output
