"""Write results of Digger and Shoter as their schemas say, with as many strains and hits as a test wants."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from portal.results.candidates import CandidateProtein, candidates_of
from portal.results.conclusion import conclude
from portal.results.loci import LociDocument
from portal.results.scores import OrderScore, ScoredHit, ScoredUnit, ScoresDocument, SpeciesDocument
from portal.results.screening import SYSTEMS
from portal.results.shortlist import bioassays_of

TARGETS = [
    ("Lepidoptera", "pest"), ("Coleoptera", "pest"), ("Diptera", "pest"), ("Hemiptera", "pest"),
    ("Hymenoptera", "pest"), ("Blattodea", "pest"), ("Orthoptera", "pest"), ("Neuroptera", "pest"),
    ("Nematoda", "pest"), ("Human cancer cells", "non_pest"),
]  # fmt: skip
STATES = ("tested", "inherited", "partner_missing", "negative_only", "no_evidence", "inconclusive", "broken")
FAMILIES = ("Cry1", "Cry2", "Vip3", "Cry9", "Cry4", "Cyt1", "Tpp1", "Spp1")
SPECIES = ("Plutella xylostella", "Spodoptera exigua", "Aedes aegypti", "Leptinotarsa decemlineata")
DOMAIN_PARTS = [
    {"name": "Endotoxin_N", "start": 20, "end": 120, "share": 1.0},
    {"name": "Endotoxin_M", "start": 130, "end": 220, "share": 0.5},
]
CALLS = {"Endotoxin_N": "YES", "Endotoxin_M": "YES", "Endotoxin_C": "NO", "Toxin_10": "NA"}


def toxin_name(index: int) -> str:
    """Return a name of the nomenclature, different for each index."""
    return f"{FAMILIES[index % len(FAMILIES)]}{'ABCDEFGH'[index // 8 % 8]}{'abcdefgh'[index % 8]}{1 + index // 64}"


def toxin(index: int, *, name: str | None = None, contig: str | None = None) -> dict[str, Any]:
    """Return one gene of `toxins.json`."""
    rng = random.Random(index)
    length = rng.choice((330, 632, 719, 1176))
    start = 2000 + 4300 * (index % 6)
    identity = (100.0, 99.6, 98.2, 83.1, 61.0, 40.2)[index % 6]
    return {
        "protein_id": f"contig{index // 6 + 1}_{index + 1:05d}",
        "contig": contig or f"contig{index // 6 + 1}",
        "contig_length": 31000,
        "start": start,
        "end": start + 3 * length - 1,
        "strand": "+-"[index % 2],
        "frame": -1 if index % 2 else 1,
        "length_aa": length,
        "class": "Cry",
        "rank": f"Rank{4 - index % 4}",
        "blast": True,
        "identity_percent": identity,
        "coverage_percent": (100.0, 100.0, 99.0, 100.4, 52.0, 71.0)[index % 6],
        "evalue": 0.0,
        "hit": {"name": name or toxin_name(index), "name_1998": None, "length": length + 3, "start": 1, "end": length},
        "query": {"start": 1, "end": length},
        "ties": [],
        "hmm": {"family": "Cry1", "length": 700, "evalue": 1e-100},
        "partial": index % 5 == 4,
        "contig_edge": "right" if index % 5 == 4 else None,
        "internal_stop": False,
        "accessory": False,
        "domains": CALLS,
        "domain_spans": [
            {"name": "Endotoxin_N", "start": 20, "end": 120},
            {"name": "Endotoxin_M", "start": 130, "end": 220},
        ],
    }


def locus(index: int, *, name: str | None = None) -> dict[str, Any]:
    """Return the gene of `toxin(index)` as loci.json has it: every fifth cut by its contig's end, the third broken."""
    row = toxin(index, name=name)
    closest, cut = row["hit"], row["partial"]
    piece = {
        "protein_id": row["protein_id"], "contig": row["contig"], "start": row["start"], "end": row["end"],
        "strand": row["strand"], "reading": 1, "reference_start": 1, "reference_end": closest["length"] - 40 * cut,
        "identity_percent": row["identity_percent"],
    }  # fmt: skip
    pieces, events, verdict = [piece], [], "intact"
    if cut:
        verdict = "edge"
        events = [{"kind": "contig_end", "residue": closest["length"] - 39, "contig": row["contig"],
                   "position": row["end"]}]  # fmt: skip
    elif index == 2:
        verdict, middle = "frameshift", row["start"] + 299
        pieces = [
            {**piece, "end": middle, "reference_end": 100},
            {**piece, "protein_id": None, "start": middle + 1, "reading": 2, "reference_start": 101},
        ]
        events = [{"kind": "frameshift", "residue": 101, "contig": row["contig"], "position": middle, "bases": -1}]
    return {
        "locus_id": f"L{index + 1}", "name": closest["name"], "equal_to": [], "reference": closest["name"],
        "reference_1998": None, "reference_length": closest["length"], "verdict": verdict,
        "identity_percent": row["identity_percent"], "coverage_percent": row["coverage_percent"], "accessory": False,
        "hmm": True, "pieces": pieces, "events": events, "domains": DOMAIN_PARTS, "domain_calls": CALLS,
        "protein": "M" * row["length_aa"], "as_read": "M" * 100 if index == 2 else None,
    }  # fmt: skip


