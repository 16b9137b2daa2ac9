"""What gunicorn serves: `portal.wsgi:application()`."""

from __future__ import annotations

import gc

from flask import Flask

from portal.bootstrap import WebParts, build_web
from portal.config import Settings, read_settings
from portal.web.app import create_app
from portal.web.pages.routes import load_templates


def make_app(settings: Settings, parts: WebParts) -> Flask:
    """Return the application over the parts that `build_web` made."""
    return create_app(
        settings,
        tasks=parts.tasks,
        health=parts.health,
        admin=parts.admin,
        keyring=parts.keyring,
        templates=parts.templates,
    )


def application() -> Flask:
    """Return the application with settings from the environment."""
    settings = read_settings()
    app = make_app(settings, build_web(settings))
    load_templates(app)
    # What is there now stays: without this a full collection looks at all of it, 35 ms in the middle of a page.
    gc.freeze()
    return app
