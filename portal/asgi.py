"""What gunicorn serves: `portal.asgi:application()`, the edge over the application of `portal.wsgi`."""

from __future__ import annotations

from functools import partial

from flask import Flask

from portal.bootstrap import build_web, templates_dir
from portal.config import read_settings
from portal.web.app import create_app
from portal.web.context import context_of
from portal.web.edge.app import Edge
from portal.web.edge.bounds import Bounds
from portal.web.upload.intake import begin_intake
from portal.wsgi import warm_up


def make_edge(app: Flask, bounds: Bounds = Bounds()) -> Edge:
    """Return the edge over a Flask application that `create_app` made."""
    context = context_of(app)
    intake = partial(
        begin_intake, begin_upload=context.tasks.begin_upload, max_upload_bytes=context.settings.max_upload_bytes
    )
    return Edge(context.front, intake, bounds)


def application() -> Edge:
    """Return the application with settings from the environment."""
    settings = read_settings()
    app = create_app(settings, build_web(settings), templates=templates_dir())
    warm_up(app)
    return make_edge(app)
