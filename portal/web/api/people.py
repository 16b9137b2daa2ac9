"""The signed-in person and what they own. There are no such addresses with IDENTITY=none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from portal.domain.errors import Unauthorized
from portal.domain.message import Message
from portal.domain.person import Person, SignedInBy
from portal.domain.status import FailureKind, TaskStatus
from portal.domain.task_id import TASK_ID
from portal.files.task_index import TaskIndexRow
from portal.services.people import PeopleService
from portal.web.api.openapi import errors
from portal.web.api.rules import RequestSchema, Within
from portal.web.api.schemas import OutputSchema
from portal.web.api.strict_json import ApiBlueprint
from portal.web.context import web
from portal.web.security import signed_in

blueprint = ApiBlueprint("me", __name__, url_prefix="/api/me", description="The signed-in person and what they own.")

MOST_PAGES = 1_000_000
_PAGE_SIZE = 100
_MOST_TASKS = 1000


def _described(text: str) -> dict[str, Any]:
    return {"description": text}


class PersonSchema(OutputSchema):
    """Who sends the request."""

    person_id = fields.String(metadata=_described("Stable id, as the institute's sign-in knows them."))
    signed_in_by = fields.String(
        validate=validate.OneOf(list(SignedInBy)),
        metadata=_described("What proves it: the proxy, a session after OpenID Connect, or an API key."),
    )
    pseudonym = fields.String(metadata=_described("What the comments of jobs and the sums of usage carry instead."))
    is_operator = fields.Boolean(metadata=_described("Whether the admin pages are open to them."))


class OwnedTaskSchema(OutputSchema):
    task_id = fields.String(validate=validate.Regexp(f"^{TASK_ID.pattern}$"), metadata=_described("Id of the task."))
    status = fields.String(validate=validate.OneOf(list(TaskStatus)))
    failure_kind = fields.String(validate=validate.OneOf(list(FailureKind)), allow_none=True)
    filename = fields.String(metadata=_described("Name as uploaded; for display only."))
    name = fields.String(metadata=_described("What its owner calls the strain; empty if there is no name."))
    submission_id = fields.String(
        allow_none=True, metadata=_described("What it was submitted as a part of; null for a name in free form.")
    )
    submission_time = fields.DateTime(format="iso", metadata=_described("When the task was accepted (UTC)."))
    expires_at = fields.DateTime(
        format="iso", allow_none=True, metadata=_described("When it will be removed; null before it has ended.")
    )


class OwnedTasksSchema(OutputSchema):
    """A page of tasks, the newest first."""

    tasks = fields.List(fields.Nested(OwnedTaskSchema))
    page = fields.Integer(metadata=_described("Number of the page, from 1; the last one for a number beyond the end."))
    pages = fields.Integer(metadata=_described("How many pages there are."))
    total = fields.Integer(metadata=_described("How many tasks there are."))


class OwnedTasksQuerySchema(RequestSchema):
    page = fields.Integer(load_default=1, validate=Within(1, MOST_PAGES), metadata=_described("Which page, from 1."))
    size = fields.Integer(
        load_default=_PAGE_SIZE, validate=Within(1, _MOST_TASKS), metadata=_described("Most tasks on a page.")
    )


def required_person() -> tuple[Person, PeopleService]:
    """Return the signed-in person and the service for them.

    Raises:
        Unauthorized: nobody is signed in.
    """
    person, people = signed_in(), web().parts.people
    if person is None or people is None:
        raise Unauthorized(Message("access.not_signed_in"))
    return person, people


def private_json(schema: type[OutputSchema], value: Any, status: int = 200) -> Response:
    """Return a value in the form of its schema, which no cache keeps."""
    response = jsonify(schema().dump(value))
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("")
class Me(MethodView):
    @errors(blueprint, 400, 401)
    @blueprint.doc(operationId="getMe")
    @blueprint.response(200, PersonSchema)
    def get(self) -> Response:
        """Get the signed-in person"""
        person, people = required_person()
        return private_json(
            PersonSchema,
            {
                "person_id": person.person_id,
                "signed_in_by": person.by,
                "pseudonym": person.owner,
                "is_operator": people.is_operator(person),
            },
        )


@blueprint.route("/tasks")
class MyTasks(MethodView):
    @errors(blueprint, 400, 401, 422)
    @blueprint.doc(operationId="listMyTasks")
    @blueprint.arguments(OwnedTasksQuerySchema, location="query")
    @blueprint.response(200, OwnedTasksSchema)
    def get(self, query: dict[str, int]) -> Response:
        """List the tasks of the signed-in person

        A task is listed a moment after it was accepted.
        """
        person, _ = required_person()
        work = web().parts.work
        assert work is not None  # as the service for people
        page = work.tasks(person.owner, query["page"], size=query["size"])
        written = web().submissions.annotations.of_all(row.task_id for row in page.rows)
        told = {"page": page.number, "pages": page.pages, "total": page.total}
        return private_json(
            OwnedTasksSchema,
            {"tasks": [_row_fields(row, written[row.task_id].values.name) for row in page.rows], **told},
        )


def _row_fields(row: TaskIndexRow, name: str) -> dict[str, Any]:
    return {
        "task_id": row.task_id,
        "status": row.status,
        "failure_kind": row.failure_kind or None,
        "filename": row.filename,
        "name": name,
        "submission_id": row.submission or None,
        "submission_time": datetime.fromisoformat(row.submitted),
        "expires_at": datetime.fromisoformat(row.expires) if row.expires else None,
    }
