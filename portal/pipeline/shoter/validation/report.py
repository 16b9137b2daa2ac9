"""The result of a validation as Markdown and as two pictures, for docs/science/method.md or an institute."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.domain.status import Lang
from portal.files.atomic import write_bytes
from portal.pipeline.shoter.validation.causes import CAUSES, FACTS, FORMULA
from portal.pipeline.shoter.validation.pictures import draw_pictures
from portal.pipeline.shoter.validation.validation import Failure, MethodResult, Validation

BEGIN, END = "<!-- validation: begin -->", "<!-- validation: end -->"


def as_markdown(validation: Validation, table: dict[str, object], source: str, lang: Lang = Lang.EN) -> str:
    """Return the tables: figures of the methods, reliability, and every strain.

    The strains that failed, and why, are in the language; the figures are in English.
    """
    lines = [
        f"Strains: `{source}`; specificity table {table['name']} {table['version']} "
        f"(SHA-256 `{str(table['sha256'])[:12]}`, {table['facts']} facts, {table['unverified_facts']} unverified).",
        "",
        "| method | cells | positive | AUC | Brier | top-1 | wrong strains |",
        "|---|---|---|---|---|---|---|",
        *(_method_row(method) for method in validation.methods),
        "",
        "Reliability (cells: strain x order; a well calibrated score has the same number in the last two columns):",
        "",
        "| method | score | cells | mean score | positive |",
        "|---|---|---|---|---|",
    ]
    for method in (validation.full, validation.left_out):
        lines += [
            f"| {method.method} | {found.low:g}-{found.high:g} | {found.cells} | {found.mean_score:.2f} "
            f"| {found.positive_share:.2f} |"
            for found in method.reliability
        ]
    lines += [
        "",
        "Order on top instead of a primary one:",
        "",
        "| method | primary | on top | strains |",
        "|---|---|---|---|",
    ]
    confusions = [(method.method, *confusion) for method in validation.methods for confusion in method.confusions]
    lines += [f"| {method} | {expected} | {found} | {number} |" for method, expected, found, number in confusions]
    lines += ["" if confusions else "| - | - | - | - |", *_order_table(validation), *_failure_table(validation, lang)]
    return "\n".join([*lines, *_strain_table(validation)]) + "\n"


def _order_table(validation: Validation) -> list[str]:
    number = len(validation.full.verdicts)
    fitted = f"{validation.fitted_on} of the {number} strains are in-sample: the calibration was fitted on them"
    lines = [
        "Order by order, strains with a score: what the calibration says, and what is documented "
        f"({fitted if validation.fitted_on else 'none of the strains was used to fit the calibration'}; gap: how far "
        "share, or without a curve score, and documented lie apart, averaged over four ranges of the score; by chance: "
        "the mean gap of true shares on as many strains, and its 95 % quantile):",
        "",
        "| order | strains | mean score | calibrated share | documented | gap | by chance |",
        "|---|---|---|---|---|---|---|",
    ]
    for found in validation.orders:
        share = f"{found.share:.2f}" if found.share is not None else "uncalibrated"
        lines.append(
            f"| {found.order} | {found.cells} | {found.mean_score:.2f} | {share} | {found.documented:.2f} "
            f"| {found.gap:.3f} | {found.chance[0]:.2f} (to {found.chance[1]:.2f}) |"
        )
    return [*lines, ""]


def _failure_table(validation: Validation, lang: Lang) -> list[str]:
    failed = [(verdict.strain, verdict.failure) for verdict in validation.full.verdicts if verdict.failure]
    if not failed:
        return []
    causes = Counter(failure.cause for _, failure in failed)
    lines = [
        Message("validation.failed", facts=causes[FACTS], formula=causes[FORMULA]).word(lang),
        "",
        f"| {Message('validation.failed_columns').word(lang)} |",
        "|---|---|---|---|",
    ]
    for strain, failure in failed:
        why = failure.why.word(lang) if failure.why else ""
        cells = (f"{strain.strain_id} {strain.name}", failure.what.word(lang), CAUSES[failure.cause].word(lang), why)
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _method_row(method: MethodResult) -> str:
    wrong = ", ".join(verdict.strain.strain_id for verdict in method.verdicts if verdict.failure) or "none"
    return (
        f"| {method.method} | {len(method.cells)} | {method.positives} | {method.auc:.3f} | {method.brier:.3f} "
        f"| {method.top1:.2f} | {wrong} |"
    )


def _strain_table(validation: Validation) -> list[str]:
    lines = [
        "Every strain (score of the primary orders; highest other order in brackets):",
        "",
        "| strain | primary | Shoter | own records left out | noisy-OR |",
        "|---|---|---|---|---|",
    ]
    for full, left_out, baseline in zip(
        validation.full.verdicts, validation.left_out.verdicts, validation.baseline_full.verdicts, strict=True
    ):
        cells = [_strain_cell(verdict.scores, full.strain.primary) for verdict in (full, left_out, baseline)]
        primary = ", ".join(full.strain.primary) or "control"
        lines.append(f"| {full.strain.strain_id} {full.strain.name} | {primary} | {' | '.join(cells)} |")
    return lines


def _strain_cell(scores: Any, primary: Sequence[str]) -> str:
    own = "/".join(f"{scores.get(order, 0.0):.2f}" for order in primary) or "-"
    others = {order: value for order, value in scores.items() if order not in primary}
    best = max(others, key=lambda order: others[order])
    return f"{own} ({best} {others[best]:.2f})" if others[best] > 0.0 else own


def write_report(folder: Path, page: Path, validation: Validation, table: dict[str, object], source: str) -> list[Path]:
    """Replace the marked part of a Markdown page and draw both pictures (SVG and PNG) into `folder`.

    Raises:
        InvalidInput: the page lacks the marks.
    """
    text = page.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise InvalidInput(Message("validation.no_marks", name=page.name, begin=BEGIN, end=END), field="docs")
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    body = as_markdown(validation, table, source)
    write_bytes(page, f"{head}{BEGIN}\n\n{body}\n{END}{tail}".encode())
    return [page, *draw_pictures(folder, validation)]


def as_json(validation: Validation) -> dict[str, Any]:
    """Return the result as JSON."""
    return {
        "methods": [
            {
                "method": method.method,
                "cells": len(method.cells),
                "positives": method.positives,
                "auc": _finite(method.auc),
                "brier": _finite(method.brier),
                "top1": _finite(method.top1),
                "failures": [str(failure) for failure in method.failures],
                "reliability": [asdict(found) for found in method.reliability],
                "confusions": [list(confusion) for confusion in method.confusions],
                "strains": {
                    verdict.strain.strain_id: {order: round(value, 4) for order, value in verdict.scores.items()}
                    for verdict in method.verdicts
                },
            }
            for method in validation.methods
        ],
        "orders": [
            asdict(found) | {"gap": _finite(found.gap), "gap_by_share": _finite(found.gap_by_share)}
            for found in validation.orders
        ],
        "in_sample": validation.fitted_on,
        "causes": {
            verdict.strain.strain_id: _cause(verdict.failure) for verdict in validation.full.verdicts if verdict.failure
        },
    }


def _cause(failure: Failure) -> dict[str, str]:
    why = str(failure.why) if failure.why else ""
    return {"text": str(failure.what), "order": failure.order, "cause": failure.cause, "why": why}


def _finite(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
