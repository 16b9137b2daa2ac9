"""The public queue: no names, no ids."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask.views import MethodView

from portal.files.heartbeat import estimate_start
from portal.web.api.schemas import QueueSchema, queue_fields
from portal.web.api.strict_json import ApiBlueprint
from portal.web.context import web

blueprint = ApiBlueprint("queue", __name__, url_prefix="/api/queue", description="How busy the portal is.")


@blueprint.route("")
class Queue(MethodView):
    @blueprint.doc(operationId="getQueue")
    @blueprint.response(200, QueueSchema, description="The queue as the poller last saw it.")
    def get(self) -> dict[str, Any]:
        """Get the queue"""
        queue = web().tasks.queue()
        return queue_fields(queue, estimate_start(queue, queue.waiting + 1, datetime.now(UTC)))
