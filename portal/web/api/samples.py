"""The ready samples: finished results that everybody may read without a token."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from portal.domain.samples import SAMPLE_STRAINS
from portal.services.samples import SampleState
from portal.web.api.schemas import OutputSchema
from portal.web.api.strict_json import ApiBlueprint
from portal.web.context import web

blueprint = ApiBlueprint(
    "samples", __name__, url_prefix="/api/samples", description="Results of synthetic genomes, open to everybody."
)


class SampleSchema(OutputSchema):
    name = fields.String(metadata={"description": f"One of {', '.join(SAMPLE_STRAINS)}."})
    strain = fields.String(metadata={"description": "Name of the synthetic genome, the label within the submission."})
    task_id = fields.String(metadata={"description": "All GET calls below /api/tasks/<task_id> work without a token."})


class SamplesSchema(OutputSchema):
    """The samples, and whether they can be read."""

    state = fields.String(
        metadata={
            "description": "ready; coming: they are being made; none: this portal makes none, or cannot now.",
            "enum": [state.value for state in SampleState],
        }
    )
    submission_id = fields.String(
        allow_none=True,
        metadata={"description": "All samples as a submission, which can be read without a token; null unless ready."},
    )
    samples = fields.List(fields.Nested(SampleSchema), metadata={"description": "Empty unless ready."})


@blueprint.route("")
class Samples(MethodView):
    @blueprint.doc(operationId="getSamples", security=[])
    @blueprint.response(200, SamplesSchema)
    def get(self) -> dict[str, Any]:
        """List the sample results that can be read without a token"""
        found = web().parts.samples.look()
        return {
            "state": found.state.value,
            "submission_id": found.submission_id or None,
            "samples": [
                {"name": name, "strain": SAMPLE_STRAINS[name], "task_id": task_id}
                for name, task_id in found.tasks.items()
            ],
        }
