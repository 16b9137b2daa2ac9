"""Small tables of published facts, and what Shoter makes of genomes with them."""

from __future__ import annotations

from pathlib import Path

from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import run_shoter
from tests.pipeline.shoter.shoter_builders import row, write_table

_COLUMNS = (
    "fact_id", "toxin", "toxin_1998", "order", "species", "taxid", "activity", "strength", "measure", "dose",
    "dose_unit", "note", "partner", "reference", "doi", "url", "source_kind", "claim_seen",
)  # fmt: skip
_READ = "seen_abstract_or_text"


def fact(number: int, toxin: str, order: str, species: str, activity: str, dose: str = "", unit: str = "",
         seen: str = _READ) -> list[str]:  # fmt: skip
    measure, grade = ("LC50" if dose else ""), "A"
    return [
        f"F{number:04d}", toxin, toxin, order, species, "", activity, grade, measure, dose, unit, "", "",
        f"Paper {2000 + number}", f"10.1234/{number}", "", "literature", seen,
    ]  # fmt: skip


def shoot(folder: Path, facts: list[list[str]], *toxins: str) -> Path:
    """Score a strain with these toxins by these facts alone; one of an unrelated toxin makes *A. aegypti* known."""
    folder.mkdir(exist_ok=True)
    facts = [*facts, fact(9, "Cry3Aa", "Diptera", "Aedes aegypti", "negative")]
    table = folder / "facts.csv"
    table.write_text("".join(f"{','.join(cells)}\n" for cells in (_COLUMNS, *facts)), encoding="utf-8")
    hits = write_table(
        folder / "All_Toxins.txt", [row(name, number, Identity="99") for number, name in enumerate(toxins, 1)]
    )
    run_shoter(hits, folder, parameters=ShoterParameters(), table=table)
    return folder
