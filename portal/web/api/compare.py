"""Comparison of finished tasks; access to each is by a token of it or its submission, or by a ticket of the pages."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import marshmallow as ma
from flask import Response, jsonify, request, send_file
from flask.views import MethodView
from marshmallow import fields

from portal.domain.errors import CorruptRecord, NotReady
from portal.domain.message import Message
from portal.domain.status import Lang
from portal.files.safe_open import open_to_read
from portal.results.comparison import ComparisonDocument
from portal.results.media import content_type, content_types
from portal.results.names import COMPARE_FILES, COMPARE_ZIP
from portal.services.compare import LEAST, MOST
from portal.web.api.openapi import SECURITY, TASK_ID_PARAMETER, errors, file_answer
from portal.web.api.rules import Count, OneOf, Pattern, RequestSchema
from portal.web.api.schemas import TASK_ID_PATTERN
from portal.web.api.strict_json import ApiBlueprint
from portal.web.context import web
from portal.web.headers import RESULT_CSP
from portal.web.security import authorized_task, counting_wrong_tokens, granted
from portal.web.sizes import LIST_BYTES
from portal.web.strains import named

blueprint = ApiBlueprint("compare", __name__, url_prefix="/api", description="Finished tasks side by side.")


@blueprint.before_request
def _allow_a_long_list() -> None:
    """Allow a body large enough for a thousand tasks with their tokens."""
    if request.endpoint == "compare.Compare":
        request.max_content_length = LIST_BYTES


class ComparedTaskSchema(RequestSchema):
    """A task and what opens it."""

    task_id = fields.String(
        required=True, validate=Pattern(TASK_ID_PATTERN), metadata={"description": "Id of the task."}
    )
    token = fields.String(
        required=True,
        validate=Count(1, 100),
        metadata={
            "description": "A token that may read it: its own, that of its submission, or of a share of either; or a "
            "ticket for it."
        },
    )


class CompareSchema(RequestSchema):
    """What to compare, and which file of the comparison to send."""

    tasks = fields.List(
        fields.Nested(ComparedTaskSchema),
        required=True,
        validate=Count(LEAST, MOST),
        metadata={"description": "Completed tasks, each once."},
    )
    lang = fields.String(
        load_default=Lang.EN.value,
        validate=OneOf(list(Lang)),
        metadata={"description": "Language of the labels."},
    )
    file = fields.String(
        load_default=COMPARE_ZIP,
        validate=OneOf(COMPARE_FILES),
        metadata={"description": "The bundle with everything, or one file of it."},
    )


class TicketSchema(ma.Schema):
    """A ticket opens its task for a comparison, for ten minutes."""

    ticket = fields.String(required=True, metadata={"description": "Goes where a comparison asks for the token."})


@blueprint.route("/compare")
class Compare(MethodView):
    @errors(blueprint, 400, 404, 409, 413, 415, 422, 429, 503, 507)
    @blueprint.doc(
        operationId="compareTasks",
        responses={
            "200": file_answer(
                "The file that was asked for.", *content_types(COMPARE_FILES), document=ComparisonDocument
            ),
        },
    )
    @blueprint.arguments(CompareSchema, location="json")
    def post(self, asked: dict[str, Any]) -> Response:
        """Compare finished tasks

        Strain by order and strain by toxin, as tables, pictures and a bundle. Each task is opened by a token of its
        own or of its submission, so that tasks of several submissions can be compared. The first call makes all
        files, which takes a few seconds; later calls with the same tasks in the same order return at once.
        """
        service = web().compare
        with counting_wrong_tokens():
            tasks = service.open([(task["task_id"], task["token"]) for task in asked["tasks"]])
        return send_comparison(service.file(named(tasks), Lang(asked["lang"]), asked["file"]))


def send_comparison(path: Path) -> Response:
    """Return one file of a comparison as a download."""
    kind = content_type(path.name)
    try:
        with os.fdopen(open_to_read(path), "rb") as stream:
            whole = f"/proc/self/fd/{stream.fileno()}"
            response = send_file(whole, mimetype=kind, as_attachment=True, download_name=path.name, etag=False)
    except (FileNotFoundError, CorruptRecord) as error:  # it has just expired
        raise NotReady(Message("compare.gone")) from error
    response.headers["Content-Type"] = kind
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = RESULT_CSP
    return response


@blueprint.route("/tasks/<string:task_id>/ticket", parameters=[TASK_ID_PARAMETER])
class Ticket(MethodView):
    @errors(blueprint, 401, 404, 503)
    @blueprint.doc(operationId="getTicket", security=SECURITY)
    @blueprint.response(200, TicketSchema, description="For ten minutes it stands for the token in a comparison.")
    def get(self, task_id: str) -> Response:
        """Fetch a ticket for a comparison"""
        task = authorized_task(task_id)
        response = jsonify(TicketSchema().dump({"ticket": web().compare.ticket(task, granted(task))}))
        response.headers["Cache-Control"] = "no-store"
        return response
