"""The application factory. Nothing is built at import; `portal.wsgi` composes it for gunicorn."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.config import Settings
from portal.services.health import HealthService
from portal.services.secrets import Keyring
from portal.services.tasks import TaskService
from portal.web.api import register_api
from portal.web.body import FORM_BYTES, Pace
from portal.web.context import WebContext
from portal.web.docs_ui import register_docs_ui
from portal.web.errors import register_error_handlers
from portal.web.headers import register_headers
from portal.web.openapi import make_api
from portal.web.pages import register_pages


class _CompactJSON(DefaultJSONProvider):
    """JSON as the schemas order it, in UTF-8."""

    sort_keys = False
    ensure_ascii = False
    compact = True


def create_app(
    settings: Settings,
    *,
    tasks: TaskService,
    health: HealthService,
    keyring: Keyring,
    templates: Path,
    upload_pace: Pace = Pace(),  # noqa: B008 - a frozen value
) -> Flask:
    """Return the application: API, pages, error forms and headers around the services."""
    app = Flask("portal.web", template_folder=str(templates / "html"), static_folder="static")
    app.secret_key = keyring.session_key()
    # The limit of every body but the upload, which sets its own.
    app.config["MAX_CONTENT_LENGTH"] = FORM_BYTES
    app.json = _CompactJSON(app)
    app.url_map.strict_slashes = False
    WebContext(settings, tasks, health, keyring, upload_pace).attach(app)
    register_error_handlers(app)
    register_headers(app, settings.cors_origins)
    register_api(make_api(app))
    if settings.DEBUG:
        register_docs_ui(app)
    register_pages(app)
    if settings.TRUSTED_PROXIES:
        hops = settings.TRUSTED_PROXIES
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=hops)  # type: ignore[method-assign]
    return app
