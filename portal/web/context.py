"""What the views of an application share: settings and services, assembled once by `create_app`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

from portal.config import Settings
from portal.services.acceptance import Acceptance
from portal.services.browsers import Browsers
from portal.services.compare import CompareService
from portal.services.health import HealthService
from portal.services.parts import AdminParts, WebParts
from portal.services.secrets import Keyring
from portal.services.submissions import SubmissionService
from portal.services.tasks import TaskService

if TYPE_CHECKING:
    from portal.web.front import Front

_KEY = "portal"


@dataclass(frozen=True)
class WebContext:
    """Settings and services of one application."""

    settings: Settings
    parts: WebParts
    front: Front

    @property
    def tasks(self) -> TaskService:
        return self.parts.tasks

    @property
    def health(self) -> HealthService:
        return self.parts.health

    @property
    def keyring(self) -> Keyring:
        return self.parts.keyring

    @property
    def compare(self) -> CompareService:
        return self.parts.compare

    @property
    def submissions(self) -> SubmissionService:
        return self.parts.submissions

    @property
    def browsers(self) -> Browsers:
        return self.parts.browsers

    @property
    def acceptance(self) -> Acceptance:
        return self.parts.acceptance

    def attach(self, app: Flask) -> None:
        app.extensions[_KEY] = self


def context_of(app: Flask) -> WebContext:
    """Return the context of an application."""
    return cast(WebContext, app.extensions[_KEY])


def web() -> WebContext:
    """Return the context of the application that handles this request."""
    return context_of(current_app)


def admin_parts() -> AdminParts:
    """Return the services of the admin pages; only these pages call it, and they exist only if the services do."""
    parts = web().parts.admin
    assert parts is not None
    return parts
