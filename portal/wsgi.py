"""The portal as a plain WSGI application: `portal.wsgi:application()`. Gunicorn serves `portal.asgi` instead."""

from __future__ import annotations

import gc
import logging

from flask import Flask

from portal.bootstrap import build_web, templates_dir
from portal.config import read_settings
from portal.domain.catalogue.table import TEXTS
from portal.web.app import create_app
from portal.web.pages.routes import load_templates

log = logging.getLogger(__name__)


def warm_up(app: Flask) -> None:
    """Do in advance what the first visitors would have to wait for."""
    load_templates(app)
    len(TEXTS)  # loads them all
    # Existing objects stay: without this a full collection would scan all of them, 35 ms in the middle of a page.
    gc.freeze()


def application() -> Flask:
    """Return the application with settings from the environment."""
    settings = read_settings()
    parts = build_web(settings)
    app = create_app(settings, parts, templates=templates_dir())
    # Run once now, so that the first monitor need not wait and the log shows at once what the installation lacks.
    if (installation := parts.installation()).state != "ok":
        log.error("%s", installation.message)
    warm_up(app)
    return app
