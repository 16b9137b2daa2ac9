"""`btportal admin ...`: views and actions for operators and cluster admins, through the files on the portal's host."""

from __future__ import annotations

from portal.cli.admin.adopt import adopt_folder
from portal.cli.admin.erase import erase
from portal.cli.admin.expire import accept_time, expire
from portal.cli.admin.figures import reconcile, usage
from portal.cli.admin.group import admin
from portal.cli.admin.keep import delete, keep
from portal.cli.admin.look import list_tasks, show, stuck
from portal.cli.admin.notice import maintenance, notice
from portal.cli.admin.notifications import notifications, webhook_secret
from portal.cli.admin.people import keys, people
from portal.cli.admin.secret import new_secret
from portal.cli.admin.steer import cancel, drain, resume, retry, slots

__all__ = [
    "accept_time",
    "admin",
    "adopt_folder",
    "cancel",
    "delete",
    "drain",
    "erase",
    "expire",
    "keep",
    "keys",
    "list_tasks",
    "maintenance",
    "new_secret",
    "notice",
    "notifications",
    "people",
    "reconcile",
    "resume",
    "retry",
    "show",
    "slots",
    "stuck",
    "usage",
    "webhook_secret",
]