def loci_document(hits: int, strain: str = "HD-1", *, name: str | None = None) -> dict[str, Any]:
    """Return `loci.json` with the genes of so many hits."""
    return {"schema": 1, "strain": strain, "loci": [locus(index, name=name) for index in range(hits)]}


def alignments_document(hits: int, strain: str = "HD-1", *, name: str | None = None) -> dict[str, Any]:
    """Return `alignments.json` of these genes: two replaced residues, one left out and two inserted in each."""
    return {"schema": 1, "strain": strain, "genes": [_aligned(locus(index, name=name)) for index in range(hits)]}


def _aligned(gene: dict[str, Any]) -> dict[str, Any]:
    length = len(gene["protein"])
    query, hit = list("M" * (length - 40)), list("M" * (length - 40))
    query[4], hit[4], query[65], hit[65], query[70], hit[80], hit[81] = "A", "V", "K", "R", "-", "-", "-"
    closest = {
        "reference": gene["reference"], "reference_1998": None, "reference_length": gene["reference_length"],
        "same": ["Cry1Ac9"], "identity_percent": gene["identity_percent"], "start": 1, "end": length - 41,
        "reference_start": 1, "reference_end": length - 42,
        "protein_row": "".join(query), "reference_row": "".join(hit),
    }  # fmt: skip
    return {"locus_id": gene["locus_id"], "alignments": [closest, {**closest, "reference": "Cry1Ad1", "same": []}]}


def gene_files(folder: Path, hits: int, strain: str = "HD-1", *, name: str | None = None) -> None:
    """Write the genes as proteins and as DNA with 30 flanking bases."""
    genes = [locus(index, name=name) for index in range(hits)]
    faa = "".join(f">{gene['locus_id']} {gene['name']}\n{gene['protein']}\n" for gene in genes)
    coding = [f"{'a' * 30}{'ATG' * len(gene['protein'])}{'t' * 30}" for gene in genes]
    fna = "".join(
        f">{gene['locus_id']} {gene['name']} {_place(gene)}\n{dna}\n" for gene, dna in zip(genes, coding, strict=True)
    )
    (folder / f"{strain}.genes.faa").write_text(faa, encoding="utf-8")
    (folder / f"{strain}.genes.fna").write_text(fna, encoding="utf-8")


def _place(gene: dict[str, Any]) -> str:
    """Return where the DNA of a gene is, as the header of its record ends."""
    first, last = gene["pieces"][0], gene["pieces"][-1]
    start, end = first["start"], last["end"]
    return f"{first['contig']}:{start - 30}-{end + 30}({first['strand']}) gene={start}-{end}"


def screening_document(strain: str = "HD-1") -> dict[str, Any]:
    """Return `screening.json` of a genome of group IV with Nhe, a relative of Hbl, and a part of capB."""
    place = {"contig": "contig_1", "start": 101, "end": 1300, "strand": "-"}
    states = {"nheA": ("found", 98.7, 100.0), "nheB": ("found", 97.1, 100.0), "hblC": ("distant_relative", 56.2, 98.1),
              "capB": ("fragment", 91.0, 40.0), "cytK-2": ("found", 95.0, 99.0)}  # fmt: skip
    genes = []
    for system, names in SYSTEMS.items():
        for name in names:
            gene: dict[str, Any] = {
                "gene": name, "system": system, "state": "not_found", "reference": "WP_1.1", "reference_length": 400,
                "identity_percent": None, "coverage_percent": None, "evalue": None, "places": [],
            }  # fmt: skip
            if name in states:
                state, identity, coverage = states[name]
                gene |= {"state": state, "identity_percent": identity, "coverage_percent": coverage, "evalue": 1e-80,
                         "places": [place]}  # fmt: skip
            genes.append(gene)
    pan_c = {
        "group": "IV", "species": "cereus_sensu_stricto", "reference": "Bacillus_cereus_ATCC_14579",
        "identity_percent": 99.3, "coverage_percent": 100.0, "is_close": True, "next_group": "II",
        "next_identity_percent": 91.9, "copies": 1, "place": place,
    }  # fmt: skip
    return {
        "schema": 1, "strain": strain, "panel": {"version": "btyper3 3.4.0", "source": "PyPI btyper3 3.4.0"},
        "membership": "member", "is_whole": True, "pan_c": pan_c, "genes": genes,
    }  # fmt: skip


