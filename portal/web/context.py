"""What the views of one application share: settings and services, put together once by `create_app`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from portal.config import Settings
from portal.services.health import HealthService
from portal.services.secrets import Keyring
from portal.services.tasks import TaskService
from portal.web.body import Pace

_KEY = "portal"


@dataclass(frozen=True)
class WebContext:
    """Settings and services of one application."""

    settings: Settings
    tasks: TaskService
    health: HealthService
    keyring: Keyring
    upload_pace: Pace = Pace()

    def attach(self, app: Flask) -> None:
        app.extensions[_KEY] = self


def web() -> WebContext:
    """Return the context of the application that answers this request."""
    return cast(WebContext, current_app.extensions[_KEY])
