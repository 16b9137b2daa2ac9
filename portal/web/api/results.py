"""Results: the list, single files with ranges, the bundle."""

from __future__ import annotations

import io
import json
import re
from typing import BinaryIO

import msgspec
from flask import Response, request, send_file
from flask.views import MethodView
from marshmallow import fields

from portal.domain.task import TaskMeta
from portal.results.media import RESULT_ENDINGS, UNKNOWN_TYPE, content_types
from portal.results.names import ALL_TOXINS, SCORES_JSON, TOXINS_JSON
from portal.results.scores import ScoresDocument
from portal.results.toxin_table import FORMATS, NAMED_COLUMNS, as_csv, as_tsv, reasons_not_to_score, toxin_rows
from portal.results.toxins import ToxinsDocument
from portal.services.answers import ResultFile
from portal.services.zip_stream import LayoutFile
from portal.web.api.about_table import about_task
from portal.web.api.documents import RESULT_DOCUMENT, ToxinTable, ref
from portal.web.api.openapi import SAME_ETAG, SECURITY, TASK_ID_PARAMETER, errors, file_answer, part_answer
from portal.web.api.ranges import RANGE_PARAMETER, ranged_response
from portal.web.api.rules import OneOf, RequestSchema
from portal.web.api.schemas import ResultsSchema
from portal.web.api.strict_json import ApiBlueprint
from portal.web.api.workbooks import build_workbook
from portal.web.context import web
from portal.web.headers import RESULT_CSP
from portal.web.security import authorized_task
from portal.web.strains import annotations_of, called_in_tables, saved_as

blueprint = ApiBlueprint("results", __name__, url_prefix="/api/tasks", description="What a task made.")

TABLE_ANSWER = {
    "description": "The table; its columns stand in docs/use/results.md.",
    "content": {
        "text/csv": {"schema": {"type": "string"}},
        "text/tab-separated-values": {"schema": {"type": "string"}},
        "application/json": {"schema": ref(ToxinTable)},
        FORMATS["xlsx"]: {"schema": {"type": "string", "format": "binary"}},
    },
}
# Media types of the stages' files, and the fallback for kinds that this version does not know.
RESULT_TYPES = (UNKNOWN_TYPE, *content_types(f"file{ending}" for ending in RESULT_ENDINGS))
_ONE_RANGE = re.compile(r"bytes=(\d+-\d*|-\d+)")
FILE_NAME_PARAMETER = {
    "in": "path",
    "name": "name",
    "required": True,
    "description": "Name of a file, as the list of results has it.",
    "schema": {"type": "string"},
    "example": ALL_TOXINS,
}
# Kinds that browsers display; everything else is downloaded.
_SHOWN = (
    "text/html",
    "text/plain",
    "text/markdown",
    "image/svg+xml",
    "image/png",
    "application/json",
    "application/pdf",
)
# What a task and each of its runs answer.
FILE_ANSWERS = {
    "200": file_answer("The file; its type is that in the list of results.", *RESULT_TYPES, document=RESULT_DOCUMENT),
    "206": part_answer("The part of the file that was asked for.", *RESULT_TYPES),
    "304": SAME_ETAG,
}
BUNDLE_ANSWERS = {
    "200": file_answer("The ZIP.", "application/zip"),
    "206": part_answer("The part of the ZIP that was asked for.", "application/zip"),
    "304": SAME_ETAG,
}


def _scores(task: TaskMeta, files: list[ResultFile]) -> ScoresDocument | None:
    return web().tasks.scores(task) if any(file.name == SCORES_JSON for file in files) else None


def _toxins(task: TaskMeta, files: list[ResultFile]) -> ToxinsDocument | None:
    return web().tasks.toxins(task) if any(file.name == TOXINS_JSON for file in files) else None


class TableQuerySchema(RequestSchema):
    """How the toxin table is written."""

    format = fields.String(load_default="csv", validate=OneOf(list(FORMATS)), metadata={"description": "Format."})


def _ignore_other_ranges() -> None:
    """Ignore a Range header that is not a single byte range.

    RFC 9110, 14.2: a server may ignore it, and must if it does not know the unit. Werkzeug would respond with 416.
    """
    if not _ONE_RANGE.fullmatch(request.headers.get("Range", "").strip()):
        request.environ.pop("HTTP_RANGE", None)


def _send(stream: BinaryIO, file: ResultFile, download_name: str) -> Response:
    _ignore_other_ranges()
    shown = file.media_type.partition(";")[0] in _SHOWN
    if isinstance(stream, io.BytesIO):  # a report under the name of its strain
        response = _sent(stream, file, download_name, as_attachment=not shown)
    elif isinstance(stream, io.BufferedReader) and isinstance(stream.raw, LayoutFile):
        layout = stream.raw.layout
        response = ranged_response(
            layout.read, layout.size, etag=file.sha256, media_type=file.media_type, download_name=download_name
        )
    else:
        with stream:
            # By its handle: this is the file that was verified, even if its name now refers to another.
            handle = f"/proc/self/fd/{stream.fileno()}"
            response = _sent(handle, file, download_name, as_attachment=not shown)
    # send_file adds a charset to text types that already have one.
    response.headers["Content-Type"] = file.media_type
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = RESULT_CSP
    return response


