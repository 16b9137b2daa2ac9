"""Names, tags, notes and metadata of strains: of one task, and of a submission as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask.views import MethodView
from marshmallow import fields

from portal.domain.annotations import (
    FIELDS,
    MAX_NAME,
    MAX_NOTE,
    MAX_TAG,
    MOST_COLUMNS,
    MOST_TAGS,
    Annotations,
    changed,
)
from portal.domain.errors import InvalidRequest, MalformedRequest, NoCondition, UnsupportedFile
from portal.domain.message import Message
from portal.domain.submission import MOST_ITEMS, Submission
from portal.domain.task import TaskMeta
from portal.services.annotation_table import SEPARATORS, read_table, written_table
from portal.services.annotations import Annotated, AnnotationService, StrainChange, etag_of
from portal.services.snapshots import annotations_as_shown, annotations_shown
from portal.services.submission_keys import Access
from portal.web.api.openapi import SECURITY, TASK_ID_PARAMETER, errors
from portal.web.api.people import private_json
from portal.web.api.rules import Count, OneOf, RequestSchema, Within
from portal.web.api.schemas import OutputSchema
from portal.web.api.strict_json import ApiBlueprint, read_json
from portal.web.api.submissions import SUBMISSION_ID_PARAMETER
from portal.web.context import web
from portal.web.security import authorized_submission, authorized_task, granted, owner
from portal.web.sizes import LIST_BYTES

blueprint = ApiBlueprint(
    "annotations", __name__, url_prefix="/api", description="Names, tags, notes and metadata that owners give strains."
)

_IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string"},
    "description": "The ETag that was read, so that no other device's change is lost; `*` replaces whatever is there.",
}
_ETAG = {"schema": {"type": "string"}, "description": "What to send as If-Match with a change."}
_CSV, _BYTES = "text/csv", "application/octet-stream"


@blueprint.before_request
def _allow_a_long_list() -> None:
    request.max_content_length = LIST_BYTES


def _described(text: str, **more: Any) -> dict[str, Any]:
    return {"description": text, **more}


class AnnotationFieldsSchema(RequestSchema):
    """What an owner writes about a strain."""

    name = fields.String(metadata=_described(f"Shown instead of the label; at most {MAX_NAME} characters."))
    tags = fields.List(
        fields.String(),
        metadata=_described(f'At most {MOST_TAGS}, of at most {MAX_TAG} characters, without , ; and ".'),
    )
    note = fields.String(metadata=_described(f"Plain text for the owner alone; at most {MAX_NOTE} characters."))
    metadata = fields.Dict(
        keys=fields.String(),
        values=fields.String(allow_none=True),
        metadata=_described(f"Columns with their values, at most {MOST_COLUMNS}; null or empty removes a column."),
    )


class AnnotationRowSchema(AnnotationFieldsSchema):
    """A strain of a submission with what is to be changed of it; it is named by label or task id."""

    label = fields.String(metadata=_described("Label of the strain in the submission."))
    task_id = fields.String(metadata=_described("Id of its task."))
    revision = fields.Integer(
        strict=True,
        validate=Within(0, 10**6),
        metadata=_described("Change it only if this is the present revision."),
    )


class AnnotationRowsSchema(RequestSchema):
    """Changes of many strains; what is left out stays."""

    rows = fields.List(fields.Nested(AnnotationRowSchema), required=True, validate=Count(1, MOST_ITEMS))


class AnnotationTableQuerySchema(RequestSchema):
    """The form of the table."""

    separator = fields.String(
        load_default="comma",
        validate=OneOf(list(SEPARATORS)),
        metadata=_described("Between the cells; German and French spreadsheets expect a semicolon."),
    )


class AnnotationsSchema(OutputSchema):
    """The annotations of a strain."""

    task_id = fields.String()
    label = fields.String(metadata=_described("Name of the file, or the label in a submission."))
    revision = fields.Integer(metadata=_described("Grows by one with each change; 0 before the first."))
    name = fields.String(metadata=_described("Empty if there is none."))
    tags = fields.List(fields.String())
    note = fields.String(allow_none=True, metadata=_described("null for who may only read."))
    metadata = fields.Dict(keys=fields.String(), values=fields.String())
    changed_at = fields.DateTime(format="iso", allow_none=True, metadata=_described("Last change (UTC); null: never."))


class ChangedManySchema(OutputSchema):
    """What became of a table."""

    changed = fields.Integer(metadata=_described("How many strains differ from before."))


def _service() -> AnnotationService:
    return web().submissions.annotations


def _answer(task: TaskMeta, found: Annotated, *, to_owner: bool) -> Response:
    shown = found.shown(to_owner=to_owner)
    told = {
        **vars(shown),
        "task_id": task.task_id,
        "label": task.filename,
        "revision": found.revision,
        "note": shown.note if to_owner else None,
        "changed_at": found.changed_at,
    }
    response = private_json(AnnotationsSchema, told)
    response.set_etag(str(found.revision))
    return response


def _expected() -> frozenset[str] | None:
    """Return the ETags of If-Match, weak ones too, since proxies weaken them; None for `*`.

    Raises:
        NoCondition: there is no such header.
    """
    if "If-Match" not in request.headers:
        raise NoCondition(Message("annotation.no_condition"))
    if request.if_match.star_tag:
        return None
    return frozenset(request.if_match.as_set(include_weak=True))


def _require_body() -> None:
    """Refuse a request without a body: one that replaces all would empty it."""
    if not request.get_data(cache=True):
        raise MalformedRequest(Message("json.syntax", line=1, column=1))


def _expected_revision(present: int) -> int | None:
    """Return the revision that must be there under the lock: the present one if the request names it."""
    expected = _expected()
    if expected is None:
        return None
    return present if str(present) in expected else -1  # no revision is negative


@blueprint.route("/tasks/<string:task_id>/annotations", parameters=[TASK_ID_PARAMETER])
class TaskAnnotations(MethodView):
    @errors(blueprint, 401, 404, 503)
    @blueprint.doc(operationId="getAnnotations", security=SECURITY)
    @blueprint.response(200, AnnotationsSchema, headers={"ETag": _ETAG})
    def get(self, task_id: str) -> Response:
        """Get the name, tags, note and metadata of a strain"""
        task = authorized_task(task_id)
        return _answer(task, annotations_as_shown(task, _service().of(task_id)), to_owner=granted(task).is_owner)

    @errors(blueprint, 400, 401, 403, 404, 412, 413, 415, 422, 428, 503, 507)
    @blueprint.doc(operationId="replaceAnnotations", security=SECURITY, parameters=[_IF_MATCH])
    @blueprint.arguments(AnnotationFieldsSchema, location="json")
    @blueprint.response(200, AnnotationsSchema, headers={"ETag": _ETAG})
    def put(self, asked: dict[str, Any], task_id: str) -> Response:
        """Replace all annotations of a strain

        What is left out is empty from then on.
        """
        task = authorized_task(task_id, Access.OWNER)
        _require_body()
        return _change(task, lambda _present: changed(Annotations(), asked))

    @errors(blueprint, 400, 401, 403, 404, 412, 413, 415, 422, 428, 503, 507)
    @blueprint.doc(operationId="changeAnnotations", security=SECURITY, parameters=[_IF_MATCH])
    @blueprint.arguments(AnnotationFieldsSchema, location="json")
    @blueprint.response(200, AnnotationsSchema, headers={"ETag": _ETAG})
    def patch(self, asked: dict[str, Any], task_id: str) -> Response:
        """Change some annotations of a strain

        What is left out stays; so do metadata columns that are not named.
        """
        task = authorized_task(task_id, Access.OWNER)
        _require_body()
        return _change(task, lambda present: changed(present, asked))


def _change(task: TaskMeta, step: Any) -> Response:
    service = _service()
    revision = _expected_revision(service.of(task.task_id).revision)
    found = service.change(task, step, revision=revision, by=owner())
    return _answer(task, found, to_owner=True)


@blueprint.route("/submissions/<string:submission_id>/annotations", parameters=[SUBMISSION_ID_PARAMETER])
class SubmissionAnnotations(MethodView):
    @errors(blueprint, 401, 404, 422, 503)
    @blueprint.doc(
        operationId="getSubmissionAnnotations",
        security=SECURITY,
        responses={
            "200": {
                "description": "The table; PUT takes it back unchanged. Who only reads gets no notes.",
                "content": {_CSV: {"schema": {"type": "string"}}},
                "headers": {"ETag": _ETAG},
            }
        },
    )
    @blueprint.arguments(AnnotationTableQuerySchema, location="query")
    def get(self, query: dict[str, str], submission_id: str) -> Response:
        """Get the annotations of all strains as CSV"""
        return table_answer(authorized_submission(submission_id, Access.VIEW), query["separator"])

    @errors(blueprint, 400, 401, 403, 404, 412, 413, 415, 422, 428, 503, 507)
    @blueprint.doc(
        operationId="changeSubmissionAnnotations",
        security=SECURITY,
        parameters=[_IF_MATCH],
        requestBody={
            "required": True,
            "description": "Rows, or the bytes of a CSV file; as `text/csv; charset=gbk` with its encoding.",
            "content": {
                "application/json": {"schema": AnnotationRowsSchema},
                # Generators of clients do not know bodies of text/csv, which are taken as well.
                _BYTES: {"schema": {"type": "string", "format": "binary"}},
            },
        },
    )
    @blueprint.response(200, ChangedManySchema, headers={"ETag": _ETAG}, description="All of it was taken.")
    def put(self, submission_id: str) -> Response:
        """Change the annotations of many strains, all or none

        A table or rows; what they leave out stays. `If-Match` may be left out where each row has its revision. A table
        in another encoding than UTF-8 says so: `Content-Type: text/csv; charset=gbk`.
        """
        submission = authorized_submission(submission_id, Access.OWNER)
        changes = _sent_changes(submission)
        done = change_all(submission, changes, _expected_etag(submission, changes))
        response = private_json(ChangedManySchema, {"changed": done})
        response.set_etag(_service().etag_of(submission))
        return response


def _expected_etag(submission: Submission, changes: list[StrainChange]) -> str | None:
    if "If-Match" not in request.headers and all(change.revision is not None for change in changes):
        return None
    expected = _expected()
    if expected is None:
        return None
    present = _service().etag_of(submission)
    return present if present in expected else "another"


def change_all(submission: Submission, changes: list[StrainChange], etag: str | None) -> int:
    """Change the annotations of many strains for the sender of this request; see `AnnotationService.change_all`."""
    return _service().change_all(submission, changes, etag=etag, by=owner())


def table_answer(submission: Submission, separator: str) -> Response:
    """Return the table of a submission that the request may read."""
    strains = web().submissions.annotated_strains(submission)
    found = annotations_shown(submission, _service().of_all(strain.task_id for strain in strains))
    to_owner = granted(submission).is_owner
    data = written_table(strains, found, to_owner=to_owner, separator=SEPARATORS[separator])
    response = Response(data, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename=metadata_{submission.submission_id}.csv"
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(etag_of(found))
    return response


def _sent_changes(submission: Submission) -> list[StrainChange]:
    strains = web().submissions.annotated_strains(submission)
    if request.mimetype in (_CSV, _BYTES):
        return read_table(request.get_data(), request.mimetype_params.get("charset", ""), strains)
    if not request.is_json:
        raise UnsupportedFile(Message("http.415"))
    value = read_json(request.get_data())
    wrong = AnnotationRowsSchema().validate(value) if isinstance(value, Mapping) else {"rows": ["object"]}
    if wrong:
        raise InvalidRequest(Message("request.fields"), errors=_flat(wrong))
    by_name = {name: {getattr(strain, name): strain for strain in strains} for name in ("label", "task_id")}
    changes: list[StrainChange] = []
    errors_found: dict[str, list[Message]] = {}
    seen: dict[str, int] = {}
    for place, row in enumerate(value["rows"]):
        named = [(name, by_name[name].get(row[name])) for name in by_name if name in row]
        unknown = next((name for name, strain in named if strain is None), "" if named else "label")
        strain = named[0][1] if named else None
        if unknown or strain is None or named[-1][1] != strain:
            reason = Message("annotation.unknown_strain", value=row.get(unknown or "task_id", "")[:100])
            errors_found[f"rows.{place}.{unknown or 'task_id'}"] = [reason]
        elif not strain.is_there:
            errors_found[f"rows.{place}.{named[0][0]}"] = [Message("annotation.no_task")]
        elif seen.setdefault(strain.task_id, place) != place:
            errors_found[f"rows.{place}.{named[0][0]}"] = [Message("value.same_label", other=seen[strain.task_id])]
        else:
            values = {name: row[name] for name in FIELDS if name in row}
            changes.append(StrainChange(strain.task_id, values, row.get("revision"), row=place))
    if errors_found:
        raise InvalidRequest(Message("request.fields"), errors=errors_found)
    return changes


def _flat(wrong: Any, path: str = "") -> dict[str, list[Message]]:
    """Return marshmallow's errors by the path of the field."""
    if isinstance(wrong, Mapping):
        found: dict[str, list[Message]] = {}
        for name, inner in wrong.items():
            found |= _flat(inner, f"{path}.{name}" if path else str(name))
        return found
    return {path: [text if isinstance(text, Message) else Message("value.invalid") for text in wrong]}
