"""Shares of a task or submission: links that only show, with an end, that its owner can take back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any, TypedDict

from flask import Response
from flask.views import MethodView
from marshmallow import fields

from portal.domain.submission import MAX_LABEL, Submission
from portal.domain.task import TaskMeta
from portal.files.snapshots import ShareSnapshot
from portal.services.shares import MOST_SHARES, MOST_YEARS, ShareService
from portal.services.submission_keys import Access
from portal.web.api.openapi import IDEMPOTENCY_KEY_PARAMETER, SECURITY, TASK_ID_PARAMETER, errors
from portal.web.api.people import private_json
from portal.web.api.rules import Count, RequestSchema
from portal.web.api.schemas import JSONBoolean, OutputSchema
from portal.web.api.strict_json import ApiBlueprint
from portal.web.api.submission_schemas import SnapshotSchema
from portal.web.api.submissions import SUBMISSION_ID_PARAMETER
from portal.web.context import web
from portal.web.security import authorized_submission, authorized_task
from portal.web.upload.form import read_key

blueprint = ApiBlueprint(
    "shares", __name__, url_prefix="/api", description="Links that only show, with an end, that can be taken back."
)

_NUMBER_PARAMETER = {
    "in": "path",
    "name": "n",
    "required": True,
    "description": "Number of the share.",
    "schema": {"type": "integer", "minimum": 1},
}
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def _described(text: str, **more: Any) -> dict[str, Any]:
    return {"description": text, **more}


class NewShare(TypedDict):
    """The fields of a request for a share."""

    label: str
    ends: date
    snapshot: bool


class NewShareSchema(RequestSchema):
    """For whom a share is, and until when."""

    label = fields.String(
        load_default="",
        validate=Count(0, MAX_LABEL),
        metadata=_described("What its owner calls it; only they see it.", example="Review group"),
    )
    ends = fields.Date(
        required=True,
        metadata=_described(
            f"The last day (UTC) on which it opens: from today to the end of the year {MOST_YEARS} years ahead.",
            example="2027-06-30",
        ),
    )
    snapshot = JSONBoolean(
        load_default=False,
        metadata=_described(
            "True: it shows what is there now, as it is, and nothing that comes later, except what is deleted later."
        ),
    )


class ShareSchema(OutputSchema):
    """A share, without its token."""

    n = fields.Integer(metadata=_described("Number; no secret."))
    label = fields.String(metadata=_described("What its owner calls it; may be empty."))
    created_at = fields.DateTime(format="iso", metadata=_described("When it was made (UTC)."))
    ends = fields.Date(metadata=_described("The last day (UTC) on which it opens."))
    last_used = fields.Date(
        allow_none=True, metadata=_described("The last day (UTC) on which it was used; null if it never was.")
    )
    revoked_at = fields.DateTime(
        format="iso", allow_none=True, metadata=_described("When it was taken back (UTC); null if it was not.")
    )
    is_open = fields.Boolean(metadata=_described("Whether it opens anything now."))
    snapshot = fields.Nested(
        SnapshotSchema,
        allow_none=True,
        metadata=_described("What it shows, if it is a snapshot; null: what there is when it is opened."),
    )


class MadeShareSchema(ShareSchema):
    """A share that was just made."""

    token = fields.String(metadata=_described("Opens for reading alone; it is told here and nowhere else."))


class SharesSchema(OutputSchema):
    """All shares, the newest first."""

    shares = fields.List(fields.Nested(ShareSchema))


class ViewTokenSchema(OutputSchema):
    """The standing token that only reads."""

    view_token = fields.String(metadata=_described("Opens for reading alone, until it is replaced."))


def share_number(text: str) -> int:
    """Return the number of a share; 0, which none has, for anything but a plain number."""
    return int(text) if _NUMBER.fullmatch(text) else 0


def snapshot_of(opened: TaskMeta | Submission) -> tuple[ShareSnapshot, int]:
    """Return what is completed now, and of how many genomes; raise Conflict if nothing is."""
    if isinstance(opened, TaskMeta):
        return web().tasks.snapshots.of_task(
            web().tasks.view(opened).task, web().submissions.annotations.of(opened.task_id)
        )
    return web().submissions.snapshot(opened)


def _service() -> ShareService:
    return web().tasks.shares


def _add_routes(kind: str, parameter: dict[str, Any], owned: Callable[[str], TaskMeta | Submission]) -> None:
    """Register the routes of tasks or of submissions."""
    place, name = f"/{kind}s/<string:{kind}_id>", kind.capitalize()

    @blueprint.route(f"{place}/shares", endpoint=f"{name}Shares", parameters=[parameter])
    class Shares(MethodView):
        @errors(blueprint, 401, 404, 503)
        @blueprint.doc(operationId=f"list{name}Shares", security=SECURITY, summary=f"List the shares of a {kind}")
        @blueprint.response(200, SharesSchema)
        def get(self, **of: str) -> Response:
            shares = _service().all(owned(of[f"{kind}_id"]))
            return private_json(SharesSchema, {"shares": [asdict(facts) for facts in shares]})

        @errors(blueprint, 400, 401, 403, 404, 409, 413, 415, 422, 503, 507)
        @blueprint.doc(
            operationId=f"make{name}Share",
            parameters=[IDEMPOTENCY_KEY_PARAMETER],
            security=SECURITY,
            summary=f"Share a {kind} for reading, until a day",
            description=f"At most {MOST_SHARES} are open at once. 409, too, for a snapshot while nothing is completed.",
        )
        @blueprint.arguments(NewShareSchema, location="json")
        @blueprint.response(201, MadeShareSchema, description="The share with its token, which cannot be shown again.")
        def post(self, asked: NewShare, **of: str) -> Response:
            opened = owned(of[f"{kind}_id"])
            then = snapshot_of(opened) if asked["snapshot"] else None
            facts, token = _service().make(opened, label=asked["label"], ends=asked["ends"], then=then, key=read_key())
            return private_json(MadeShareSchema, {**asdict(facts), "token": token}, 201)

    @blueprint.route(f"{place}/shares/<string:n>", endpoint=f"{name}Share", parameters=[parameter, _NUMBER_PARAMETER])
    class Share(MethodView):
        @errors(blueprint, 401, 403, 404, 503, 507)
        @blueprint.doc(operationId=f"revoke{name}Share", security=SECURITY, summary=f"Take a share of a {kind} back")
        @blueprint.response(204, description="It opens nothing any more, also where a browser came by it.")
        def delete(self, n: str, **of: str) -> Response:
            web().browsers.revoke_share(owned(of[f"{kind}_id"]), share_number(n))
            return Response(status=204)

    @blueprint.route(f"{place}/view-token", endpoint=f"{name}ViewToken", parameters=[parameter])
    class ViewToken(MethodView):
        @errors(blueprint, 401, 403, 404, 503, 507)
        @blueprint.doc(
            operationId=f"replace{name}ViewToken", security=SECURITY, summary=f"Replace the view token of a {kind}"
        )
        @blueprint.response(
            200, ViewTokenSchema, description="The new token; the former one opens nothing any more. Shares stay."
        )
        def post(self, **of: str) -> Response:
            token = web().browsers.replace_view_token(owned(of[f"{kind}_id"]))
            return private_json(ViewTokenSchema, {"view_token": token})


_add_routes("task", TASK_ID_PARAMETER, lambda task_id: authorized_task(task_id, Access.OWNER))
_add_routes(
    "submission", SUBMISSION_ID_PARAMETER, lambda submission_id: authorized_submission(submission_id, Access.OWNER)
)
