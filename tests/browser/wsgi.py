"""The application for a real gunicorn: `gunicorn 'tests.browser.wsgi:create()'`; JOBS_DIR says where it works."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from tests.builders import make_site


def create() -> Flask:
    """Return the application over the folder that the environment names."""
    return make_site(Path(os.environ["JOBS_DIR"])).app
