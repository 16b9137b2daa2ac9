"""What a client must know before it submits anything."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import fields

import portal
from portal.domain.status import Lang
from portal.domain.submission import AWAITED_FOR, MAX_LABEL, MOST_ITEMS
from portal.files.taskdir import PortalDir
from portal.web.announcements import announcements_now
from portal.web.api.schemas import OutputSchema
from portal.web.api.strict_json import ApiBlueprint
from portal.web.context import web

blueprint = ApiBlueprint("about", __name__, url_prefix="/api/portal", description="What this portal is and takes.")

# Incremented when clients can rely on a new feature: 2 added submissions.
API_LEVEL = 2


def _described(text: str) -> dict[str, Any]:
    return {"description": text}


class LimitsSchema(OutputSchema):
    max_upload_bytes = fields.Integer(metadata=_described("Largest genome, unpacked."))
    max_items = fields.Integer(metadata=_described("Most genomes of one submission."))
    max_label = fields.Integer(metadata=_described("Longest name of a genome, in characters."))
    upload_within_s = fields.Integer(metadata=_described("Seconds after which an announced genome lapses."))
    max_waiting_tasks = fields.Integer(metadata=_described("Places in the queue, for all users together."))


class TextSchema(OutputSchema):
    en = fields.String()
    zh = fields.String()


class ReferenceSchema(OutputSchema):
    name = fields.String()
    version = fields.String()
    entries = fields.Integer(metadata=_described("Toxin proteins in it."))
    blind_spots = fields.List(fields.String(), metadata=_described("Families of toxins that it does not hold."))


class AnnouncementSchema(OutputSchema):
    id = fields.String(metadata=_described("Stays the same while the announcement does."))
    text = fields.Nested(TextSchema, metadata=_described("What the operator announces, in both languages."))
    begins = fields.DateTime(format="iso", allow_none=True, metadata=_described("Since when it holds; null: always."))
    ends = fields.DateTime(format="iso", allow_none=True, metadata=_described("When it ends; null: not known yet."))


class NotifyOfferSchema(OutputSchema):
    """Which notifications may be asked for with `notify`."""

    mail = fields.Boolean(metadata=_described("Whether the portal sends mail."))
    own_mail_only = fields.Boolean(
        metadata=_described("True: only to the verified address of whoever is signed in, or has an API key.")
    )
    webhook = fields.Boolean(metadata=_described("Whether the portal calls webhooks, of hosts on its operator's list."))


class PortalSchema(OutputSchema):
    """The portal's version, limits, retention and reference."""

    name = fields.String(metadata=_described("Always `bttoxin-portal`, to tell it from anything else."))
    version = fields.String()
    api_level = fields.Integer(metadata=_described("Grows when clients can rely on something new."))
    limits = fields.Nested(LimitsSchema)
    notify = fields.Nested(NotifyOfferSchema)
    retention_days = fields.Integer(metadata=_described("Days after which results are removed."))
    reference = fields.Nested(
        ReferenceSchema, allow_none=True, metadata=_described("The toxin reference in use; null where there is none.")
    )
    announcements = fields.List(
        fields.Nested(AnnouncementSchema), metadata=_described("What the pages show above everything else now.")
    )


def _announcements() -> list[dict[str, Any]]:
    found = announcements_now(PortalDir(web().settings.JOBS_DIR))
    return [
        {
            "id": name,
            "text": {lang.value: each.text_in(lang) for lang in Lang},
            "begins": each.begins,
            "ends": each.ends,
        }
        for name, each in found.items()
    ]


@blueprint.route("")
class Portal(MethodView):
    @blueprint.doc(operationId="getPortal", security=[])
    @blueprint.response(200, PortalSchema)
    def get(self) -> dict[str, Any]:
        """Get the portal's version, limits, retention and reference"""
        settings, offered = web().settings, web().parts.notifications
        part = next((part for part in web().health.report().parts if part.name == "reference"), None)
        known = part is not None and part.state == "ok"
        return {
            "name": "bttoxin-portal",
            "version": portal.__version__,
            "api_level": API_LEVEL,
            "limits": {
                "max_upload_bytes": settings.max_upload_bytes,
                "max_items": MOST_ITEMS,
                "max_label": MAX_LABEL,
                "upload_within_s": int(AWAITED_FOR.total_seconds()),
                "max_waiting_tasks": settings.MAX_WAITING_TASKS,
            },
            "notify": {
                "mail": offered.mails,
                "own_mail_only": offered.mails and offered.people,
                "webhook": bool(offered.webhooks),
            },
            "retention_days": settings.RESULT_RETENTION_DAYS,
            "announcements": _announcements(),
            "reference": {"blind_spots": [], **part.details} if known and part else None,
        }