def record(fact_id: str, order: str) -> dict[str, Any]:
    """Return one record of `strain_scores.json`; every second one is unverified."""
    unverified = int(fact_id[1:]) % 2 == 1
    return {
        "toxin": "Cry1Ac", "toxin_1998": "Cry1Ac", "level": "rank3", "order": order, "species": "Plutella xylostella",
        "activity": "positive", "strength": "A", "weight": 0.5 if unverified else 0.95,
        "reference": f"Author & Writer {1980 + int(fact_id[1:])}, J Invertebr Pathol 1:1", "doi": f"10.1000/{fact_id}",
        "url": None, "claim_seen": "recalled" if unverified else "seen_abstract_or_text", "unverified": unverified,
        "note": "", "partner": None,
    }  # fmt: skip


def strain_scores(strain: str, hits: int, seed: int = 0, name: str | None = None) -> dict[str, Any]:
    """Return one strain of `strain_scores.json` with `hits` hits, each a unit of its own."""
    rng = random.Random(f"{strain}{seed}")
    units = [_unit(index, name) for index in range(hits)]
    return concluded(
        {
            "strain": strain,
            "orders": [_order(index, target, panel, units, rng) for index, (target, panel) in enumerate(TARGETS)],
            "unknown_target": {"score": 0.4 if hits > 3 else 0.0, "hits": [toxin(3)["protein_id"]] if hits > 3 else []},
            "units": units,
            "hits": [_hit(index, name) for index in range(hits)],
            "accessory": [],
            "helpers": [{"helper": "Cyt1Aa", "helps": ["Cry4Ba"], "note": "slows resistance"}] if hits > 5 else [],
            "warnings": [],
        }
    )


def concluded(strain: dict[str, Any]) -> dict[str, Any]:
    """Return a strain with the conclusion that its scores lead to."""
    scores = msgspec.convert(strain["orders"], tuple[OrderScore, ...])
    hits = msgspec.convert(strain["hits"], tuple[ScoredHit, ...])
    units = msgspec.convert(strain["units"], tuple[ScoredUnit, ...])
    return {**strain, "conclusion": msgspec.to_builtins(conclude(scores, hits, units))}


def _unit(index: int, name: str | None) -> dict[str, Any]:
    return {
        "unit_id": f"u{index + 1}", "name": name or toxin_name(index), "name_1998": None,
        "family": FAMILIES[index % len(FAMILIES)], "kind": "single", "hits": [toxin(index)["protein_id"]],
        "copies": 1 + (index == 2), "weight": 0.9, "evidence": 1.0, "completeness": 0.9, "identity_percent": 98.0,
        "flags": ["contig_edge"] if index % 5 == 4 else [], "partner_missing": "Tpp2" if index == 6 else None,
    }  # fmt: skip


def _hit(index: int, name: str | None) -> dict[str, Any]:
    row = toxin(index, name=name)
    kept = index % 11 != 10
    return {
        "protein_id": row["protein_id"], "hit_name": row["hit"]["name"], "name_1998": None,
        "name_2020": row["hit"]["name"], "identity_percent": row["identity_percent"],
        "coverage_percent": row["coverage_percent"],
        "rank": row["rank"], "blast": True, "hmm": True, "svm": False,
        "domains": {"Endotoxin_N": True, "Endotoxin_M": True, "Endotoxin_C": False, "Toxin_10": None},
        "contig": row["contig"], "start": row["start"], "end": row["end"],
        "unit_id": f"u{index + 1}" if kept else None, "kept": kept,
        "dropped_reason": None if kept else "identity below 45 %", "flags": ["contig_edge"] if row["partial"] else [],
        "ties": [],
    }  # fmt: skip


def _order(index: int, target: str, panel: str, units: list[dict[str, Any]], rng: random.Random) -> dict[str, Any]:
    state = STATES[index % len(STATES)] if units else "no_evidence"
    shares = []
    for place, unit in enumerate(units):
        if state == "no_evidence" or (place + index) % 3 == 2:
            continue
        contribution = 0.0 if state in ("negative_only", "inconclusive") else round(rng.random() * 0.9, 4)
        shares.append(
            {
                "unit_id": unit["unit_id"], "family": unit["family"], "weight": 0.9, "p": contribution, "rho": 1.0,
                "contribution": contribution, "state": state, "records": [f"F{index + 1:04d}"],
                "inherited_records": [],
            }
        )  # fmt: skip
    score = round(1 - _product(1 - share["contribution"] for share in shares), 4) if shares else 0.0
    known = state != "no_evidence"
    tier = "none" if not score else "primary" if index == 0 else "secondary"
    return {
        "target": target, "panel": panel, "score": score if known and state != "inconclusive" else None,
        "low": max(0.0, round(score - 0.2, 4)) if known else None,
        "high": min(1.0, round(score + 0.1, 4)) if known else None, "state": state, "tier": tier,
        "evidence_grade": None if tier == "none" else "A" if index == 0 else "C", "unverified_share": 0.25,
        "trials": {"toxins": len(units), "tried": len(shares), "read": 1}, "units": shares,
    }  # fmt: skip


