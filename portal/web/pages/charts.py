"""What the interactive charts of a task draw, as JSON below the task's address; the labels in the language of the page.

Asked for by `charts.js` when a reader comes near a chart, so that the page itself carries none of it.
Schemas of both score files: docs/use/formats-shoter.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import abort, jsonify
from flask.typing import ResponseReturnValue

from portal.domain.errors import Conflict, NotFound, NotReady
from portal.domain.task import TaskMeta
from portal.results.targets import UNKNOWN_STATES
from portal.web.context import web
from portal.web.pages.score_view import Target, read_scores
from portal.web.security import authorized_task
from portal.web.texts.i18n import gettext as _
from portal.web.texts.trials import trials_text
from portal.web.texts.words import ORDER, SCORE_STATE

# The name of each chart's static picture; that of a strain ends with the strain (docs/use/results.md).
# It stays for print, without scripts, and until the chart is there.
_CHART_PICTURES = {
    re.compile(r"strain_target_scores\.svg"): "orders",
    re.compile(r"strain_target_species_scores\.svg"): "species",
    re.compile(r"per_hit_.+\.svg"): "toxins",
}
_MOST_SPECIES = 60


def pictures_of_charts(names: Iterable[str]) -> dict[str, str]:
    """Return the pictures in whose place a chart is drawn, each with the chart's kind."""
    return {name: kind for name in names for pattern, kind in _CHART_PICTURES.items() if pattern.fullmatch(name)}


def charts(task_id: str) -> ResponseReturnValue:
    """Return the data of the charts of a task; 404 where it has no scores."""
    task = authorized_task(task_id)
    scores = _json(task, "strain_scores.json")
    data = chart_data(scores, _json(task, "strain_species_scores.json")) if scores else None
    if data is None:
        abort(404)
    response = jsonify(data)
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response


def _json(task: TaskMeta, name: str) -> dict[str, Any] | None:
    try:
        return web().tasks.result_json(task, name)
    except (NotFound, NotReady, Conflict):
        return None


def chart_data(score_file: Mapping[str, Any], species_file: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return `{words, orders, species, toxins: {names, orders, cells}}` of the first strain, or None without one.

    A row has `score`, `low` and `high` (0-1), or null in their place where nobody has tested: unknown is not zero.
    """
    scores = read_scores(score_file)
    if scores is None:
        return None
    targets = scores.likely + scores.inactive + scores.non_pest + scores.undecided + scores.untested
    rows = {str(row["target"]): row for row in score_file["strains"][0].get("orders", ())}
    return {
        "words": _words(),
        "orders": [_order(target, rows[target.target]) for target in targets],
        "species": _species(species_file, {target.target: target for target in targets}),
        "toxins": _toxins(score_file["strains"][0], targets),
    }


def _words() -> dict[str, str]:
    return {
        "score": _("Score"),
        "interval": _("5–95 % interval"),
        "grade": _("Evidence grade"),
        "contributes": _("contributes"),
        "choose": _("Choose it for the publications behind it."),
    }


def _label(target: str) -> str:
    return str(ORDER[target][0]) if target in ORDER else target


def _evidence(target: Target | None) -> str | None:
    """Return the id of the fold with the target's publications, where the page has one."""
    return f"evidence-{target.key}" if target and target.score > 0 else None


def _measure(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a chart draws of a score; `short` is what a phone has room for where there is none."""
    state = str(row["state"])
    tested = state not in UNKNOWN_STATES
    basis = str(SCORE_STATE.get(state, state))
    if state == "inconclusive":
        basis = trials_text(row.get("trials") or {}) or basis
    return {
        "score": float(row["score"]) if tested else None,
        "low": float(row["low"]) if tested else None,
        "high": float(row["high"]) if tested else None,
        "tested": tested,
        "basis": basis,
        "short": _("too few tests") if state == "inconclusive" else _("no record"),
        "grade": row.get("evidence_grade"),
    }


def _order(target: Target, row: Mapping[str, Any]) -> dict[str, Any]:
    measure = _measure(row)
    common = str(ORDER[target.target][1]) if target.target in ORDER else ""
    return {"label": _label(target.target), "note": common, "evidence": _evidence(target), **measure}


def _species(species_file: Mapping[str, Any] | None, targets: Mapping[str, Target]) -> list[dict[str, Any]]:
    """Return the species with the highest scores; the publications are those of their order."""
    strains = (species_file or {}).get("strains") or ()
    rows = []
    for row in (strains[0].get("species", ()) if strains else ())[:_MOST_SPECIES]:
        measure = _measure(row)
        order = str(row.get("order") or "")
        evidence = _evidence(targets.get(order)) if measure["tested"] else None
        rows.append({"label": str(row["species"]), "note": _label(order), "evidence": evidence, **measure})
    return rows


def _names(strain: Mapping[str, Any]) -> dict[str, str]:
    """Return a name for each unit; genes with the same closest toxin are numbered, so that each keeps its column."""
    names: dict[str, str] = {}
    for unit in strain.get("units", ()):
        name = str(unit.get("name") or unit["unit_id"])
        earlier = sum(1 for other in names.values() if other.partition(" #")[0] == name)
        names[unit["unit_id"]] = f"{name} #{earlier + 1}" if earlier else name
    return names


def _toxins(strain: Mapping[str, Any], targets: Sequence[Target]) -> dict[str, Any]:
    """Return a cell for each toxin and each order on which any of them has a say."""
    names = _names(strain)
    units = {row["target"]: [unit["unit_id"] for unit in row.get("units", ())] for row in strain.get("orders", ())}
    known = [target for target in targets if target.contributions]
    return {
        "names": list(names.values()),
        "orders": [_label(target.target) for target in known],
        "cells": [
            _cell(target, name, units[target.target].index(unit) if unit in units[target.target] else None)
            for target in known
            for unit, name in names.items()
        ],
    }


def _cell(target: Target, name: str, place: int | None) -> dict[str, Any]:
    """Return what the toxin at `place` among those with a say in the score gives to it; None has no say."""
    part = None if place is None else target.contributions[place]
    tested = part is not None and part.state not in UNKNOWN_STATES
    state = part.state if part else "no_evidence"
    return {
        "toxin": name,
        "label": _label(target.target),
        "score": part.value if part and tested else None,
        "tested": tested,
        "basis": str(SCORE_STATE.get(state, state)),
        "evidence": _evidence(target) if part else None,
        "part": place,
    }
