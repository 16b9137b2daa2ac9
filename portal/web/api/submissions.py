"""Many genomes as one submission: announce, send, watch, act, fetch."""

from __future__ import annotations

import contextlib
import re
from typing import Any

from flask import Response, jsonify, request, url_for
from flask.views import MethodView

from portal.domain.errors import PortalError
from portal.domain.status import Lang
from portal.domain.submission import MOST_ITEMS, Submission, read_items
from portal.results.comparison import ComparisonDocument
from portal.results.media import content_types
from portal.results.names import COMPARE_FILES
from portal.results.tables import SAVED_AS
from portal.services.annotations import etag_of
from portal.services.announcer import announced_label
from portal.services.shares import Grant
from portal.services.submission_actions import ActResult
from portal.services.submission_keys import Access
from portal.web.api.about_table import about_many
from portal.web.api.compare import send_comparison
from portal.web.api.documents import table_ref
from portal.web.api.openapi import IDEMPOTENCY_KEY_PARAMETER, SAME_ETAG, SECURITY, errors, file_answer, part_answer
from portal.web.api.ranges import RANGE_PARAMETER, ranged_response
from portal.web.api.record import record_fields
from portal.web.api.schemas import TaskSchema
from portal.web.api.strict_json import ApiBlueprint
from portal.web.api.submission_schemas import (
    SUBMISSION_ID_PATTERN,
    ActResultSchema,
    AnnouncedSchema,
    AnnounceSchema,
    CancelManySchema,
    ClosedSchema,
    CompareManySchema,
    ManyTableQuerySchema,
    RetryManySchema,
    SubmissionQuerySchema,
    SubmissionSchema,
    announced_fields,
    submission_fields,
)
from portal.web.api.table_formats import MEDIA_TYPES, write_table
from portal.web.browser import let_in
from portal.web.context import web
from portal.web.security import authorized_submission, is_own_page, own_mail, owner, submitter
from portal.web.sizes import LIST_BYTES
from portal.web.strains import named_of
from portal.web.texts.i18n import current_lang
from portal.web.upload.form import read_key
from portal.web.upload.item import receive_item

blueprint = ApiBlueprint(
    "submissions", __name__, url_prefix="/api/submissions", description="Many genomes under one id and one token."
)
SUBMISSION_ID_PARAMETER = {
    "in": "path",
    "name": "submission_id",
    "required": True,
    "description": "Id of the submission: 12 lower-case base32 characters.",
    "schema": {"type": "string", "pattern": SUBMISSION_ID_PATTERN},
    "example": "k3v7q2m5x4ta",
}
_ITEM_NUMBER = {
    "in": "path",
    "name": "n",
    "required": True,
    "description": "Number of the item, from 1.",
    "schema": {"type": "integer", "minimum": 1, "maximum": MOST_ITEMS},
}
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
_RETRY_AFTER = {"schema": {"type": "integer"}, "description": "Seconds after which it makes sense to ask again."}
_ETAG = {"schema": {"type": "string"}, "description": "Changes with the states of the items, and with nothing else."}


