"""Health checks: alive, ready, and each part. Never call the scheduler."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from portal.domain.errors import NotReady
from portal.domain.message import Message
from portal.services.health import HealthReport
from portal.web.api.openapi import errors
from portal.web.api.schemas import HealthSchema, LiveSchema, ReadySchema
from portal.web.api.strict_json import ApiBlueprint
from portal.web.context import web

blueprint = ApiBlueprint("health", __name__, url_prefix="/api/health", description="For monitors and operators.")


@blueprint.route("")
class Health(MethodView):
    @blueprint.doc(operationId="getHealth")
    @blueprint.response(200, HealthSchema, description="The report; `status` says how it is.")
    def get(self) -> HealthReport:
        """Get the health of each part"""
        return web().health.report()


@blueprint.route("/live")
class Live(MethodView):
    @blueprint.doc(operationId="getLive")
    @blueprint.response(200, LiveSchema, description="The process answers.")
    def get(self) -> dict[str, Any]:
        """Check that the process responds"""
        return {"status": "alive"}


@blueprint.route("/ready")
class Ready(MethodView):
    @errors(blueprint, 503)
    @blueprint.doc(operationId="getReady")
    @blueprint.response(200, ReadySchema, description="Tasks are taken and will run.")
    def get(self) -> dict[str, Any]:
        """Check that tasks are accepted and can run"""
        missing = web().health.report().missing
        if missing:
            parts = [Message(f"part.{name}") for name in missing]
            raise NotReady(Message("health.not_ready", parts=parts), errors=missing)
        return {"status": "ready"}
