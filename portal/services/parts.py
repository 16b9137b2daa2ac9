"""What the web process works with, put together by `portal.bootstrap`."""

from __future__ import annotations

from dataclasses import dataclass

from portal.files.usage import UsageSums
from portal.services.acceptance import Acceptance
from portal.services.admin import AdminService
from portal.services.admin_access import AdminAccess
from portal.services.compare import CompareService
from portal.services.health import HealthService
from portal.services.installation import InstallationCheck
from portal.services.rates import Rate
from portal.services.secrets import Keyring
from portal.services.submissions import SubmissionService
from portal.services.task_list import TaskList
from portal.services.tasks import TaskService


@dataclass(frozen=True)
class AdminParts:
    """What the admin's pages work with."""

    service: AdminService
    access: AdminAccess
    tasks: TaskList
    usage: UsageSums


@dataclass(frozen=True)
class WebParts:
    """What all pages and the API work with; `admin` is None where there are no admin pages."""

    tasks: TaskService
    health: HealthService
    keyring: Keyring
    compare: CompareService
    submissions: SubmissionService
    acceptance: Acceptance
    wrong_tokens: Rate
    installation: InstallationCheck
    admin: AdminParts | None = None
