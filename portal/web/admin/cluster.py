"""The operator's views of everything except tasks: cluster, disk and retention, usage, audit log."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.files.audit import last_acts
from portal.files.consistency import LOOKED_BACK, ConsistencyReport
from portal.files.people import PeopleRegister
from portal.files.usage import DayUsage
from portal.services.disk import look_at_disk
from portal.web.admin.words import ACTION, FINDING
from portal.web.context import admin_parts, web

HORIZONS = (1, 7, 30)
USAGE_DAYS = (1, 7, 30, 90)
_EXPIRING_SHOWN = 25
_SUBMITTERS_SHOWN = 25
_ACTS_SHOWN = 50


def _choice(name: str, choices: tuple[int, ...], default: int) -> int:
    wanted = request.args.get(name, default, int)
    return wanted if wanted in choices else default


def cluster() -> ResponseReturnValue:
    """Show the last comparison of records and cluster: orphans, lost jobs, different ends."""
    portal = admin_parts().service.portal
    parts = {part.name: part for part in web().health.report().parts}
    return render_template(
        "admin_cluster.html",
        consistency=ConsistencyReport.read(portal),
        asked=portal.consistency_wish.exists(),
        scheduler=parts["scheduler"],
        poller=parts["poller"],
        findings=FINDING,
        days=LOOKED_BACK.days,
    )


def check_consistency() -> ResponseReturnValue:
    """Ask the poller to compare records and cluster, which changes nothing."""
    admin_parts().service.ask_for_consistency_check()
    return redirect(url_for("admin.cluster", done="asked"), HTTPStatus.SEE_OTHER)


def storage() -> ResponseReturnValue:
    """Show the disk, and when tasks will be removed."""
    parts = admin_parts()
    days = _choice("days", HORIZONS, 7)
    expiring = parts.tasks.expiring(until=datetime.now(UTC) + timedelta(days=days))
    return render_template(
        "admin_storage.html",
        disk=look_at_disk(parts.service.portal),
        floor=web().settings.min_free_bytes,
        retention_days=web().settings.RESULT_RETENTION_DAYS,
        days=days,
        horizons=HORIZONS,
        total=len(expiring),
        by_day=sorted(Counter(row.expires[:10] for row in expiring).items()),
        first=parts.tasks.weigh(expiring[:_EXPIRING_SHOWN]),
    )


def usage() -> ResponseReturnValue:
    """Show usage by day and by submitter."""
    days = _choice("days", USAGE_DAYS, 30)
    since = datetime.now(UTC).date() - timedelta(days=days - 1)
    span = admin_parts().usage.span(since=since)
    found, submitters = span.days, span.submitters
    return render_template(
        "admin_usage.html",
        days=days,
        choices=USAGE_DAYS,
        rows=list(reversed(found)),
        most=max((day.core_hours for day in found), default=0.0),
        total=_total(found),
        submitters=submitters[:_SUBMITTERS_SHOWN],
        people=_people([one.submitter for one in submitters[:_SUBMITTERS_SHOWN]]),
        further=max(0, len(submitters) - _SUBMITTERS_SHOWN),
    )


def _people(pseudonyms: list[str]) -> dict[str, str | None]:
    """Return who signed in under these pseudonyms."""
    register = PeopleRegister(admin_parts().service.portal)
    return {pseudonym: register.person_id(pseudonym) for pseudonym in pseudonyms}


def _total(days: list[DayUsage]) -> DayUsage:
    """Return the totals over all days; the mean wait is weighted by attempts per day."""
    waits = [(day.mean_wait_s, day.attempts) for day in days if day.mean_wait_s is not None]
    attempts = sum(number for _, number in waits)
    return DayUsage(
        day="",
        attempts=sum(day.attempts for day in days),
        completed=sum(day.completed for day in days),
        core_hours=sum(day.core_hours for day in days),
        used_cpu_hours=sum(day.used_cpu_hours for day in days),
        max_rss_bytes=max((day.max_rss_bytes for day in days if day.max_rss_bytes), default=None),
        mean_wait_s=sum(wait * number for wait, number in waits) / attempts if attempts else None,
    )


def log() -> ResponseReturnValue:
    """Show the audit log, newest first."""
    skip = max(0, request.args.get("skip", 0, int))
    acts, more = last_acts(admin_parts().service.portal, limit=_ACTS_SHOWN, skip=skip)
    return render_template("admin_log.html", acts=acts, actions=ACTION, skip=skip, shown=_ACTS_SHOWN, older=more)
