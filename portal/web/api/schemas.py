"""The marshmallow schemas of the API, which define the OpenAPI document and serialise most responses.

Only fields named in a schema leave the server; others (token_hash, submitter) stay inside. `record.py` serialises
the record of a task; a test compares it with its schema.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from portal.domain.limits import LIMITS
from portal.domain.message import params_to_json
from portal.domain.parameters import PARAMETERS
from portal.domain.status import FailureKind, Lang, PipelineStage, TaskStatus
from portal.domain.task_id import TASK_ID
from portal.files.heartbeat import QueueView
from portal.results.names import ALL_TOXINS, FOLDERS
from portal.results.scores import ScoresDocument
from portal.results.toxins import ToxinsDocument
from portal.web.api.documents import ref_or_null
from portal.web.api.rules import OneOf, RequestSchema, Within
from portal.web.texts.i18n import current_lang

TASK_ID_PATTERN = f"^{TASK_ID.pattern}$"


def _told(text: str, example: Any = None) -> dict[str, Any]:
    return {"description": text} if example is None else {"description": text, "example": example}


class ErrorDetailSchema(ma.Schema):
    """One problem with one field."""

    field = fields.String(required=True, metadata=_told("The field, as in `errors`.", "file"))
    type = fields.String(required=True, metadata=_told("As `type` of the whole.", "/errors/fasta.gap"))
    message = fields.String(required=True, metadata=_told("The sentence, as in `errors`."))
    params = fields.Dict(required=True, metadata=_told("The values in the sentence.", {"character": "-", "line": 3}))


class ErrorSchema(ma.Schema):
    """Every error of the API has this shape, a superset of RFC 9457."""

    type = fields.String(
        required=True,
        metadata=_told(
            "What is wrong, for programs: ends in a code that is the same in every language and version, and is the "
            "address of a page that explains it.",
            "/errors/fasta.gap",
        ),
    )
    code = fields.Integer(required=True, metadata=_told("HTTP status code.", 422))
    status = fields.String(required=True, metadata=_told("Its name.", "Unprocessable Entity"))
    message = fields.String(required=True, metadata=_told("One sentence in the language of Accept-Language."))
    params = fields.Dict(required=True, metadata=_told("The values in the sentence.", {"character": "-", "line": 3}))
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        metadata=_told("What is wrong, by field; FASTA errors begin with the line.", {"file": ["line 3: gap '-'"]}),
    )
    details = fields.List(
        fields.Nested(ErrorDetailSchema),
        required=True,
        metadata=_told("The same as `errors`, with the type and the values of each."),
    )


class OutputSchema(ma.Schema):
    """A schema for responses; its fields are always present."""

    def on_bind_field(self, _field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.required = True


def _time(text: str, **more: Any) -> fields.DateTime:
    return fields.DateTime(format="iso", metadata=_told(text), **more)


class StageSchema(OutputSchema):
    stage = fields.String(validate=validate.OneOf(list(PipelineStage)))
    state = fields.String(validate=validate.OneOf(["waiting", "running", "done", "failed", "reused"]))
    start_time = _time("When it began.", allow_none=True)
    end_time = _time("When it ended.", allow_none=True)
    message = fields.String(allow_none=True, metadata=_told("What it does, or why it failed."))
    code = fields.String(allow_none=True, metadata=_told("The code of the message.", "progress.searching"))
    params = fields.Dict(metadata=_told("The values in the message."))
    summary = fields.Dict(metadata=_told("A few facts that the stage reported."))


class JobSchema(OutputSchema):
    name = fields.String(metadata=_told("Name of the job in the scheduler.", "bt-k3v7q2m5x4ta-digger-a1"))
    stages = fields.List(fields.String(validate=validate.OneOf(list(PipelineStage))))
    job_id = fields.String(allow_none=True, metadata=_told("Id in the scheduler."))
    state = fields.String(allow_none=True, metadata=_told("State in the portal's words."))
    raw_state = fields.String(allow_none=True, metadata=_told("State as the scheduler says it."))
    reason = fields.String(allow_none=True, metadata=_told("Why it waits or ended, as the scheduler says it."))
    submit_time = _time("When it was submitted.", allow_none=True)
    start_time = _time("When it began.", allow_none=True)
    end_time = _time("When it ended.", allow_none=True)
    exit_code = fields.Integer(allow_none=True)
    cancelled_by = fields.String(allow_none=True)
    node = fields.String(allow_none=True)
    cpus = fields.Integer(allow_none=True)
    elapsed_s = fields.Integer(allow_none=True)
    cpu_time_s = fields.Integer(allow_none=True)
    max_rss_bytes = fields.Integer(allow_none=True)


class AttemptSchema(OutputSchema):
    number = fields.Integer(metadata=_told("Counts from 1."))
    reason = fields.String(metadata=_told("first, retry, or the failure kind that an automatic attempt answers."))
    created_at = _time("When it was made.")
    jobs = fields.List(fields.Nested(JobSchema))
    reuse = fields.Dict(
        keys=fields.String(), values=fields.Integer(), metadata=_told("Stages taken over, with their attempt.")
    )


class TaskSchema(OutputSchema):
    """The record of a task."""

    task_id = fields.String(validate=validate.Regexp(TASK_ID_PATTERN), metadata=_told("Id; no secret.", "k3v7q2m5x4ta"))
    status = fields.String(validate=validate.OneOf(list(TaskStatus)))
    current_stage = fields.String(validate=validate.OneOf(list(PipelineStage)), allow_none=True)
    progress = fields.Integer(
        validate=validate.Range(0, 100), metadata=_told("Percent of the real work; never goes back in an attempt.")
    )
    submission_time = _time("When the task was accepted (UTC).")
    start_time = _time("When the first stage began.", allow_none=True)
    completion_time = _time("When the task ended, well or not.", allow_none=True)
    filename = fields.String(
        metadata=_told("Name as uploaded, or the label in a submission; for display only.", "C15.fna")
    )
    file_size = fields.Integer(metadata=_told("Bytes."))
    lang = fields.String(validate=validate.OneOf(list(Lang)), metadata=_told("Language of the report."))
    error_message = fields.String(allow_none=True, metadata=_told("What happened and what to do."))
    revision = fields.Integer(metadata=_told("Grows with each change of the record."))
    strain = fields.String(metadata=_told("Name used in tables and file names."))
    input_sha256 = fields.String(metadata=_told("SHA-256 (hex) of the uploaded file."))
    input_facts = fields.Dict(metadata=_told("Records, letters, N50 and kind of the file."))
    parameters = fields.Dict(metadata=_told("All parameters with their values."))
    limits = fields.Dict(
        keys=fields.String(validate=validate.OneOf(LIMITS)),
        values=fields.Float(),
        metadata=_told("Limits asked for beyond the portal's own."),
    )
    submission = fields.String(metadata=_told("Tasks of one submission share a turn in the queue."))
    failure_kind = fields.String(
        validate=validate.OneOf(list(FailureKind)), allow_none=True, metadata=_told("Why it failed, for machines.")
    )
    error_code = fields.String(
        allow_none=True,
        metadata=_told("The code of error_message; null where it did not fail, or failed before there were codes."),
    )
    error_params = fields.Dict(metadata=_told("The values in error_message."))
    advice = fields.String(allow_none=True, metadata=_told("What may help."))
    stages = fields.List(fields.Nested(StageSchema))
    attempts = fields.List(fields.Nested(AttemptSchema))
    run = fields.Integer(metadata=_told("Number of the latest run; counts from 1."))
    good_run = fields.Integer(
        allow_none=True, metadata=_told("Number of the last completed run, whose results can be read.")
    )
    cancel_requested = _time("When the end was asked for.", allow_none=True)
    cancelled_by = fields.String(allow_none=True)
    pending_reason = fields.String(allow_none=True, metadata=_told("Why the scheduler lets it wait."))
    pending_explained = fields.Dict(
        keys=fields.String(validate=validate.OneOf(list(Lang))),
        values=fields.String(),
        allow_none=True,
        metadata=_told("The same in plain words, in each language."),
    )
    last_synced = _time("When the scheduler was last asked with success.", allow_none=True)
    expires_at = _time(
        "When the results will be removed; null if that is not due, or an operator keeps them.", allow_none=True
    )
    warnings = fields.List(fields.String(), metadata=_told("What happened to the record; English sentences."))
    queue_position = fields.Integer(
        allow_none=True, metadata=_told("Place in the queue, from 1; null when not waiting.")
    )
    estimated_start = _time("An estimate, never a promise.", allow_none=True)
    wishes = fields.List(fields.String(), metadata=_told("Asked for and not yet seen to: cancel, retry."))


class CreatedTaskSchema(TaskSchema):
    """The record with its two tokens. Keep them: they cannot be retrieved again."""

    token = fields.String(metadata=_told("Secret of this task: send it as Authorization: Bearer."))
    view_token = fields.String(metadata=_told("Opens the task for reading alone; the one to share."))


class ResultFileSchema(OutputSchema):
    name = fields.String(metadata=_told("Name below .../results/.", ALL_TOXINS))
    stage = fields.String(validate=validate.OneOf(list(PipelineStage)))
    folder = fields.String(metadata=_told("Folder in the bundle.", FOLDERS[PipelineStage.DIGGER]))
    size = fields.Integer(metadata=_told("Bytes."))
    sha256 = fields.String(metadata=_told("SHA-256 (hex)."))
    media_type = fields.String()


class ResultsSchema(OutputSchema):
    """The results of a task."""

    task_id = fields.String()
    strain = fields.String(metadata=_told("Name used in tables and file names."))
    name = fields.String(metadata=_told("What its owner calls the strain; empty if there is no name."))
    status = fields.String(validate=validate.OneOf([TaskStatus.COMPLETED.value, TaskStatus.FAILED.value]))
    files = fields.List(fields.Nested(ResultFileSchema))
    toxins = fields.Raw(
        metadata={**ref_or_null(ToxinsDocument), **_told("toxins.json; null where Digger did not end well.")}
    )
    scores = fields.Raw(
        metadata={**ref_or_null(ScoresDocument), **_told("strain_scores.json; null where Shoter did not end well.")}
    )


class SlotsSchema(OutputSchema):
    total = fields.Integer(metadata=_told("Tasks that may be on the cluster at once."))
    used = fields.Integer()


class QueueSchema(OutputSchema):
    """The queue; no names, no ids."""

    slots = fields.Nested(SlotsSchema)
    waiting = fields.Integer(metadata=_told("Tasks that wait for a slot."))
    draining = fields.Boolean(metadata=_told("True: no new task is started at the moment."))
    mean_duration_s = fields.Float(allow_none=True, metadata=_told("Mean running time of the last tasks, s."))
    estimated_start = _time("When a task submitted now may start; an estimate.", allow_none=True)
    updated_at = _time("When the poller said this; null when none ever ran.", allow_none=True)


def queue_fields(queue: QueueView, estimated_start: Any) -> dict[str, Any]:
    """Return the queue as QueueSchema names it."""
    return {
        "slots": {"total": queue.slots_total, "used": queue.slots_used},
        "waiting": queue.waiting,
        "draining": queue.draining,
        "mean_duration_s": queue.mean_duration_s,
        "estimated_start": estimated_start,
        "updated_at": queue.updated_at,
    }


class PartSchema(OutputSchema):
    name = fields.String(metadata=_told("disk, poller, scheduler, redis, engine or reference.", "poller"))
    state = fields.String(validate=validate.OneOf(["ok", "degraded", "down", "off"]))
    message = fields.Function(
        lambda part: part.message.word(current_lang()),
        metadata={"type": "string", **_told("One sentence in the language of Accept-Language.")},
    )
    code = fields.Function(
        lambda part: part.message.code,
        metadata={"type": "string", **_told("The code of the sentence.", "health.poller_ok")},
    )
    params = fields.Function(
        lambda part: params_to_json(part.message.params),
        metadata={"type": "object", **_told("The values in the sentence.", {"free": 41.5})},
    )
    age_s = fields.Float(allow_none=True, metadata=_told("How old this knowledge is, s."))
    details = fields.Dict(metadata=_told("More facts, by name; which ones depends on the part."))


class HealthSchema(OutputSchema):
    """The state of the portal and of its parts."""

    status = fields.String(validate=validate.OneOf(["healthy", "degraded", "unhealthy"]))
    parts = fields.List(fields.Nested(PartSchema))


class LiveSchema(OutputSchema):
    """The process responds."""

    status = fields.String(validate=validate.OneOf(["alive"]))


class ReadySchema(OutputSchema):
    """Everything that a task needs is available."""

    status = fields.String(validate=validate.OneOf(["ready"]))


class LogQuerySchema(RequestSchema):
    stage = fields.String(
        validate=OneOf(list(PipelineStage)),
        metadata=_told("Whose log; the current or last stage when left out."),
    )


class JSONBoolean(fields.Boolean):
    """true or false only; marshmallow's own field also takes 0, "yes" and others, which the document does not allow."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return bool(super()._deserialize(value, attr, data, **kwargs))