def _product(values: Any) -> float:
    result = 1.0
    for value in values:
        result *= value
    return result


def versions() -> dict[str, Any]:
    """Return the versions that both score files carry."""
    specificity = {
        "name": "bttoxin-facts", "version": "2026.1", "sha256": "ab" * 32, "facts": 494, "unverified_facts": 154
    }  # fmt: skip
    return {"shoter": "0.1.0", "specificity": specificity, "input_sha256": "cd" * 32, "engine": None}


def head() -> dict[str, Any]:
    """Return what both score files begin with."""
    parameters = {"min_identity": 0.0, "min_coverage": 0.0, "allow_unknown_families": True, "seed": 1}
    return {
        "schema": 2, "uncalibrated": True, "run_id": "0123456789ab", "parameters": parameters, "versions": versions(),
        "targets": [{"target": target, "panel": panel} for target, panel in TARGETS],
    }  # fmt: skip


def toxins_document(genes: Sequence[dict[str, Any]], strain: str = "HD-1") -> dict[str, Any]:
    """Return `toxins.json` with these genes."""
    return {
        "schema": 2, "strain": strain,
        "engine": {"name": "native", "version": "0.1.0"},
        "reference": {"name": "btyper3", "version": "3.4.0", "sha256": "ef" * 32, "entries": 931},
        "sequences": {"contigs": 12, "bases": 6_000_000, "n50": 500_000},
        "toxins": list(genes),
    }  # fmt: skip


def scores_document(*strains: dict[str, Any]) -> dict[str, Any]:
    """Return `strain_scores.json` with these strains and every record that they use."""
    shares = [unit for strain in strains for order in strain["orders"] for unit in order["units"]]
    used = sorted({fact for unit in shares for fact in unit["records"]})
    records = {fact: record(fact, TARGETS[int(fact[1:]) - 1][0]) for fact in used}
    return {**head(), "strains": list(strains), "records": records}


def write_results(folder: Path, hits: int = 7, *, strain: str = "HD-1", name: str | None = None) -> tuple[Path, Path]:
    """Write `digger/` and `shoter/` of one task into `folder` and return both."""
    digger, shoter = folder / "digger", folder / "shoter"
    digger.mkdir(parents=True)
    shoter.mkdir()
    scores = strain_scores(strain, hits, name=name)
    states = [(order["target"], order["score"], order["state"]) for order in scores["orders"] if order["score"]]
    species = [
        {
            "species": SPECIES[index % 4], "order": target, "panel": "pest", "score": score,
            "low": score / 2, "high": min(1.0, score * 1.1), "state": state, "evidence_grade": "B",
            "unverified_share": 0.1, "trials": {"toxins": hits, "tried": 1, "read": 0}, "units": [],
        }
        for index, (target, score, state) in enumerate(states[:4])
    ]  # fmt: skip
    document = scores_document(scores)
    _write(digger / "toxins.json", toxins_document([toxin(index, name=name) for index in range(hits)], strain))
    _write(digger / "loci.json", loci_document(hits, strain, name=name))
    genes = msgspec.convert(loci_document(hits, strain, name=name), LociDocument)
    proteins = {each.locus_id: CandidateProtein(sequence=each.protein, start_is_sure=True) for each in genes.loci}
    _write(digger / "candidates.json", msgspec.to_builtins(candidates_of(genes, proteins)))
    _write(digger / "screening.json", screening_document(strain))
    _write(digger / "alignments.json", alignments_document(hits, strain, name=name))
    if (
        "/" not in strain and len(strain.encode()) < 200
    ):  # a task's strain is the name of a file, a report's need not be
        gene_files(digger, hits, strain, name=name)
    _write(shoter / "strain_scores.json", document)
    by_species = {**document, "strains": [{"strain": strain, "species": species}]}
    _write(shoter / "strain_species_scores.json", by_species)
    shortlist = bioassays_of(msgspec.convert(document, ScoresDocument), msgspec.convert(by_species, SpeciesDocument))
    _write(shoter / "bioassays.json", msgspec.to_builtins(shortlist))
    (digger / "All_Toxins.txt").write_text("Strain\tProtein_id\n" + f"{strain}\tp\n" * hits, encoding="utf-8")
    (shoter / "toxin_support.tsv").write_text("Strain\n" + f"{strain}\n" * hits, encoding="utf-8")
    return digger, shoter


def _write(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
