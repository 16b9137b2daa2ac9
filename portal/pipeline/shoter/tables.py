"""The TSV files: plain, so that programs written for Shoter v1 can read them unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from portal.domain.message import Message
from portal.pipeline.shoter.hits import Hit
from portal.pipeline.shoter.output import role_of, rounded
from portal.pipeline.shoter.scoring import TargetScore, UnitScore
from portal.pipeline.shoter.strain import StrainResult
from portal.pipeline.shoter.units import Unit
from portal.results.conclusion import Conclusion
from portal.results.targets import UNKNOWN_STATES
from portal.results.tsv import tsv_line

_SUPPORT_COLUMNS = (
    "Strain", "Protein_id", "Hit_id", "Name_2020", "Name_1998", "Family", "Rank", "Identity", "Coverage", "Domains",
    "Unit", "Kind", "Copies", "Weight", "Kept", "Reason", "Flags",
)  # fmt: skip


def _table(header: Sequence[str], rows: Iterable[Sequence[object]], run_id: str) -> bytes:
    lines = [tsv_line([*header, "run_id"])]
    lines += [tsv_line([*map(_cell, row), run_id]) for row in rows]
    return "".join(lines).encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{rounded(value):g}"
    return " ".join(str(value).split())


def _score_cell(score: TargetScore) -> float | None:
    return None if score.state in UNKNOWN_STATES else score.score


def target_scores(
    results: Sequence[StrainResult], conclusions: Sequence[Conclusion], targets: Sequence[str], run_id: str
) -> bytes:
    """Return strain_target_scores.tsv; an order without evidence has an empty cell, not 0."""
    details = [f"{target}_{part}" for target in targets for part in ("low", "high", "state", "documented")]
    rows = []
    for result, conclusion in zip(results, conclusions, strict=True):
        row: list[object] = [result.strain, *(_score_cell(score) for score in result.orders)]
        for score in result.orders:
            known = score.state != "no_evidence"
            share = score.documented.share if score.documented else None
            row += [score.low if known else None, score.high if known else None, score.state, share]
        row += [result.unknown_score, next(iter(conclusion.likely + conclusion.possible), None)]
        rows.append(row)
    return _table(["Strain", *targets, *details, "unknown_target", "top_target"], rows, run_id)


def species_scores(results: Sequence[StrainResult], run_id: str) -> bytes:
    """Return strain_target_species_scores.tsv with the species that score above 0 in any strain."""
    species = sorted({score.target for result in results for score in result.species if rounded(score.score) > 0.0})
    rows = []
    for result in results:
        known = {score.target: _score_cell(score) for score in result.species}
        rows.append([result.strain, *(known.get(name) for name in species)])
    return _table(["Strain", *species], rows, run_id)


def toxin_support(results: Sequence[StrainResult], targets: Sequence[str], run_id: str) -> bytes:
    """Return toxin_support.tsv: one row per hit, with its unit's contribution in one column per order."""
    rows: list[list[object]] = []
    for result in results:
        unit_of = {hit.line: unit for unit in reversed(result.units) for gene in unit.genes for hit in gene.hits}
        added: dict[str, dict[str, UnitScore]] = {
            score.target: {entry.unit.unit_id: entry for entry in score.units} for score in result.orders
        }
        listed = [(hit, None) for hit in result.selection.kept] + list(result.selection.dropped)
        for hit, reason in sorted(listed, key=lambda entry: entry[0].line):
            unit = unit_of.get(hit.line)
            rows.append(_support_row(result.strain, hit, reason, unit, [added[target] for target in targets]))
    return _table([*_SUPPORT_COLUMNS, *targets], rows, run_id)


def _support_row(
    strain: str, hit: Hit, reason: Message | None, unit: Unit | None, added: Sequence[Mapping[str, UnitScore]]
) -> list[object]:
    domains = [name.removeprefix("Endotoxin_") for name, call in hit.domains.items() if call]
    row: list[object] = [
        strain, hit.protein_id, hit.hit_name, hit.name_2020 if hit.blast else None, hit.name_1998, hit.family, hit.rank,
        hit.identity, hit.coverage, ",".join(domains), unit.unit_id if unit else None, unit.kind if unit else None,
        unit.copies if unit else None, unit.weight if unit else None, reason is None, str(reason) if reason else None,
        ",".join(unit.flags) if unit else None,
    ]  # fmt: skip
    for entries in added:
        entry = entries.get(unit.unit_id) if unit else None
        row.append(entry.contribution if entry else None)
    return row


def accessory(results: Sequence[StrainResult], run_id: str) -> bytes:
    """Return accessory.tsv."""
    rows = [
        [result.strain, hit.protein_id, hit.hit_name, hit.identity, hit.coverage, hit.rank, role_of(hit.hit_name)]
        for result in results
        for hit in result.selection.accessory
    ]
    return _table(["Strain", "Protein_id", "Hit_id", "Identity", "Coverage", "Rank", "Role"], rows, run_id)
