"""What changed between two runs of a task."""

from __future__ import annotations

from flask import Response
from flask.views import MethodView
from marshmallow import fields

from portal.domain.runs import good_run
from portal.results.changes import ChangesDocument
from portal.results.codec import to_json
from portal.web.api.openapi import SECURITY, TASK_ID_PARAMETER, errors, file_answer
from portal.web.api.rules import RequestSchema
from portal.web.api.runs import RUN_PARAMETER
from portal.web.api.strict_json import ApiBlueprint
from portal.web.context import web
from portal.web.security import authorized_task

blueprint = ApiBlueprint("run_changes", __name__, url_prefix="/api/tasks", description="Differences of two runs.")


class ChangesQuerySchema(RequestSchema):
    """The run that another one is compared with."""

    to = fields.Integer(
        load_default=None, metadata={"description": "Number of the later run; by default the last completed one."}
    )


@blueprint.route("/<string:task_id>/runs/<int:run>/changes", parameters=[TASK_ID_PARAMETER, RUN_PARAMETER])
class RunDifferences(MethodView):
    @errors(blueprint, 401, 404, 422, 503)
    @blueprint.doc(
        operationId="getRunChanges",
        security=SECURITY,
        responses={"200": file_answer("What changed.", "application/json", document=ChangesDocument)},
    )
    @blueprint.arguments(ChangesQuerySchema, location="query")
    def get(self, query: dict[str, int | None], task_id: str, run: int) -> Response:
        """Compare a run with a later one: settings, genes, conclusion, scores"""
        task = authorized_task(task_id)
        to = query["to"]
        document = web().parts.run_changes.between(task, run, good_run(task) or run if to is None else to)
        response = Response(to_json(document), content_type="application/json")
        response.headers["Cache-Control"] = "private, no-cache"
        return response
