"""What the views of one application share: settings and services, put together once by `create_app`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from portal.config import Settings
from portal.files.usage import UsageSums
from portal.services.admin import AdminService
from portal.services.admin_access import AdminAccess
from portal.services.compare import CompareService
from portal.services.health import HealthService
from portal.services.secrets import Keyring
from portal.services.task_list import TaskList
from portal.services.tasks import TaskService
from portal.web.upload.body import Pace

_KEY = "portal"


@dataclass(frozen=True)
class AdminParts:
    """What the admin's pages work with."""

    service: AdminService
    access: AdminAccess
    tasks: TaskList
    usage: UsageSums


@dataclass(frozen=True)
class WebContext:
    """Settings and services of one application."""

    settings: Settings
    tasks: TaskService
    health: HealthService
    keyring: Keyring
    compare: CompareService
    upload_pace: Pace = Pace()
    admin: AdminParts | None = None  # None: there are no admin pages

    def attach(self, app: Flask) -> None:
        app.extensions[_KEY] = self


def web() -> WebContext:
    """Return the context of the application that answers this request."""
    return cast(WebContext, current_app.extensions[_KEY])


def admin_parts() -> AdminParts:
    """Return what the admin's pages work with; only they ask, and they exist only where it exists."""
    parts = web().admin
    assert parts is not None
    return parts
