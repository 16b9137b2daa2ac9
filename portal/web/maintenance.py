"""During maintenance everybody gets 503 with Retry-After, except operators, probes and static files."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask, request

from portal.domain.errors import UnderMaintenance
from portal.files.maintenance import Maintenance
from portal.files.taskdir import PortalDir
from portal.web.texts.i18n import current_lang

# The operator's pages, how operators sign in, what a service manager and a monitor ask, and what the maintenance page
# itself needs.
_OPEN = ("/admin", "/sign-in", "/api/health", "/metrics", "/static")


def register_maintenance(app: Flask, portal: PortalDir) -> None:
    """Refuse requests while there is maintenance; the short path of `Front` leaves them to Flask then."""

    def refuse_while_closed() -> None:
        if request.path.startswith(_OPEN):
            return
        maintenance = Maintenance.read(portal)
        if maintenance is not None:
            raise UnderMaintenance(
                maintenance.message(current_lang()), retry_after_s=maintenance.retry_after_s(datetime.now(UTC))
            )

    app.before_request(refuse_while_closed)


def expected_end(portal: PortalDir, now: datetime) -> datetime | None:
    """Return when the maintenance under way is expected to end; None where nobody said, or that is over."""
    under_way = Maintenance.read(portal)
    until = under_way.until if under_way else None
    return until if until is not None and until > now else None
