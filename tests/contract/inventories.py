"""Inventories of toxins, scored as a genome's hits are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from click.testing import CliRunner

from portal.cli.shoter import shoter
from portal.domain.fasta import mostly_unknown as says_mostly_unknown
from portal.results.codec import to_json
from portal.results.facts import EngineFacts, ReferenceFacts
from portal.results.names import DIGGER_JSON
from portal.results.toxins import DiggerRun, SearchedStrain
from tests.pipeline.shoter.shoter_builders import COLUMNS


def score_inventories(
    folder: Path,
    inventories: Mapping[str, Sequence[Mapping[str, str]]],
    *options: str,
    mostly_unknown: Collection[str] = (),
) -> str:
    """Write `All_Toxins.txt` with the rows of each strain, run `btportal shoter` over it, and return what it printed.

    mostly_unknown: strains of which Digger's `digger.json` beside the table says that little of them is known.

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
    searched = tuple(
        SearchedStrain(
            strain=strain, contigs=1, bases=1000, n50=1000, kind="nucl", toxins=0, accessory=0, notes=(),
            remarks=tuple(filter(None, [says_mostly_unknown(1000, 900 if strain in mostly_unknown else 0)])),
        )
        for strain in inventories
    )  # fmt: skip
    engine, reference = EngineFacts(name="native"), ReferenceFacts(name="bundled")
    run = DiggerRun(engine=engine, reference=reference, strains=searched)
    (folder / DIGGER_JSON).write_bytes(to_json(run))
    done = CliRunner().invoke(shoter, [str(table), "--out", str(folder), *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output
