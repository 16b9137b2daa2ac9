"""Tasks: submit, view, log, cancel, retry, delete."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from flask.views import MethodView

from portal.domain.limits import LIMITS
from portal.domain.status import STAGE_ORDER, Lang, PipelineStage
from portal.domain.task import TaskMeta
from portal.services.answers import TaskView
from portal.services.submission_keys import Access
from portal.web.api.openapi import IDEMPOTENCY_KEY_PARAMETER, SECURITY, TASK_ID_PARAMETER, errors, upload_body
from portal.web.api.record import answer_look, record_json, view_headers
from portal.web.api.schemas import CreatedTaskSchema, LogQuerySchema, RetrySchema, TaskSchema
from portal.web.api.strict_json import ApiBlueprint
from portal.web.browser import drop_old_cookie
from portal.web.context import web
from portal.web.security import authorized_task
from portal.web.upload.form import submit_form

blueprint = ApiBlueprint(
    "tasks", __name__, url_prefix="/api/tasks", description="Submit genomes and follow their tasks."
)

_RETRY_AFTER = {"schema": {"type": "integer"}, "description": "Seconds after which asking again makes sense."}
_ETAG = {"schema": {"type": "string"}, "description": "Changes with the record; not with its place in the queue."}
_PLACE = {"schema": {"type": "integer"}, "description": "Place in the queue, from 1; left out when not waiting."}


def _record(view: TaskView, status: int, **more: Any) -> Response:
    response = Response(record_json(view, **more), status, mimetype="application/json")
    response.headers.extend(view_headers(view))
    return response


@blueprint.route("")
class Tasks(MethodView):
    @errors(blueprint, 400, 401, 408, 409, 413, 415, 422, 429, 503, 507)
    @blueprint.doc(requestBody=upload_body(), parameters=[IDEMPOTENCY_KEY_PARAMETER], operationId="submitTask")
    @blueprint.alt_response(
        200, schema=CreatedTaskSchema, success=True, description="The task that this Idempotency-Key led to before."
    )
    @blueprint.response(
        201,
        CreatedTaskSchema,
        description="The task is accepted; its tokens are told here and nowhere else.",
        headers={"Location": {"schema": {"type": "string"}, "description": "Address of the record."}},
    )
    def post(self) -> Response:
        """Submit a genome

        The file is checked while it arrives: an invalid one is refused with the line number, and nothing is kept.
        Fields may come before or after the file.
        """
        created = submit_form()
        view_token = web().tasks.token(created.view.task, Access.VIEW)
        status = 201 if created.created else 200
        response = _record(created.view, status, token=created.token, view_token=view_token)
        response.headers["Location"] = url_for("tasks.Task", task_id=created.view.task.task_id)
        response.headers["Cache-Control"] = "no-store"
        return response


@blueprint.route("/<string:task_id>", parameters=[TASK_ID_PARAMETER])
class Task(MethodView):
    @errors(blueprint, 401, 404, 503)
    @blueprint.doc(
        operationId="getTask",
        security=SECURITY,
        parameters=[
            {
                "in": "header",
                "name": "If-None-Match",
                "schema": {"type": "string"},
                "description": "ETag known already.",
            }
        ],
    )
    @blueprint.alt_response(
        304,
        success=True,
        headers={"Queue-Position": _PLACE},
        description="Nothing changed since the ETag that was sent, but for the place in the queue.",
    )
    @blueprint.response(
        200,
        TaskSchema,
        headers={"ETag": _ETAG, "Retry-After": _RETRY_AFTER, "Queue-Position": _PLACE},
        description="The record.",
    )
    def get(self, task_id: str) -> Response:
        """Get a task"""
        view = web().tasks.view(authorized_task(task_id))
        answer = answer_look(view, request.headers.get("If-None-Match"))
        return Response(answer.body, answer.status, answer.headers)

    @errors(blueprint, 401, 403, 404, 503, 507)
    @blueprint.doc(operationId="deleteTask", security=SECURITY)
    @blueprint.response(204, description="The task is cancelled where it runs, and removed; it is unknown from now on.")
    def delete(self, task_id: str) -> Response:
        """Cancel a task and remove all its files"""
        web().tasks.delete(authorized_task(task_id))
        response = Response(status=204)
        drop_old_cookie(response, task_id)
        return response


@blueprint.route("/<string:task_id>/cancel", parameters=[TASK_ID_PARAMETER])
class Cancel(MethodView):
    @errors(blueprint, 401, 403, 404, 409, 503, 507)
    @blueprint.doc(operationId="cancelTask", security=SECURITY)
    @blueprint.response(202, TaskSchema, description="The end of the task is asked for; asking again is no error.")
    def post(self, task_id: str) -> Response:
        """Cancel a task"""
        return _record(web().tasks.cancel(authorized_task(task_id)), 202)


@blueprint.route("/<string:task_id>/retry", parameters=[TASK_ID_PARAMETER])
class Retry(MethodView):
    @errors(blueprint, 400, 401, 403, 404, 409, 413, 415, 422, 503, 507)
    @blueprint.doc(operationId="retryTask", security=SECURITY, requestBody={"required": False})
    @blueprint.arguments(RetrySchema, location="json", required=False)
    @blueprint.response(202, TaskSchema, description="Another attempt is asked for.")
    def post(self, fields: dict[str, Any], task_id: str) -> Response:
        """Rerun a task, with new parameters and limits if given"""
        lang = fields.pop("lang", None)
        limits = {name: fields.pop(name) for name in LIMITS if name in fields}
        task = authorized_task(task_id)
        view = web().tasks.retry(task, parameters=fields, lang=Lang(lang) if lang else None, limits=limits)
        return _record(view, 202)


def _last_stage(task: TaskMeta) -> PipelineStage:
    """Return the stage whose log is the most relevant now."""
    begun = [stage for stage in STAGE_ORDER if task.stage(stage).state not in ("waiting", "reused")]
    return task.current_stage or (begun[-1] if begun else STAGE_ORDER[0])


@blueprint.route("/<string:task_id>/log", parameters=[TASK_ID_PARAMETER])
class Log(MethodView):
    @errors(blueprint, 401, 404, 422, 503)
    @blueprint.doc(operationId="getLog", security=SECURITY)
    @blueprint.arguments(LogQuerySchema, location="query")
    @blueprint.response(
        200, {"type": "string"}, content_type="text/plain", description="The last 64 KiB; empty before the stage began."
    )
    def get(self, query: dict[str, str], task_id: str) -> Response:
        """Read the end of a stage's log"""
        task = authorized_task(task_id)
        stage = PipelineStage(query["stage"]) if "stage" in query else _last_stage(task)
        response = Response(web().tasks.log(task, stage), mimetype="text/plain")
        response.headers["Cache-Control"] = "private, no-cache"
        return response