@blueprint.before_request
def _allow_a_long_list() -> None:
    """Allow a longer body for an announcement: a thousand labels in any script."""
    if request.endpoint == "submissions.Submissions":
        request.max_content_length = LIST_BYTES


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.route("")
class Submissions(MethodView):
    @errors(blueprint, 400, 401, 403, 413, 415, 422, 429, 503, 507)
    @blueprint.doc(operationId="announceSubmission", parameters=[IDEMPOTENCY_KEY_PARAMETER], security=[])
    @blueprint.arguments(AnnounceSchema, location="json")
    @blueprint.alt_response(200, schema=AnnouncedSchema, description="The submission that this key led to before.")
    @blueprint.response(
        201,
        AnnouncedSchema,
        description="Room is reserved for all items; the tokens are told here and nowhere else.",
        headers={"Location": {"schema": {"type": "string"}, "description": "Address of the submission."}},
    )
    def post(self, asked: dict[str, Any]) -> Response:
        """Announce many genomes

        Space is reserved for all of them or for none: 429 and 507 are returned before any genome is sent. Then send
        each item to its address. Items that have not arrived after 24 hours lapse.
        """
        announced = web().submissions.announcer.announce(
            read_items(asked["items"], limit_bytes=web().settings.max_upload_bytes),
            label=announced_label(asked["label"]),
            lang=Lang(asked["lang"]),
            parameters=asked["parameters"],
            submitter=submitter(),
            idempotency_key=read_key(),
            owner=owner(),
            notify=web().parts.notifications.read(asked["notify"], field="notify.", own_mail=own_mail()),
        )
        view = web().submissions.look(announced.submission)
        response = jsonify(AnnouncedSchema().dump(announced_fields(view, web().submissions.token)))
        response.status_code = 201 if announced.created else 200
        submission_id = announced.submission.submission_id
        response.headers["Location"] = url_for("submissions.SubmissionOf", submission_id=submission_id)
        response.headers["Cache-Control"] = "no-store"
        if is_own_page():  # whoever leaves it before all files are sent finds the submission in this browser
            with contextlib.suppress(PortalError):  # the token in this response opens it too
                let_in(response, Grant(announced.submission, Access.OWNER))
        return response


@blueprint.route("/<string:submission_id>", parameters=[SUBMISSION_ID_PARAMETER])
class SubmissionOf(MethodView):
    @errors(blueprint, 401, 404, 422, 503)
    @blueprint.doc(operationId="getSubmission", security=SECURITY)
    @blueprint.arguments(SubmissionQuerySchema, location="query")
    @blueprint.alt_response(304, success=True, description="Nothing changed since the ETag that was sent.")
    @blueprint.response(200, SubmissionSchema, headers={"ETag": _ETAG, "Retry-After": _RETRY_AFTER})
    def get(self, query: dict[str, str], submission_id: str) -> Response:
        """Get the state of a submission

        One response covers all items; with `since`, only the items that changed. Polling every five seconds is fine.
        """
        view = web().submissions.look(authorized_submission(submission_id, Access.VIEW))
        if request.if_none_match.contains_weak(view.etag):
            response = Response(status=304)
        else:
            response = jsonify(SubmissionSchema().dump(submission_fields(view, query.get("since"))))
        response.set_etag(view.etag, weak=True)
        if view.retry_after_s:
            response.headers["Retry-After"] = str(view.retry_after_s)
        return _private(response)

    @errors(blueprint, 401, 403, 404, 503, 507)
    @blueprint.doc(operationId="deleteSubmission", security=SECURITY)
    @blueprint.response(204, description="All tasks are cancelled and removed; it is unknown from now on.")
    def delete(self, submission_id: str) -> Response:
        """Remove a submission with all of its tasks"""
        web().submissions.actions.delete(authorized_submission(submission_id, Access.OWNER))
        return Response(status=204)


def _number(text: str) -> int:
    """Return the number of an item; 0, which no item has, for anything but a plain number."""
    return int(text) if _NUMBER.fullmatch(text) else 0


