"""The ASGI application that gunicorn serves, `portal.asgi:application()`: the edge around `portal.wsgi`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from portal.bootstrap import build_web, templates_dir
from portal.config import read_settings
from portal.files.local_disk import is_on_local_disk
from portal.web.app import create_app
from portal.web.context import context_of
from portal.web.edge.app import Edge
from portal.web.edge.bounds import Bounds
from portal.web.upload.intake import Intake, begin_intake
from portal.web.upload.item import ItemIntake, is_item
from portal.wsgi import warm_up

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def make_edge(app: Flask, bounds: Bounds = Bounds()) -> Edge:
    """Return the edge around a Flask application made by `create_app`."""
    context = context_of(app)
    limit = context.settings.max_upload_bytes

    def begin(environ: WSGIEnvironment) -> Intake:
        if is_item(environ):
            return ItemIntake(environ, context.submissions, context.browsers, limit)
        return begin_intake(environ, context.acceptance, limit)

    local_disk = is_on_local_disk(context.settings.JOBS_DIR)
    return Edge(context.front, begin, bounds, local_disk=local_disk)


def application() -> Edge:
    """Return the application with settings from the environment."""
    settings = read_settings()
    app = create_app(settings, build_web(settings), templates=templates_dir())
    warm_up(app)
    return make_edge(app)
