"""Rows of All_Toxins.txt, facts and hits with as little text as a test needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from portal.pipeline.shoter.hits import Hit, read_hits
from portal.pipeline.shoter.names import ranks_of
from portal.pipeline.shoter.specificity.dose import parse_dose
from portal.pipeline.shoter.specificity.facts import Fact
from portal.results.targets import parse_species

COLUMNS = (
    "Strain", "Protein_id", "Protein_len", "Strand", "Gene location on scaffold", "SVM", "BLAST", "HMM", "Hit_id",
    "Hit_length", "Aln_length", "Query start-end", "Hit stard-end", "Identity", "Evalue of blast", "Hmm hit",
    "Hmm hit length", "Evalue of Hmm", "Nomenclature", "Endotoxin_N", "Endotoxin_M", "Endotoxin_C", "Endotoxin_mid",
    "Toxin_10", "ETX_MTX2", "Gene sequence", "Protein sequence", "Scaffold sequence",
)  # fmt: skip


def row(hit_id: str = "Cry1Ac1", number: int = 1, **changes: str) -> dict[str, str]:
    """Return a complete hit of 100 % identity in the middle of a long contig."""
    values = {
        "Strain": "S1", "Protein_id": f"contig1_{number:05d}", "Protein_len": "1178", "Strand": "+1",
        "Gene location on scaffold": "10001-13534", "SVM": "NO", "BLAST": "YES", "HMM": "YES", "Hit_id": hit_id,
        "Hit_length": "1178", "Aln_length": "1178", "Query start-end": "1-1178", "Hit stard-end": "1-1178",
        "Identity": "100", "Evalue of blast": "0.0", "Hmm hit": "Cry.hmm", "Hmm hit length": "1340",
        "Evalue of Hmm": "0", "Nomenclature": "Rank4", "Endotoxin_N": "YES", "Endotoxin_M": "YES", "Endotoxin_C": "YES",
        "Endotoxin_mid": "NO", "Toxin_10": "NO", "ETX_MTX2": "NO", "Gene sequence": "", "Protein sequence": "",
        "Scaffold sequence": "A" * 60,
    }  # fmt: skip
    values["Scaffold sequence"] = "A" * 23534
    aliases = {
        "location": "Gene location on scaffold",
        "reference_range": "Hit stard-end",
        "sequence": "Protein sequence",
    }
    return values | {aliases.get(name, name): value for name, value in changes.items()}


def hmm_only(number: int = 1, profile: str = "Vpa.hmm", **changes: str) -> dict[str, str]:
    """Return a hit that only a profile found."""
    absent = dict.fromkeys(
        ("Hit_length", "Aln_length", "Query start-end", "Hit stard-end", "Identity", "Evalue of blast"), "NA"
    )
    base = row("NA", number, BLAST="NO", Nomenclature="ND", Endotoxin_N="NO", Endotoxin_M="NO", Endotoxin_C="NO")
    return base | absent | {"Hmm hit": profile} | changes


def table_text(rows: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS, end: str = "\n") -> str:
    lines = ["\t".join(columns), *("\t".join(values.get(name, "") for name in columns) for values in rows)]
    return end.join(lines) + end


def write_table(path: Path, rows: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> Path:
    path.write_text(table_text(rows, columns), encoding="utf-8", newline="")
    return path


def hits_of(rows: Sequence[Mapping[str, str]]) -> list[Hit]:
    return list(read_hits(Path("All_Toxins.txt"), table_text(rows).encode()).hits)


def fact(
    toxin: str,
    order: str,
    activity: str = "positive",
    strength: str = "A",
    *,
    species: str = "(order level)",
    seen: str = "seen_abstract_or_text",
    partner: str = "",
    dose: str = "",
    note: str | None = None,
    number: int = 1,
) -> Fact:
    return Fact(
        fact_id=f"T{number:04d}",
        toxin=toxin,
        toxin_1998=toxin,
        order=order,
        species=parse_species(species),
        species_text=species,
        taxid="",
        activity=activity,
        strength=strength,
        dose=parse_dose("LC50", dose, "ug/ml") if dose else None,
        note=note if note is not None else ("60 % mortality" if strength == "A" else ""),
        partner=partner,
        source_id="",
        reference=f"Author {number}",
        doi=f"10.1000/{number}",
        url=None,
        source_kind="literature",
        claim_seen=seen,
        line=number + 1,
        ranks=ranks_of(toxin),
    )
