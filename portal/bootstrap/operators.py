"""The parts for operators, on pages and on the command line, and for people."""

from __future__ import annotations

from portal.bootstrap.cluster import build_scheduler
from portal.config import Settings
from portal.domain.errors import NotReady
from portal.domain.message import Message
from portal.files.taskdir import PortalDir
from portal.files.usage_sums import UsageSums
from portal.poller.consistency import ConsistencyCheck
from portal.services.admin import AdminService
from portal.services.admin_access import AdminAccess
from portal.services.api_keys import ApiKeys
from portal.services.health import HealthService
from portal.services.my_work import MyWork
from portal.services.parts import AdminParts
from portal.services.people import PeopleService
from portal.services.secrets import Keyring
from portal.services.sign_in import SignIns
from portal.services.task_list import TaskList
from portal.storage.file import FileTaskStore


def admin_parts(settings: Settings, portal_dir: PortalDir, keyring: Keyring) -> AdminParts | None:
    """Return the parts of the admin pages; None without a secret or operators: then there are no such pages."""
    if not settings.ADMIN_SECRET and not settings.operators:
        return None
    # Operators see the authoritative records, not cached ones.
    service = AdminService(portal_dir, FileTaskStore(portal_dir), by="admin pages")
    access = AdminAccess(portal_dir, secret=settings.ADMIN_SECRET, key=keyring.session_key())
    return AdminParts(service, access, TaskList(portal_dir), UsageSums(portal_dir))


def people_parts(
    settings: Settings, portal_dir: PortalDir, keyring: Keyring
) -> tuple[PeopleService, MyWork, ApiKeys, SignIns | None] | tuple[None, None, None, None]:
    """Return the parts for people; none of them if nobody signs in."""
    if not settings.has_people:
        return None, None, None, None
    people = PeopleService(portal_dir, keyring, operators=settings.operators)
    sign_ins = SignIns(portal_dir, key=keyring.session_key()) if settings.IDENTITY == "oidc" else None
    return people, MyWork(portal_dir), ApiKeys(portal_dir, keyring, people), sign_ins


def build_admin(settings: Settings, *, by: str) -> AdminService:
    """Return the admin service for the command line.

    Raises:
        NotReady: JOBS_DIR is not a portal's job folder.
    """
    portal_dir = PortalDir(settings.JOBS_DIR)
    if not portal_dir.own.is_dir():
        raise NotReady(Message("disk.no_portal", path=str(portal_dir.jobs)))
    return AdminService(portal_dir, FileTaskStore(portal_dir), by=by)


def build_consistency_check(settings: Settings) -> ConsistencyCheck:
    """Return the check that compares the records with the cluster's accounting."""
    portal_dir = PortalDir(settings.JOBS_DIR)
    return ConsistencyCheck(portal_dir, FileTaskStore(portal_dir), build_scheduler(settings))


def build_health(settings: Settings) -> HealthService:
    """Return the health service for disk, poller and scheduler only."""
    return HealthService(PortalDir(settings.JOBS_DIR))
