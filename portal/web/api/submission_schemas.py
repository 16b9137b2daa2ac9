"""The API schemas of submissions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from marshmallow import ValidationError, fields, validate

from portal.domain.mail_address import LONGEST_MAIL
from portal.domain.message import Message
from portal.domain.parameters import PARAMETERS
from portal.domain.status import FailureKind, Lang
from portal.domain.submission import MAX_LABEL, MOST_ITEMS, ItemStatus, Submission, of_item
from portal.domain.webhook_rules import LONGEST_WEBHOOK
from portal.results.names import COMPARE_FILES, COMPARE_ZIP
from portal.services.snapshots import SubmissionThen
from portal.services.submission_keys import Access
from portal.services.submission_progress import ItemRow, SubmissionView
from portal.web.api.notify_fields import NOTIFY_MAIL, NOTIFY_WEBHOOK
from portal.web.api.rules import Count, OneOf, Pattern, RequestSchema, Within
from portal.web.api.schemas import TASK_ID_PATTERN, JSONNumber, OutputSchema, parameter_field
from portal.web.api.table_formats import MEDIA_TYPES

SUBMISSION_ID_PATTERN = TASK_ID_PATTERN
# Upper bound for any portal's limit; the service checks each genome against its own limit.
MAX_BYTES = 1 << 40


def _described(text: str, example: Any = None) -> dict[str, Any]:
    return {"description": text} if example is None else {"description": text, "example": example}


class AnnouncedItemSchema(RequestSchema):
    """A genome to be sent."""

    label = fields.String(
        required=True,
        validate=Count(1, MAX_LABEL),
        metadata=_described("Name of the genome, in any script; unique in the submission.", "strain 007"),
    )
    size = fields.Integer(
        required=True,
        strict=True,
        validate=Within(1, MAX_BYTES),
        metadata=_described("Bytes, unpacked."),
    )
    sha256 = fields.String(
        required=True,
        validate=Pattern("^[0-9a-f]{64}$"),
        metadata=_described("SHA-256 (hex) of the FASTA text, unpacked."),
    )


SubmissionParametersSchema = RequestSchema.from_dict(
    {item.name: parameter_field(item.kind, item.choices, {"description": item.description}) for item in PARAMETERS},
    name="SubmissionParameters",
)


class NotifySchema(RequestSchema):
    """Who is told when all genomes have ended, and before the results are removed."""

    mail = fields.String(load_default="", validate=Count(0, LONGEST_MAIL), metadata=_described(NOTIFY_MAIL))
    webhook = fields.String(load_default="", validate=Count(0, LONGEST_WEBHOOK), metadata=_described(NOTIFY_WEBHOOK))


class AnnounceSchema(RequestSchema):
    """Genomes to be sent, with the parameters for all of them."""

    label = fields.String(
        load_default="",
        validate=Count(0, MAX_LABEL),
        metadata=_described("Its name.", "May 2027"),
    )
    lang = fields.String(
        load_default=Lang.EN.value, validate=OneOf(list(Lang)), metadata=_described("Language of the reports.")
    )
    parameters = fields.Nested(
        SubmissionParametersSchema, load_default=dict, metadata=_described("Parameters of every task.")
    )
    notify = fields.Nested(NotifySchema, load_default=dict, metadata=_described("Who is told; nobody if left out."))
    items = fields.List(fields.Nested(AnnouncedItemSchema), required=True, validate=Count(1, MOST_ITEMS))

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:  # noqa: ARG002
        """Name number and label of the item in each message about one."""
        problems = error.messages.get("items") if isinstance(error.messages, dict) else None
        rows = data.get("items") if isinstance(data, Mapping) else None
        for place, wrong in problems.items() if isinstance(problems, dict) else ():
            if isinstance(place, int) and isinstance(wrong, dict):
                for field, messages in wrong.items():
                    wrong[field] = [
                        of_item(place, rows, message) if isinstance(message, Message) else message
                        for message in messages
                    ]


class AnnouncedTaskSchema(OutputSchema):
    """An announced item with the id of its task."""

    n = fields.Integer(metadata=_described("Number of the item, from 1."))
    label = fields.String()
    task_id = fields.String(validate=validate.Regexp(TASK_ID_PATTERN))
    state = fields.String(validate=OneOf(list(ItemStatus)))


class AnnouncedSchema(OutputSchema):
    """The response to an announcement. Keep the tokens: they cannot be retrieved again."""

    submission_id = fields.String(validate=validate.Regexp(SUBMISSION_ID_PATTERN))
    token = fields.String(metadata=_described("Opens everything of the submission and of its tasks."))
    view_token = fields.String(metadata=_described("Opens the submission and its tasks for reading; the one to share."))
    items = fields.List(fields.Nested(AnnouncedTaskSchema))
    upload_until = fields.DateTime(
        format="iso", metadata=_described("What has not been sent by then lapses, and its room is given back.")
    )


class SnapshotSchema(OutputSchema):
    """What a snapshot shows."""

    at = fields.DateTime(format="iso", metadata=_described("When it was taken (UTC)."))
    done = fields.Integer(metadata=_described("How many genomes were completed then, and are shown."))
    total = fields.Integer(attribute="of", metadata=_described("How many genomes there were."))


class SubmissionSchema(OutputSchema):
    """The progress of a submission."""

    submission_id = fields.String(validate=validate.Regexp(SUBMISSION_ID_PATTERN))
    label = fields.String()
    lang = fields.String(validate=OneOf(list(Lang)))
    created_at = fields.DateTime(format="iso")
    upload_until = fields.DateTime(format="iso")
    closed = fields.Boolean(metadata=_described("True: its owner has closed it without what had not arrived."))
    total = fields.Integer(metadata=_described("Number of items."))
    counts = fields.Dict(
        keys=fields.String(validate=OneOf(list(ItemStatus))),
        values=fields.Integer(),
        metadata=_described("How many items are in each state.", {"running": 4, "queued": 56}),
    )
    is_final = fields.Boolean(metadata=_described("True: nothing changes any more by itself."))
    snapshot = fields.Nested(
        SnapshotSchema,
        allow_none=True,
        metadata=_described("What the snapshot shows by which the request came; null: it shows all there is."),
    )
    estimated_end = fields.DateTime(
        format="iso", allow_none=True, metadata=_described("An estimate; null where nothing is known.")
    )
    cursor = fields.String(metadata=_described("Send it as `since` to be told only of what changed."))
    items = fields.List(
        fields.List(fields.Raw()),
        metadata=_described(
            "Rows [n, task_id, status, stage, progress, revision, failure_kind]; all, or those that changed since.",
            [[1, "k3v7q2m5x4ta", "running", "digger", 40, 7, None]],
        ),
    )


class SubmissionQuerySchema(RequestSchema):
    # The request line is limited to 4 KiB; the cursor of a thousand items takes half of that.
    since = fields.String(
        validate=Count(1, 3072),
        metadata=_described("The cursor of the last answer; only later changes come."),
    )


class ManyTableQuerySchema(RequestSchema):
    """The format of a table."""

    format = fields.String(
        load_default="json", validate=OneOf(list(MEDIA_TYPES)), metadata=_described("Format; Parquet needs pyarrow.")
    )


class CancelManySchema(RequestSchema):
    reach = fields.String(
        data_key="only",
        load_default="all",
        validate=OneOf(["waiting", "all"]),
        metadata=_described("What waits, or all that has not ended."),
    )


class RetryManySchema(RequestSchema):
    reach = fields.String(
        data_key="only",
        load_default="failed",
        validate=OneOf(["failed", "all"]),
        metadata=_described("What failed, or all that has ended."),
    )
    kinds = fields.List(
        fields.String(validate=OneOf(list(FailureKind))),
        load_default=list,
        metadata=_described("Of these failure kinds alone; empty: of any."),
    )
    parameters = fields.Nested(
        SubmissionParametersSchema, load_default=dict, metadata=_described("Other parameters, where they are given.")
    )
    limits = fields.Dict(
        keys=fields.String(),
        values=JSONNumber(),
        load_default=dict,
        metadata=_described("Other limits, as of a single task.", {"time_limit_hours": 12}),
    )


class CompareManySchema(RequestSchema):
    lang = fields.String(
        load_default=Lang.EN.value,
        validate=OneOf(list(Lang)),
        metadata=_described("Language of the labels."),
    )
    file = fields.String(
        load_default=COMPARE_ZIP,
        validate=OneOf(COMPARE_FILES),
        metadata=_described("The bundle with everything, or one file of it."),
    )


class LeftItemSchema(OutputSchema):
    n = fields.Integer()
    message = fields.String()


class ActResultSchema(OutputSchema):
    """The result of an action on many tasks."""

    done = fields.Integer(metadata=_described("How many tasks it was asked for."))
    left = fields.List(fields.Nested(LeftItemSchema), metadata=_described("Items that were left, and why."))


class MissingItemSchema(OutputSchema):
    """A genome that was announced and never sent."""

    n = fields.Integer(metadata=_described("Number of the item, from 1."))
    label = fields.String()


class ClosedSchema(OutputSchema):
    """The result of closing a submission without the genomes that had not arrived."""

    closed = fields.Boolean(metadata=_described("False: no genome was missing, and nothing has changed."))
    missing = fields.List(
        fields.Nested(MissingItemSchema), metadata=_described("The genomes that the submission stands without.")
    )


def row_values(row: ItemRow) -> list[Any]:
    """Return an item in the form of the API."""
    return [row.n, row.task_id, row.status.value, row.stage, row.progress, row.revision, row.failure_kind]


def submission_fields(view: SubmissionView, since: str | None) -> dict[str, Any]:
    """Return the fields of SubmissionSchema for a submission."""
    submission = view.submission
    return {
        "submission_id": submission.submission_id,
        "label": submission.label,
        "lang": submission.lang.value,
        "created_at": submission.created_at,
        "upload_until": submission.upload_until,
        "closed": view.is_closed,
        "total": len(view.rows),
        "counts": view.counts,
        "is_final": view.is_final,
        "snapshot": asdict(submission.mark) if isinstance(submission, SubmissionThen) else None,
        "estimated_end": view.estimated_end,
        "cursor": view.cursor,
        "items": [row_values(row) for row in view.since(since)],
    }


def announced_fields(view: SubmissionView, token: Callable[[Submission, Access], str]) -> dict[str, Any]:
    """Return the fields of AnnouncedSchema for a submission; `token` returns its tokens."""
    submission = view.submission
    return {
        "submission_id": submission.submission_id,
        "token": token(submission, Access.OWNER),
        "view_token": token(submission, Access.VIEW),
        "items": [
            {"n": item.n, "label": item.label, "task_id": row.task_id, "state": row.status.value}
            for item, row in zip(submission.items, view.rows, strict=True)
        ],
        "upload_until": submission.upload_until,
    }
