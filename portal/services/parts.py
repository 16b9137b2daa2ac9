"""The parts of the web process, assembled by `portal.bootstrap`."""

from __future__ import annotations

from dataclasses import dataclass

from portal.files.usage_sums import UsageSums
from portal.services.acceptance import Acceptance
from portal.services.admin import AdminService
from portal.services.admin_access import AdminAccess
from portal.services.api_keys import ApiKeys
from portal.services.browsers import Browsers
from portal.services.compare import CompareService
from portal.services.health import HealthService
from portal.services.installation import InstallationCheck
from portal.services.my_work import MyWork
from portal.services.notification_requests import NotificationRequests
from portal.services.own_search import OwnSearch
from portal.services.people import PeopleService
from portal.services.rates import Rate
from portal.services.run_changes import RunChanges
from portal.services.samples import SampleService
from portal.services.secrets import Keyring
from portal.services.sign_in import SignIns
from portal.services.submissions import SubmissionService
from portal.services.task_list import TaskList
from portal.services.tasks import TaskService
from portal.services.undo import UndoService


@dataclass(frozen=True)
class AdminParts:
    """The parts for the admin pages."""

    service: AdminService
    access: AdminAccess
    tasks: TaskList
    usage: UsageSums


@dataclass(frozen=True)
class WebParts:
    """The parts for all pages and the API; `admin` is None if there are no admin pages.

    `people`, `work` and `api_keys` are None if nobody signs in (IDENTITY=none), `sign_ins` without IDENTITY=oidc.
    """

    tasks: TaskService
    run_changes: RunChanges
    health: HealthService
    keyring: Keyring
    compare: CompareService
    submissions: SubmissionService
    browsers: Browsers
    acceptance: Acceptance
    wrong_tokens: Rate
    installation: InstallationCheck
    notifications: NotificationRequests
    search: OwnSearch
    samples: SampleService
    undo: UndoService
    admin: AdminParts | None = None
    people: PeopleService | None = None
    work: MyWork | None = None
    api_keys: ApiKeys | None = None
    sign_ins: SignIns | None = None
