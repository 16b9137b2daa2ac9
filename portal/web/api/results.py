"""Results: the list, single files with ranges, the bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Response, jsonify, send_file
from flask.views import MethodView
from flask_smorest import Blueprint

from portal.domain.errors import NotFound
from portal.domain.task import TaskMeta
from portal.services.results import BUNDLE_NAME
from portal.services.views import ResultFile
from portal.web.context import web
from portal.web.headers import RESULT_CSP
from portal.web.openapi import SECURITY, TASK_ID_PARAMETER, binary_answer, errors
from portal.web.schemas import ResultsSchema
from portal.web.security import authorized_task

blueprint = Blueprint("results", __name__, url_prefix="/api/tasks", description="What a task made.")

TOXINS_NAME = "toxins.json"
SCORES_NAME = "strain_scores.json"
_RESULTS = ResultsSchema()
_RANGE = {
    "in": "header",
    "name": "Range",
    "schema": {"type": "string"},
    "description": "Part of the file.",
    "example": "bytes=0-1023",
}
_FILE_NAME = {
    "in": "path",
    "name": "name",
    "required": True,
    "description": "Name of a file, as the list of results has it.",
    "schema": {"type": "string"},
    "example": "All_Toxins.txt",
}
# Kinds that browsers show; everything else is saved.
_SHOWN = (
    "text/html",
    "text/plain",
    "text/markdown",
    "image/svg+xml",
    "image/png",
    "application/json",
    "application/pdf",
)


def _content(task: TaskMeta, files: list[ResultFile], name: str) -> dict[str, Any] | None:
    return web().tasks.result_json(task, name) if any(file.name == name for file in files) else None


def _send(path: Path, file: ResultFile, download_name: str) -> Response:
    shown = file.media_type.partition(";")[0] in _SHOWN
    try:
        response = send_file(
            path,
            mimetype=file.media_type,
            as_attachment=not shown,
            download_name=download_name,
            conditional=True,
            etag=file.sha256,
        )
    except FileNotFoundError as error:
        raise NotFound("There is no result file of this name.") from error
    # send_file adds a charset to text types even where they name theirs.
    response.headers["Content-Type"] = file.media_type
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = RESULT_CSP
    return response


@blueprint.route("/<string:task_id>/results", parameters=[TASK_ID_PARAMETER])
class Results(MethodView):
    @errors(blueprint, 401, 404, 409, 503)
    @blueprint.doc(operationId="getResults", security=SECURITY)
    @blueprint.response(200, ResultsSchema, description="Files, toxins and scores; of a failed task what was made.")
    def get(self, task_id: str) -> Response:
        """List the results, with toxins and scores"""
        task = authorized_task(task_id)
        files = web().tasks.results(task)
        body = {
            "task_id": task.task_id,
            "strain": task.strain,
            "status": task.status,
            "files": files,
            "toxins": _content(task, files, TOXINS_NAME),
            "scores": _content(task, files, SCORES_NAME),
        }
        response = jsonify(_RESULTS.dump(body))
        response.headers["Cache-Control"] = "private, no-cache"
        return response


@blueprint.route("/<string:task_id>/results/<string:name>", parameters=[TASK_ID_PARAMETER, _FILE_NAME])
class Result(MethodView):
    @errors(blueprint, 401, 404, 409, 416, 503)
    @blueprint.doc(
        operationId="getResult",
        security=SECURITY,
        parameters=[_RANGE],
        responses={
            "200": binary_answer("The file; its media type is the one in the list of results.", "*/*"),
            "206": binary_answer("The part of the file that was asked for.", "*/*"),
            "304": {"description": "The ETag that was sent is still right."},
        },
    )
    def get(self, task_id: str, name: str) -> Response:
        """Fetch one file"""
        file, path = web().tasks.result_path(authorized_task(task_id), name)
        return _send(path, file, name)


@blueprint.route("/<string:task_id>/bundle", parameters=[TASK_ID_PARAMETER])
class Bundle(MethodView):
    @errors(blueprint, 401, 404, 409, 416, 503)
    @blueprint.doc(
        operationId="getBundle",
        security=SECURITY,
        parameters=[_RANGE],
        responses={
            "200": binary_answer("The ZIP.", "application/zip"),
            "206": binary_answer("The part of the ZIP that was asked for.", "application/zip"),
            "304": {"description": "The ETag that was sent is still right."},
        },
    )
    def get(self, task_id: str) -> Response:
        """Fetch everything as one ZIP"""
        task = authorized_task(task_id)
        path = web().tasks.bundle_path(task)
        file, _ = web().tasks.result_path(task, BUNDLE_NAME)
        return _send(path, file, f"{task.strain}_{task.task_id}.zip")
