"""What operators say to everybody: announcements with a time span, and maintenance."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from portal.cli.admin.group import admin, json_option, print_json, seconds_of, service
from portal.cli.refusal import said
from portal.domain.message import Message

if TYPE_CHECKING:
    from portal.files.notices import Announcement


def _moment(text: str) -> datetime | None:
    """Return a time of this century given on the command line, in UTC where it has no offset."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(said(Message("announcement.time"))) from None
    if not 2000 <= moment.year < 2100:  # a document with a time of another age could not be read
        raise click.BadParameter(said(Message("announcement.time")))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _end(until: str, span: str, begins: datetime | None) -> datetime | None:
    if span:
        return (begins or datetime.now(UTC).replace(microsecond=0)) + timedelta(seconds=seconds_of(span))
    return _moment(until)


def _checked(text: str) -> str:
    from portal.files.notices import MOST_CHARACTERS

    if len(text) > MOST_CHARACTERS:
        raise click.BadParameter(said(Message("announcement.long", limit=MOST_CHARACTERS)))
    return " ".join(text.split())


@admin.group()
def notice() -> None:
    """Announce something on every page and in /api/portal, for as long as it holds."""


@notice.command()
@click.argument("text")
@click.option("--zh", "chinese", default="", help="The text in Chinese; without it all read TEXT.")
@click.option("--from", "begins", default="", help="When it begins, such as 2026-03-02T18:00 (UTC).  [default: now]")
@click.option("--until", default="", help="When it ends.  [default: when it is removed]")
@click.option("--for", "span", default="", help="How long it is shown, instead of --until: 90min, 12h, 2d.")
@json_option
def add(text: str, chinese: str, begins: str, until: str, span: str, as_json: bool) -> None:
    """Show TEXT above every page; readers can dismiss it."""
    from portal.files.notices import Announcement, add_announcement

    admin_service = service()
    start = _moment(begins)
    end = _end(until, span, start)
    if end is not None and end <= (start or datetime.now(UTC)):
        raise click.BadParameter(said(Message("announcement.over")))
    made = Announcement(_checked(text), _checked(chinese), start, end, by=admin_service.by)
    admin_service.note("announce", notice=made.english, notice_zh=made.chinese)
    name = add_announcement(admin_service.portal, made)
    if as_json:
        print_json(_shown(name, made))
    else:
        click.echo(f"{name}  is shown{f' from {start:%Y-%m-%d %H:%M} UTC' if start else ''}{_until(end)}")


@notice.command("list")
@json_option
def list_notices(as_json: bool) -> None:
    """List all announcements, past and future ones too."""
    from portal.files.notices import read_announcements

    found = read_announcements(service().portal)
    if as_json:
        print_json({"notices": [_shown(name, each) for name, each in found.items()]})
        return
    now = datetime.now(UTC)
    for name, each in found.items():
        begun = each.begins is None or each.begins <= now
        state = "shown" if each.is_current(now) else "over" if begun else "later"
        click.echo(
            f"{name}  {state:<6} {each.english}{f' / {each.chinese}' if each.chinese else ''}{_until(each.ends)}"
        )
    click.echo(f"{len(found)} announcements")


@notice.command()
@click.argument("name")
@json_option
def remove(name: str, as_json: bool) -> None:
    """Remove the announcement of this id."""
    from portal.files.notices import remove_announcement

    admin_service = service()
    remove_announcement(admin_service.portal, name)
    admin_service.note("end announcement", announcement=name)
    if as_json:
        print_json({"removed": name})
    else:
        click.echo(f"{name}  removed")


def _shown(name: str, each: Announcement) -> dict[str, Any]:
    return {"id": name, **{key: value for key, value in asdict(each).items() if key != "extra"}}


def _until(end: datetime | None) -> str:
    return f" until {end:%Y-%m-%d %H:%M} UTC" if end else ""


@admin.command()
@click.argument("switch", type=click.Choice(("on", "off")), required=False)
@click.option("--until", default="", help="When it is expected to end, such as 2026-03-02T18:00 (UTC).")
@click.option("--for", "span", default="", help="How long it is expected to last, instead of --until: 90min, 2h.")
@click.option("--text", default="", help="What everybody is told.")
@click.option("--zh", "chinese", default="", help="The same in Chinese.")
@json_option
def maintenance(switch: str | None, until: str, span: str, text: str, chinese: str, as_json: bool) -> None:
    """Close the portal for everybody but operators (503), or open it again; without on or off, show which it is.

    Running tasks continue and waiting ones are started; `btportal admin drain` prevents the latter. Clients wait.
    """
    from portal.files.maintenance import Maintenance, end_maintenance

    admin_service = service()
    if switch == "on":
        made = Maintenance(_end(until, span, None), _checked(text), _checked(chinese))
        admin_service.note("maintenance on", notice=made.english, notice_zh=made.chinese)
        made.write(admin_service.portal)
    elif switch == "off" and end_maintenance(admin_service.portal):
        admin_service.note("maintenance off")
    now = Maintenance.read(admin_service.portal)
    if as_json:
        print_json({"maintenance": now is not None, "until": now.until if now else None})
    elif now is None:
        click.echo("the portal is open")
    else:
        click.echo(f"closed for maintenance since {now.since:%Y-%m-%d %H:%M} UTC{_until(now.until)}")
