"""The records behind a task's scores, filtered, and the publications that they cite."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask.views import MethodView
from marshmallow import fields

from portal.domain.task import TaskMeta
from portal.results.citations import FORMATS as CITATIONS
from portal.results.codec import to_json
from portal.results.evidence_table import (
    COLUMNS,
    EvidenceDocument,
    EvidenceFilter,
    Reading,
    evidence_of,
    filtered,
    table_rows,
)
from portal.results.toxin_table import FORMATS as TABLES
from portal.results.toxin_table import as_csv, as_tsv
from portal.web.api.about_table import about_task
from portal.web.api.openapi import CSL_JSON, SAME_ETAG, SECURITY, TASK_ID_PARAMETER, errors, file_answer
from portal.web.api.rules import Count, OneOf, RequestSchema
from portal.web.api.strict_json import ApiBlueprint
from portal.web.api.workbooks import build_workbook
from portal.web.context import web
from portal.web.security import authorized_task
from portal.web.strains import saved_as

blueprint = ApiBlueprint("evidence", __name__, url_prefix="/api/tasks", description="What the scores rest on.")

READ = ("any", *(reading.value for reading in Reading))
GRADES = ("A", "B", "C", "AB", "AC", "BC", "ABC")
_MEDIA_TYPES = {
    **TABLES,
    "csl": CSL_JSON,
    # Neither has a registered media type.
    "bibtex": "text/plain; charset=utf-8",
    "ris": "text/plain; charset=utf-8",
}
_MOST_LETTERS = 100
EVIDENCE_ANSWER = file_answer(
    "The records as a table, or the publications that they name.",
    *sorted({media_type.partition(";")[0] for media_type in _MEDIA_TYPES.values()}),
    document=EvidenceDocument,
)


class EvidenceQuerySchema(RequestSchema):
    """Which records, and how they are written."""

    format = fields.String(
        load_default="json",
        validate=OneOf(list(_MEDIA_TYPES)),
        metadata={"description": "A table of records, or (csl, bibtex, ris) the publications that they name."},
    )
    toxin = fields.String(
        load_default="",
        validate=Count(0, _MOST_LETTERS),
        metadata={"description": "Beginning of a name: of the record's toxin or of the strain's."},
    )
    species = fields.String(
        load_default="",
        validate=Count(0, _MOST_LETTERS),
        metadata={
            "description": "Whole scientific name, in any spelling: what the shortlist counts for that species, with "
            "its genus and groups. Else part of the name of a species (Latin, English, Chinese) or order."
        },
    )
    grade = fields.String(
        load_default="ABC", validate=OneOf(list(GRADES)), metadata={"description": "Grades, such as AB."}
    )
    read = fields.String(
        load_default="any",
        validate=OneOf(list(READ)),
        metadata={
            "description": "What was read: text (publication), row (of another table), title, no (source not checked)."
        },
    )


def wanted_rows(query: dict[str, Any]) -> EvidenceFilter:
    """Return the filter that a query requests."""
    return EvidenceFilter(
        query["toxin"], query["species"], query["grade"], "" if query["read"] == "any" else query["read"]
    )


def evidence_answer(task: TaskMeta, query: dict[str, str], download_name: str) -> Response:
    """Return the records that a query requests, or their bibliography; see `TaskService.scores` for errors."""
    wanted = query["format"]
    scores = web().tasks.scores(task)
    document = filtered(evidence_of(scores), wanted_rows(query))
    body: str | bytes
    if wanted in CITATIONS:
        name, write = CITATIONS[wanted]
        body, ending = write(document.sources.values()), name
    elif wanted == "xlsx":
        about = about_task(task, None, scores)
        body = b"".join(build_workbook("evidence", table_rows(document), dict.fromkeys(COLUMNS), about))
        ending = f"evidence.{wanted}"
    else:
        body = {
            "json": lambda: to_json(document).decode(),
            "csv": lambda: as_csv(table_rows(document), COLUMNS),
            "tsv": lambda: as_tsv(table_rows(document), COLUMNS),
        }[wanted]()
        ending = f"evidence.{wanted}"
    response = Response(body, content_type=_MEDIA_TYPES[wanted])
    response.headers["Content-Disposition"] = f"attachment; filename={download_name}_{ending}"
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.route("/<string:task_id>/evidence", parameters=[TASK_ID_PARAMETER])
class Evidence(MethodView):
    @errors(blueprint, 401, 404, 409, 422, 503, 507)
    @blueprint.doc(
        operationId="getEvidence",
        security=SECURITY,
        responses={"200": EVIDENCE_ANSWER, "304": SAME_ETAG},
    )
    @blueprint.arguments(EvidenceQuerySchema, location="query")
    def get(self, query: dict[str, str], task_id: str) -> Response:
        """Fetch the records behind the scores, filtered, or their bibliography"""
        task = authorized_task(task_id)
        return evidence_answer(task, query, saved_as(task))
