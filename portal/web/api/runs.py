"""The runs of a task: the list, and the results of each completed one."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask.views import MethodView

from portal.domain.runs import latest_run, readable_runs
from portal.domain.task import TaskMeta
from portal.web.api.evidence import EVIDENCE_ANSWER, EvidenceQuerySchema, evidence_answer
from portal.web.api.openapi import SAME_ETAG, SECURITY, TASK_ID_PARAMETER, errors
from portal.web.api.ranges import RANGE_PARAMETER
from portal.web.api.results import (
    BUNDLE_ANSWERS,
    FILE_ANSWERS,
    FILE_NAME_PARAMETER,
    TABLE_ANSWER,
    TableQuerySchema,
    bundle_answer,
    result_answer,
    results_answer,
    toxins_answer,
)
from portal.web.api.run_schemas import RunsSchema
from portal.web.api.schemas import ResultsSchema
from portal.web.api.strict_json import ApiBlueprint
from portal.web.runs import authorized_run
from portal.web.security import authorized_task
from portal.web.strains import saved_as

blueprint = ApiBlueprint("runs", __name__, url_prefix="/api/tasks", description="Earlier runs of a task.")

RUN_PARAMETER = {
    "in": "path",
    "name": "run",
    "required": True,
    "description": "Number of a completed run, as the list of runs has it.",
    "schema": {"type": "integer", "minimum": 1},
    "example": 1,
}
_RUN = "/<string:task_id>/runs/<int:run>"
_PARAMETERS = [TASK_ID_PARAMETER, RUN_PARAMETER]


def _listed(task: TaskMeta) -> list[dict[str, Any]]:
    """Return the completed runs, and the latest one if it has not completed."""
    readable = readable_runs(task)
    runs = sorted({run.number: run for run in (*task.runs, *readable)}.values(), key=lambda run: run.number)
    rows: list[dict[str, Any]] = [
        {
            "number": run.number,
            "attempt": run.attempt,
            "status": "completed",
            "failure_kind": None,
            "completed_at": run.completed_at,
            "removed_at": run.removed_at,
            "lang": run.lang,
            "parameters": run.parameters,
            "limits": run.limits,
        }
        for run in runs
    ]
    latest = latest_run(task)
    if not any(row["number"] == latest for row in rows):
        rows.append(
            {
                "number": latest,
                "attempt": len(task.attempts),
                "status": task.status,
                "failure_kind": task.failure_kind,
                "completed_at": None,
                "removed_at": None,
                "lang": task.lang,
                "parameters": task.parameters,
                "limits": task.limits,
            }
        )
    return rows


@blueprint.route("/<string:task_id>/runs", parameters=[TASK_ID_PARAMETER])
class Runs(MethodView):
    @errors(blueprint, 401, 404, 503)
    @blueprint.doc(operationId="listRuns", security=SECURITY)
    @blueprint.response(200, RunsSchema, description="The runs, the oldest first.")
    def get(self, task_id: str) -> dict[str, Any]:
        """List the runs of a task"""
        task = authorized_task(task_id)
        return {"task_id": task.task_id, "runs": _listed(task)}


@blueprint.route(f"{_RUN}/results", parameters=_PARAMETERS)
class RunResults(MethodView):
    @errors(blueprint, 401, 404, 503)
    @blueprint.doc(operationId="getRunResults", security=SECURITY)
    @blueprint.response(200, ResultsSchema, description="Files, toxins and scores of the run.")
    def get(self, task_id: str, run: int) -> Response:
        """List the results of one run, with toxins and scores"""
        return results_answer(authorized_run(task_id, run))


@blueprint.route(f"{_RUN}/results/<string:name>", parameters=[*_PARAMETERS, FILE_NAME_PARAMETER])
class RunResult(MethodView):
    @errors(blueprint, 401, 404, 416, 503)
    @blueprint.doc(
        operationId="getRunResult",
        security=SECURITY,
        parameters=[RANGE_PARAMETER],
        responses=FILE_ANSWERS,
    )
    def get(self, task_id: str, run: int, name: str) -> Response:
        """Fetch one file of a run"""
        return result_answer(authorized_run(task_id, run), name)


@blueprint.route(f"{_RUN}/toxins", parameters=_PARAMETERS)
class RunToxins(MethodView):
    @errors(blueprint, 401, 404, 422, 503, 507)
    @blueprint.doc(operationId="getRunToxins", security=SECURITY, responses={"200": TABLE_ANSWER, "304": SAME_ETAG})
    @blueprint.arguments(TableQuerySchema, location="query")
    def get(self, query: dict[str, str], task_id: str, run: int) -> Response:
        """Fetch the toxin table of a run as CSV, TSV or JSON"""
        task = authorized_run(task_id, run)
        return toxins_answer(task, query["format"], saved_as(task, run))


@blueprint.route(f"{_RUN}/evidence", parameters=_PARAMETERS)
class RunEvidence(MethodView):
    @errors(blueprint, 401, 404, 422, 503, 507)
    @blueprint.doc(
        operationId="getRunEvidence", security=SECURITY, responses={"200": EVIDENCE_ANSWER, "304": SAME_ETAG}
    )
    @blueprint.arguments(EvidenceQuerySchema, location="query")
    def get(self, query: dict[str, str], task_id: str, run: int) -> Response:
        """Fetch the records behind the scores of a run, filtered, or their bibliography"""
        task = authorized_run(task_id, run)
        return evidence_answer(task, query, saved_as(task, run))


@blueprint.route(f"{_RUN}/bundle", parameters=_PARAMETERS)
class RunBundle(MethodView):
    @errors(blueprint, 401, 404, 416, 503)
    @blueprint.doc(
        operationId="getRunBundle",
        security=SECURITY,
        parameters=[RANGE_PARAMETER],
        responses=BUNDLE_ANSWERS,
    )
    def get(self, task_id: str, run: int) -> Response:
        """Fetch all results of a run as one ZIP"""
        task = authorized_run(task_id, run)
        return bundle_answer(task, saved_as(task, run))
