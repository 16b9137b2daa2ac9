"""Schemas of the runs of a task."""

from __future__ import annotations

from marshmallow import fields, validate

from portal.domain.limits import LIMITS
from portal.domain.status import FailureKind, Lang, TaskStatus
from portal.web.api.schemas import OutputSchema


class RunSchema(OutputSchema):
    number = fields.Integer(metadata={"description": "Counts from 1; runs that failed count too."})
    attempt = fields.Integer(metadata={"description": "Attempt that made its results, as in the record."})
    status = fields.String(validate=validate.OneOf(list(TaskStatus)))
    failure_kind = fields.String(validate=validate.OneOf(list(FailureKind)), allow_none=True)
    completed_at = fields.DateTime(format="iso", allow_none=True, metadata={"description": "When it completed."})
    removed_at = fields.DateTime(
        format="iso",
        allow_none=True,
        metadata={"description": "When its results were removed because later runs had completed; null: not."},
    )
    lang = fields.String(validate=validate.OneOf(list(Lang)), metadata={"description": "Language of its report."})
    parameters = fields.Dict(metadata={"description": "All parameters of the run."})
    limits = fields.Dict(keys=fields.String(validate=validate.OneOf(LIMITS)), values=fields.Float())


class RunsSchema(OutputSchema):
    """The completed runs of a task, and the latest one in whatever state it is."""

    task_id = fields.String()
    runs = fields.List(fields.Nested(RunSchema))
