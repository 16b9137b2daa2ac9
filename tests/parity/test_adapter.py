"""The adapter gives back real output of BtToxin_Digger 1.0.10 byte for byte."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from portal.pipeline.digger.upstream.run import run_adapter
from tests.parity.data import DATA

# Genomes that the tool takes by itself: their N50 is at least 50 kb.
GENOMES = ["sim_kurstaki", "sim_israelensis"]

REPLAY = """#!{python}
import pathlib, sys
if sys.argv[1:] == ["--version"]:
    raise SystemExit(print("version: 1.0.10"))
folder = pathlib.Path("Results/Toxins")
folder.mkdir(parents=True)
for name in ("All_Toxins.txt", "{strain}.list", "Bt_all_genes.table"):
    text = pathlib.Path("{recorded}", name).read_text()
    for number, contig in enumerate({contigs!r}, start=1):
        text = text.replace(contig + "_0", "c%06d_0" % number)
    text = text.replace("{strain}\\t", "s0001\\t")
    (folder / name.replace("{strain}", "s0001")).write_text(text)
"""


@pytest.mark.parametrize("strain", GENOMES)
def test_names_and_places_come_back(strain: str, tmp_path: Path) -> None:
    genome, recorded = DATA / f"{strain}.fna", DATA / "real_output" / strain
    records = {
        part.split(None, 1)[0]: part.partition("\n")[2].replace("\n", "") for part in genome.read_text().split(">")[1:]
    }
    program = tmp_path / "BtToxin_Digger"
    program.write_text(REPLAY.format(python=sys.executable, strain=strain, recorded=recorded, contigs=list(records)))
    program.chmod(0o755)
    out, work = tmp_path / "out", tmp_path / "work"
    out.mkdir()
    work.mkdir()
    run_adapter(genome, strain, out, work, options={"executable": str(program)}, threads=1)
    for name in ("All_Toxins.txt", f"{strain}.list", "Bt_all_genes.table"):
        assert (out / name).read_text() == (recorded / name).read_text()
    table = [line.split("\t") for line in (out / "All_Toxins.txt").read_text().splitlines()[1:]]
    counted = [row for row in table if "YES" in (row[6], row[7])]
    toxins = json.loads((out / "toxins.json").read_text())["toxins"]
    assert toxins
    assert [records[hit["contig"]][hit["start"] - 1 : hit["end"]] for hit in toxins] == [row[25] for row in counted]
