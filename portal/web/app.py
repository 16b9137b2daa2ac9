"""The application factory. Nothing is built at import; `portal.wsgi` composes it for gunicorn."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from portal.config import Settings
from portal.files.taskdir import PortalDir
from portal.services.parts import WebParts
from portal.web.admin.routes import register_admin
from portal.web.announcements import register_announcements
from portal.web.api import register_api
from portal.web.api.docs_ui import register_docs_ui
from portal.web.api.openapi import make_api
from portal.web.compression import register_compression
from portal.web.context import WebContext
from portal.web.errors import register_error_handlers
from portal.web.front import Front
from portal.web.headers import CrossOrigin, register_headers
from portal.web.identity import make_identity
from portal.web.maintenance import register_maintenance
from portal.web.metrics import WebMetrics, register_metrics
from portal.web.pages.people import register_people_pages
from portal.web.pages.routes import register_pages
from portal.web.public_address import PublicAddress, register_host_check
from portal.web.self_check import exercise_pages
from portal.web.static_files import FOLDER, register_static_files, static_address
from portal.web.upload.intake import FORM_BYTES


class _CompactJSON(DefaultJSONProvider):
    """JSON in UTF-8, in the order of the schemas."""

    sort_keys = False
    ensure_ascii = False
    compact = True


def create_app(
    settings: Settings,
    parts: WebParts,
    *,
    templates: Path,
) -> Flask:
    """Return the application: API, pages, error responses and headers around the services."""
    app = Flask(
        "portal.web",
        template_folder=str(templates / "html"),
        static_folder="static",
        static_url_path=static_address(),
    )
    register_compression(app, FOLDER)
    register_static_files(app)
    app.secret_key = parts.keyring.session_key()
    # The limit for every body except uploads, which set their own.
    app.config["MAX_CONTENT_LENGTH"] = FORM_BYTES
    app.json = _CompactJSON(app)
    app.url_map.strict_slashes = False
    register_error_handlers(app)
    portal = PortalDir(settings.JOBS_DIR)
    register_host_check(app)
    register_maintenance(app, portal)
    register_announcements(app, portal)
    cross_origin = CrossOrigin(settings.cors_origins)
    register_headers(app, cross_origin)
    register_api(make_api(app, server=settings.PUBLIC_URL or "/"), with_people=settings.has_people)
    if settings.DEBUG:
        register_docs_ui(app)
    register_pages(app)
    register_people_pages(app, settings, parts)
    register_admin(app, parts.admin)
    parts.installation.use_pages(partial(exercise_pages, app))
    address = PublicAddress(settings.public_url, settings.trusted_proxies)
    metrics = WebMetrics()
    register_metrics(app, settings, metrics, portal, parts.health)
    identity = make_identity(settings, parts)
    front = Front(app.wsgi_app, portal, parts.tasks, cross_origin, address, metrics, identity)
    WebContext(settings, parts, front).attach(app)
    app.wsgi_app = front  # type: ignore[method-assign]
    return app