def _sent(source: BinaryIO | str, file: ResultFile, download_name: str, *, as_attachment: bool) -> Response:
    return send_file(
        source,
        mimetype=file.media_type,
        as_attachment=as_attachment,
        download_name=download_name,
        conditional=True,
        etag=file.sha256,
    )


def results_answer(task: TaskMeta) -> Response:
    """Return the files, toxins and scores of a task as JSON; see `TaskService.results` for errors."""
    name = annotations_of(task).values.name
    files = web().tasks.named.files(task, name)
    body = {
        "task_id": task.task_id,
        "strain": task.strain,
        "name": name,
        "status": task.status,
        "files": files,
        "toxins": _toxins(task, files),
        "scores": _scores(task, files),
    }
    response = Response(msgspec.json.encode(body), content_type="application/json")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def result_answer(task: TaskMeta, name: str) -> Response:
    """Return one result file, or a range of it; see `TaskService.open_result` for errors."""
    file, stream = web().tasks.open_result(task, name, annotations_of(task).values.name)
    return _send(stream, file, name)


@blueprint.route("/<string:task_id>/results", parameters=[TASK_ID_PARAMETER])
class Results(MethodView):
    @errors(blueprint, 401, 404, 409, 503)
    @blueprint.doc(operationId="getResults", security=SECURITY)
    @blueprint.response(200, ResultsSchema, description="Files, toxins and scores; of a failed task what was made.")
    def get(self, task_id: str) -> Response:
        """List the results, with toxins and scores"""
        return results_answer(authorized_task(task_id))


@blueprint.route("/<string:task_id>/results/<string:name>", parameters=[TASK_ID_PARAMETER, FILE_NAME_PARAMETER])
class Result(MethodView):
    @errors(blueprint, 401, 404, 409, 416, 503)
    @blueprint.doc(
        operationId="getResult",
        security=SECURITY,
        parameters=[RANGE_PARAMETER],
        responses=FILE_ANSWERS,
    )
    def get(self, task_id: str, name: str) -> Response:
        """Fetch one file"""
        return result_answer(authorized_task(task_id), name)


def _table(task: TaskMeta, wanted: str) -> str | bytes:
    """Return the whole toxin table of a task in one of FORMATS."""
    files = web().tasks.results(task)
    scores, toxins = _scores(task, files), web().tasks.toxins(task)
    reasons = reasons_not_to_score(scores) if scores else {}
    name = called_in_tables(task)
    rows = [{**row, "strain_name": name} for row in toxin_rows(toxins, reasons, web().tasks.loci(task))]
    if wanted == "xlsx":
        about = about_task(task, toxins, scores)
        return b"".join(build_workbook("toxins", rows, dict.fromkeys(NAMED_COLUMNS), about))
    if wanted == "json":
        return json.dumps({"task_id": task.task_id, "toxins": rows}, ensure_ascii=False)
    return (as_csv if wanted == "csv" else as_tsv)(rows, NAMED_COLUMNS)


def toxins_answer(task: TaskMeta, wanted: str, download_name: str) -> Response:
    """Return the toxin table in one of FORMATS; see `TaskService.toxins` for errors."""
    response = Response(_table(task, wanted), content_type=FORMATS[wanted])
    response.headers["Content-Disposition"] = f"attachment; filename={download_name}_toxins.{wanted}"
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def bundle_answer(task: TaskMeta, download_name: str) -> Response:
    """Return the ZIP, or a range of it; see `TaskService.open_bundle` for errors."""
    file, stream = web().tasks.open_bundle(task, annotations_of(task).values.name)
    return _send(stream, file, f"{download_name}.zip")


@blueprint.route("/<string:task_id>/toxins", parameters=[TASK_ID_PARAMETER])
class Toxins(MethodView):
    @errors(blueprint, 401, 404, 409, 422, 503, 507)
    @blueprint.doc(
        operationId="getToxins",
        security=SECURITY,
        responses={
            "200": TABLE_ANSWER,
            "304": SAME_ETAG,
        },
    )
    @blueprint.arguments(TableQuerySchema, location="query")
    def get(self, query: dict[str, str], task_id: str) -> Response:
        """Fetch the toxin table as CSV, TSV, JSON or Excel workbook"""
        task = authorized_task(task_id)
        return toxins_answer(task, query["format"], saved_as(task))


@blueprint.route("/<string:task_id>/bundle", parameters=[TASK_ID_PARAMETER])
class Bundle(MethodView):
    @errors(blueprint, 401, 404, 409, 416, 503)
    @blueprint.doc(
        operationId="getBundle",
        security=SECURITY,
        parameters=[RANGE_PARAMETER],
        responses=BUNDLE_ANSWERS,
    )
    def get(self, task_id: str) -> Response:
        """Fetch all results as one ZIP"""
        task = authorized_task(task_id)
        return bundle_answer(task, saved_as(task))