@blueprint.route("/<string:submission_id>/items/<string:n>", parameters=[SUBMISSION_ID_PARAMETER, _ITEM_NUMBER])
class Item(MethodView):
    @errors(blueprint, 400, 401, 404, 408, 409, 413, 415, 422, 503, 507)
    @blueprint.doc(
        operationId="sendItem",
        security=SECURITY,
        requestBody={
            "required": True,
            "description": "The FASTA text; with `Content-Encoding: gzip` as a gzip file.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
        parameters=[
            {
                "in": "header",
                "name": "Content-Encoding",
                "schema": {"type": "string", "enum": ["gzip", "identity"]},
                "description": "gzip where the body is packed; it is unpacked while it arrives.",
            }
        ],
    )
    @blueprint.alt_response(200, schema=TaskSchema, description="This item is there already.")
    @blueprint.response(201, TaskSchema, description="The genome is accepted as a task.")
    def put(self, submission_id: str, n: str) -> Response:
        """Send one genome of a submission

        The body is the FASTA file itself. It is checked on arrival against the announced size and SHA-256.
        """
        web().submissions.item(authorized_submission(submission_id, Access.OWNER), _number(n))
        created = receive_item()
        response = jsonify(record_fields(created.view))
        response.status_code = 201 if created.created else 200
        response.headers["Location"] = url_for("tasks.Task", task_id=created.view.task.task_id)
        return _private(response)


def _owned(submission_id: str) -> Submission:
    return authorized_submission(submission_id, Access.OWNER)


@blueprint.route("/<string:submission_id>/cancel", parameters=[SUBMISSION_ID_PARAMETER])
class CancelMany(MethodView):
    @errors(blueprint, 400, 401, 403, 404, 413, 415, 422, 503, 507)
    @blueprint.doc(operationId="cancelSubmission", security=SECURITY, requestBody={"required": False})
    @blueprint.arguments(CancelManySchema, location="json", required=False)
    @blueprint.response(202, ActResultSchema, description="The end of these tasks is asked for.")
    def post(self, asked: dict[str, Any], submission_id: str) -> Response:
        """Cancel the waiting tasks, or all"""
        result = web().submissions.actions.cancel(_owned(submission_id), only_waiting=asked["reach"] == "waiting")
        return _act_answer(result)


@blueprint.route("/<string:submission_id>/close", parameters=[SUBMISSION_ID_PARAMETER])
class CloseMany(MethodView):
    @errors(blueprint, 401, 403, 404, 503, 507)
    @blueprint.doc(operationId="closeSubmission", security=SECURITY)
    @blueprint.response(200, ClosedSchema, description="It is complete without what has not arrived.")
    def post(self, submission_id: str) -> Response:
        """Close a submission without the genomes that have not arrived

        They lapse now instead of after 24 hours, their room is given back, and whoever sends one of them later gets
        409. Genomes that have arrived are not touched. Repeating the request is not an error.
        """
        view = web().submissions.close(_owned(submission_id))
        missing = [{"n": item.n, "label": item.label} for item in view.never_sent]
        return _private(jsonify(ClosedSchema().dump({"closed": view.is_closed, "missing": missing})))


@blueprint.route("/<string:submission_id>/retry", parameters=[SUBMISSION_ID_PARAMETER])
class RetryMany(MethodView):
    @errors(blueprint, 400, 401, 403, 404, 413, 415, 422, 503, 507)
    @blueprint.doc(operationId="retrySubmission", security=SECURITY, requestBody={"required": False})
    @blueprint.arguments(RetryManySchema, location="json", required=False)
    @blueprint.response(202, ActResultSchema, description="Another attempt of these tasks is asked for.")
    def post(self, asked: dict[str, Any], submission_id: str) -> Response:
        """Rerun failed tasks, with new parameters and limits if given"""
        result = web().submissions.actions.retry(
            _owned(submission_id),
            only_failed=asked["reach"] == "failed",
            kinds=frozenset(asked["kinds"]),
            parameters=asked["parameters"],
            limits=asked["limits"],
        )
        return _act_answer(result)


def _act_answer(result: ActResult) -> Response:
    lang = current_lang()
    left = [{"n": n, "message": message.word(lang)} for n, message in result.left]
    response = jsonify(ActResultSchema().dump({"done": result.done, "left": left}))
    response.status_code = 202
    return _private(response)


@blueprint.route("/<string:submission_id>/bundle", parameters=[SUBMISSION_ID_PARAMETER])
class BundleOfMany(MethodView):
    @errors(blueprint, 401, 404, 409, 416, 503)
    @blueprint.doc(
        operationId="getSubmissionBundle",
        security=SECURITY,
        parameters=[RANGE_PARAMETER],
        responses={
            "200": file_answer("The ZIP: the bundle of each completed task, and SHA256SUMS.", "application/zip"),
            "206": part_answer("The part of the ZIP that was asked for.", "application/zip"),
            "304": SAME_ETAG,
        },
    )
    def get(self, submission_id: str) -> Response:
        """Fetch the bundles of all completed tasks as one ZIP"""
        service = web().submissions
        bundle = service.bundle(authorized_submission(submission_id, Access.VIEW))
        return ranged_response(
            bundle.layout.read,
            bundle.layout.size,
            etag=bundle.etag,
            media_type="application/zip",
            download_name=bundle.name,
        )


@blueprint.route("/<string:submission_id>/compare", parameters=[SUBMISSION_ID_PARAMETER])
class CompareMany(MethodView):
    @errors(blueprint, 400, 401, 403, 404, 409, 413, 415, 422, 429, 503, 507)
    @blueprint.doc(
        operationId="compareSubmission",
        security=SECURITY,
        requestBody={"required": False},
        responses={
            "200": file_answer(
                "The file that was asked for.", *content_types(COMPARE_FILES), document=ComparisonDocument
            ),
        },
    )
    @blueprint.arguments(CompareManySchema, location="json", required=False)
    def post(self, asked: dict[str, Any], submission_id: str) -> Response:
        """Compare all completed tasks

        Strain by order and strain by toxin, as tables, pictures and a bundle. This changes nothing, so the view token
        is enough.
        """
        submission = authorized_submission(submission_id, Access.VIEW)
        tasks = web().submissions.completed(submission)
        return send_comparison(web().compare.file(named_of(submission, tasks), Lang(asked["lang"]), asked["file"]))


def _table_doc(table: str) -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    answer = {
        "description": "The table.",
        "content": {
            "application/json": {"schema": table_ref(table)},
            "application/x-ndjson": text,
            "text/csv": text,
            **{MEDIA_TYPES[name]: {"schema": {"type": "string", "format": "binary"}} for name in ("xlsx", "parquet")},
        },
    }
    return {"200": answer, "304": SAME_ETAG}


def _send_table(submission_id: str, table: str, wanted: str) -> Response:
    tables = web().submissions.tables
    view = web().submissions.look(authorized_submission(submission_id, Access.VIEW))
    # Every table names the strains.
    etag = f"{view.etag}-{table}-{wanted}-{etag_of(tables.annotations(view))[:16]}"
    if wanted == "xlsx":
        etag += f"-{current_lang()}"  # its second sheet is in the language of the reader
    if request.if_none_match.contains_weak(etag):
        response = Response(status=304)
    else:
        head, made_with = {"submission_id": submission_id, "table": table}, set[str]()
        named = f"{view.submission.label or ''} {submission_id}".strip()
        columns, rows = tables.table(view, table, made_with)
        about = about_many(named, made_with)
        pieces = write_table(rows, columns, wanted, head, name=table, about=about)
        response = Response(pieces, content_type=MEDIA_TYPES[wanted])
        if wanted != "json":
            saved = f"{SAVED_AS[table]}_{submission_id}.{wanted}"
            response.headers["Content-Disposition"] = f"attachment; filename={saved}"
    response.set_etag(etag, weak=True)
    return _private(response)


def _add_table(table: str, name: str, operation_id: str, summary: str) -> None:
    """Register the route of one table."""

    @blueprint.route(f"/<string:submission_id>/{table}", endpoint=name, parameters=[SUBMISSION_ID_PARAMETER])
    class Table(MethodView):
        @errors(blueprint, 401, 404, 422, 503, 507)
        @blueprint.doc(operationId=operation_id, security=SECURITY, summary=summary, responses=_table_doc(table))
        @blueprint.arguments(ManyTableQuerySchema, location="query")
        def get(self, query: dict[str, str], submission_id: str) -> Response:
            return _send_table(submission_id, table, query["format"])


_add_table("tasks", "TasksTable", "getSubmissionTasks", "Fetch a row per genome, with its state and conclusion")
_add_table("toxins", "ToxinsTable", "getSubmissionToxins", "Fetch a row per toxin gene of all completed genomes")
_add_table("scores", "ScoresTable", "getSubmissionScores", "Fetch a row per genome and insect order")
_add_table("species", "SpeciesTable", "getSubmissionSpecies", "Fetch a row per genome and species")