class JSONNumber(fields.Float):
    """A number, but not a text that looks like one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid", input=value)
        return float(super()._deserialize(value, attr, data, **kwargs))


def parameter_field(kind: str, choices: tuple[str, ...], metadata: dict[str, Any]) -> fields.Field[Any]:
    if kind == "flag":
        return JSONBoolean(metadata=metadata)
    if kind == "fraction":
        return JSONNumber(validate=Within(0, 1), metadata=metadata)
    return fields.String(validate=OneOf(choices), metadata=metadata)


_RetryFields = RequestSchema.from_dict(
    {
        "lang": fields.String(validate=OneOf(list(Lang)), metadata=_told("Language of the report.")),
        **{
            item.name: parameter_field(item.kind, item.choices, {"description": item.description})
            for item in PARAMETERS
        },
        "time_limit_hours": JSONNumber(
            metadata=_told("Hours of running time of the whole task; from what the portal gives to what it allows.", 12)
        ),
        "memory_gb": JSONNumber(
            metadata=_told("Memory of each job in GB, in the same kind of range; without SLURM of no effect.", 8)
        ),
    },
    name="Retry",
)


class RetrySchema(_RetryFields):  # type: ignore[valid-type, misc]
    """Parameters and limits for the next attempt; omitted ones keep their values."""
