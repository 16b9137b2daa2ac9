"""Figures for operators: usage by submitter, and differences between records and cluster."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import click

from portal.cli.admin.group import DAYS, admin, days_ago, json_option, print_json, service
from portal.cli.refusal import described, said
from portal.domain.message import Message, as_message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portal.files.usage import DayUsage
    from portal.files.usage_by_submitter import SubmitterUsage
    from portal.services.admin import AdminService


@admin.command()
@click.option("--days", type=DAYS, default=7.0, show_default=True, help="Look at jobs of this many days.")
@click.option("--all", "with_foreign", is_flag=True, help="List jobs of other portals of this user one by one.")
@json_option
def reconcile(days: float, with_foreign: bool, as_json: bool) -> None:
    """Compare the records with squeue and sacct; exit code 1 when they disagree, 2 when SLURM does not answer."""
    from portal.bootstrap import build_consistency_check
    from portal.config import read_settings
    from portal.domain.complaint import message_of
    from slurm.errors import SchedulerUnavailable

    service()
    try:
        findings = build_consistency_check(read_settings()).findings(since=days_ago(days))
    except SchedulerUnavailable as error:
        click.echo(f"no comparison: {said(message_of(error.complaint))}", err=True)
        raise SystemExit(2) from error
    count = sum(finding.is_disagreement for finding in findings)
    foreign = Counter(finding.kind for finding in findings)["foreign"]
    shown = [finding for finding in findings if with_foreign or finding.kind != "foreign"]
    if as_json:
        print_json(
            {
                "findings": [{**asdict(each), "detail": described(as_message(each.detail))} for each in shown],
                "disagreements": count,
                "of_other_portals": foreign,
            }
        )
    else:
        for finding in shown:
            click.echo(
                f"{finding.kind:<10}  {finding.name:<34}  {finding.job_id:>8}  {said(as_message(finding.detail))}"
            )
        others = f", {foreign} jobs of other portals" if foreign else ""
        click.echo(f"{count} disagreements, {len(findings) - count - foreign} remarks{others}")
    if count:
        raise SystemExit(1)


def _day(text: str) -> date:
    today = datetime.now(UTC).date()
    known = {"today": today, "yesterday": today - timedelta(days=1)}
    try:
        return known.get(text) or date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(said(Message("command.day"))) from None


@admin.command()
@click.option("--days", type=DAYS, default=30.0, show_default=True, help="Show this many days.")
@click.option("--day", default="", help="Show one day (UTC): today, yesterday or a date.")
@click.option("--by", type=click.Choice(("day", "submitter")), default="day", show_default=True, help="Sum by this.")
@click.option("--by-person", is_flag=True, help="Sum by submitter, and say who signed in under the pseudonym.")
@json_option
def usage(days: float, day: str, by: str, by_person: bool, as_json: bool) -> None:
    """Show the usage of the portal's jobs: allocated core hours, CPU hours, peak memory, mean wait."""
    first = _day(day) if day else days_ago(days).date()
    admin_service = service()
    if by == "submitter" or by_person:
        rows = admin_service.usage_by_submitter(since=first, until=first if day else None)
        people = _people(admin_service, rows) if by_person else None
        if not as_json:
            _print_submitters(rows, people)
        elif people is None:
            print_json({"submitters": [asdict(row) for row in rows]})
        else:
            print_json({"people": [{"person_id": people.get(row.submitter), **asdict(row)} for row in rows]})
        return
    found = [row for row in admin_service.usage(since=first) if not day or row.day == first.isoformat()]
    print_json({"days": [asdict(row) for row in found]}) if as_json else _print_days(found)


def _people(admin_service: AdminService, rows: list[SubmitterUsage]) -> dict[str, str]:
    """Return who signed in, by pseudonym; a submitter without sign-in is not in it."""
    from portal.files.people import PeopleRegister

    register = PeopleRegister(admin_service.portal)
    found = {row.submitter: register.person_id(row.submitter) for row in rows}
    return {pseudonym: person_id for pseudonym, person_id in found.items() if person_id is not None}


_HEADS = ("ATTEMPTS", "COMPLETED", "CORE-HOURS", "CPU-HOURS", "PEAK-MB")


def _print_days(rows: list[DayUsage]) -> None:
    click.echo("{:<10}  {:>8}  {:>9}  {:>10}  {:>9}  {:>7}  {:>6}".format("DAY", *_HEADS, "WAIT-S"))
    for day in rows:
        peak = f"{day.max_rss_bytes / 1024**2:.0f}" if day.max_rss_bytes else "-"
        wait = f"{day.mean_wait_s:.0f}" if day.mean_wait_s is not None else "-"
        click.echo(
            f"{day.day:<10}  {day.attempts:>8}  {day.completed:>9}  {day.core_hours:>10.2f}  "
            f"{day.used_cpu_hours:>9.2f}  {peak:>7}  {wait:>6}"
        )


def _print_submitters(rows: list[SubmitterUsage], people: Mapping[str, str] | None = None) -> None:
    person = "" if people is None else "  PERSON"
    click.echo("{:<16}  {:>5}  {:>8}  {:>9}  {:>10}  {:>9}  {:>7}".format("SUBMITTER", "SHARE", *_HEADS) + person)
    for row in rows:
        peak = f"{row.max_rss_bytes / 1024**2:.0f}" if row.max_rss_bytes else "-"
        who = "" if people is None else f"  {people.get(row.submitter, '-')}"
        click.echo(
            f"{row.submitter:<16}  {100 * row.share:>4.0f}%  {row.attempts:>8}  {row.completed:>9}  "
            f"{row.core_hours:>10.2f}  {row.used_cpu_hours:>9.2f}  {peak:>7}{who}"
        )
