"""Data of a task's interactive charts, as JSON below the task's address, with labels in the language of the page.

`charts.js` requests it when a reader scrolls near a chart, so that the page itself does not contain it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from flask import abort, jsonify
from flask.typing import ResponseReturnValue

from portal.domain.errors import Conflict, NotFound, NotReady
from portal.domain.task import TaskMeta
from portal.results.conclusion import Conclusion
from portal.results.names import Picture
from portal.results.scores import OrderScore, ScoresDocument, SpeciesDocument, SpeciesScore, StrainScores
from portal.results.species_order import in_order
from portal.results.targets import UNKNOWN_STATES
from portal.web.context import web
from portal.web.pages.run_links import run_to_read
from portal.web.pages.score_view import Target, read_scores
from portal.web.security import authorized_task
from portal.web.texts.i18n import gettext as _
from portal.web.texts.trials import trials_text
from portal.web.texts.words import ORDER, SCORE_STATE

D = TypeVar("D")

# The name of each chart's static picture; that of a strain ends with the strain (docs/use/results.md).
# The picture stays for print, without scripts, and until the chart has loaded.
_CHART_PICTURES = {
    re.compile(rf"{Picture.TARGET_SCORES}\.svg"): "orders",
    re.compile(rf"{Picture.SPECIES_SCORES}\.svg"): "species",
    re.compile(rf"{Picture.PER_HIT}_.+\.svg"): "toxins",
}
_MOST_SPECIES = 60


def pictures_of_charts(names: Iterable[str]) -> dict[str, str]:
    """Return the pictures that are replaced by a chart, each with the chart's kind."""
    return {name: kind for name in names for pattern, kind in _CHART_PICTURES.items() if pattern.fullmatch(name)}


def charts(task_id: str, run: int | None = None) -> ResponseReturnValue:
    """Return the chart data of a task; 404 if it has no scores."""
    task = run_to_read(authorized_task(task_id), run)
    scores = _document(web().tasks.scores, task)
    data = chart_data(scores, _document(web().tasks.species, task)) if scores else None
    if data is None:
        abort(404)
    response = jsonify(data)
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response


def _document(read: Callable[[TaskMeta], D], task: TaskMeta) -> D | None:
    try:
        return read(task)
    except (NotFound, NotReady, Conflict):
        return None


def chart_data(document: ScoresDocument, species: SpeciesDocument | None) -> dict[str, Any] | None:
    """Return `{words, orders, species, toxins: {names, orders, cells}}` of the first strain, or None without one.

    A row has `score`, `low` and `high` (0-1), or null if nothing was tested: unknown is not zero.
    """
    scores = read_scores(document)
    if scores is None:
        return None
    unscored = [target for target in scores.inactive + scores.undecided + scores.untested if target.score <= 0]
    targets = [*scores.scored, *unscored, *scores.non_pest]
    by_target = {score.target: score for score in document.strains[0].targets}
    return {
        "words": _words(),
        "orders": [_order(target, by_target[target.target]) for target in targets],
        "species": _species(species, scores.conclusion, {target.target: target for target in targets}),
        "toxins": _toxins(document.strains[0], targets),
    }


def _words() -> dict[str, str]:
    return {
        "score": _("Score"),
        "interval": _("5–95 % interval"),
        "grade": _("Evidence grade"),
        "contributes": _("contributes"),
        "choose": _("Click it for the publications behind it."),
        "sideways": _("The chart is wider than the screen: scroll it sideways."),
        "chooseAgain": _("Tap it again for the publications behind it."),
    }


def _label(target: str) -> str:
    return str(ORDER[target][0]) if target in ORDER else target


def _evidence(target: Target | None) -> str | None:
    """Return the id of the collapsible section with the target's publications, if the page has one."""
    return f"evidence-{target.key}" if target and target.score > 0 else None


def _measure(score: OrderScore | SpeciesScore) -> dict[str, Any]:
    """Return the chart values of a score; `short` is the text that a phone shows if there is no score."""
    tested = score.state not in UNKNOWN_STATES
    basis = str(SCORE_STATE.get(score.state, score.state))
    if score.state == "inconclusive":
        basis = trials_text(score.trials) or basis
    return {
        "score": score.score if tested else None,
        "low": score.low if tested else None,
        "high": score.high if tested else None,
        "tested": tested,
        "basis": basis,
        "short": _("too few tests") if score.state == "inconclusive" else _("no record"),
        "grade": score.grade,
    }


def _order(target: Target, score: OrderScore) -> dict[str, Any]:
    common = str(ORDER[target.target][1]) if target.target in ORDER else ""
    return {"label": _label(target.target), "note": common, "evidence": _evidence(target), **_measure(score)}


def _species(
    document: SpeciesDocument | None, conclusion: Conclusion, targets: Mapping[str, Target]
) -> list[dict[str, Any]]:
    """Return the first species in the order of the shortlist of bioassays; publications are those of their order."""
    rows = []
    species = in_order(document.strains[0].species, conclusion) if document and document.strains else []
    for score in species[:_MOST_SPECIES]:
        measure = _measure(score)
        evidence = _evidence(targets.get(score.target)) if measure["tested"] else None
        rows.append({"label": score.species, "note": _label(score.target), "evidence": evidence, **measure})
    return rows


def _names(strain: StrainScores) -> dict[str, str]:
    """Return a name for each unit; genes with the same closest toxin are numbered, so that each has its own column."""
    names: dict[str, str] = {}
    for unit in strain.units:
        earlier = sum(1 for other in names.values() if other.partition(" #")[0] == unit.name)
        names[unit.unit_id] = f"{unit.name} #{earlier + 1}" if earlier else unit.name
    return names


def _toxins(strain: StrainScores, targets: Sequence[Target]) -> dict[str, Any]:
    """Return a cell for each toxin and each order to which any of them contributes."""
    names = _names(strain)
    units = {score.target: [share.unit_id for share in score.units] for score in strain.targets}
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
    """Return the contribution of the toxin at `place` among the score's contributors; None contributes nothing."""
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
