"""The pages that say what is not there, not allowed or not possible, each provoked as a visitor would come by it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from unittest import mock
from urllib.parse import urlsplit

from playwright.sync_api import Page

from portal.domain.status import PipelineStage
from portal.files.maintenance import Maintenance, end_maintenance
from portal.files.taskdir import PortalDir
from portal.services import shares
from tests.browser.conftest import LivePortal
from tests.browser.every_page import World
from tests.browser.scene import Scene
from tests.builders import BuiltTask, make_site
from tests.web.api.server import FAULT

NOBODY = "abcdefghijkl"
# Visitors who use up what one client may do come from an address of their own.
HEADERS: Mapping[str, Mapping[str, str]] = {"hasty": {"X-Forwarded-For": "203.0.113.9"}}
_WRONG_TOKENS = 101
_SUBMIT = """([action, name, value]) => {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action });
  const field = document.createElement("textarea");
  Object.assign(field, { name, value });
  form.append(field);
  document.body.append(form);
  form.submit();
}"""


def fault_scenes(world: World) -> Iterator[Scene]:
    """Yield the scenes; a visitor without anything comes to most of them."""
    done = f"/tasks/{world.done.task_id}"
    shared, live = world.tasks[6], world.live
    links = {"revoked": _closed_link(live, shared), "expired": _closed_link(live, shared, days=40)}
    yield Scene("fault-no-page", "/nowhere", "stranger")
    yield Scene("fault-no-submission", f"/submissions/{NOBODY}", "stranger")
    yield Scene("fault-no-toxin", f"{done}/toxins/Nothing")
    yield Scene("fault-no-run", f"{done}/runs/99")
    yield Scene("fault-no-comparison", f"/compare?tasks={NOBODY},{NOBODY[::-1]}", "stranger")
    yield from (Scene(f"fault-link-{name}", link, "stranger") for name, link in links.items())
    yield Scene("fault-wrong-token", "/help", "stranger", _posting(f"{done}/unlock", token="x" * 43))
    yield Scene("fault-not-signed-in", "/work", "stranger")
    yield Scene("fault-admin", "/admin", "stranger")
    yield Scene("fault-from-elsewhere", "/help", "stranger", _from_elsewhere(f"{done}/unlock"))
    yield Scene("fault-method", f"{done}/unlock")
    yield Scene("fault-too-large", "/help", "stranger", _posting(f"{done}/unlock", token="x" * 200_000))
    yield Scene("fault-too-many", "/help", "hasty", _too_often(f"{done}/unlock"))
    yield Scene("fault-unreadable", done, during=lambda: _unreadable(world.live.portal, world.done))
    yield Scene("fault-accident", FAULT, "stranger")
    portal = world.live.portal
    yield Scene("closed", "/", "stranger", during=lambda: _maintenance(portal, Maintenance()))
    until = datetime.now(UTC) + timedelta(hours=3)
    said = Maintenance(until, "The disks of the cluster are being replaced.", "正在更换集群的磁盘。")
    yield Scene("closed-until", done, during=lambda: _maintenance(portal, Maintenance(until)))
    yield Scene("closed-said", done, during=lambda: _maintenance(portal, said))


def _closed_link(live: LivePortal, built: BuiltTask, *, days: int = 0) -> str:
    """Return a link that has ended `days` ago, or for 0 was revoked."""
    service = make_site(live.portal.jobs).tasks.shares
    day = datetime.now(UTC).date() - timedelta(days=days)
    with mock.patch.object(shares, "_today", return_value=day):
        made, token = service.make(built.task, label="Guest", ends=day)
    if not days:
        service.revoke(built.task, made.n)
    return f"/tasks/{built.task_id}#token={token}"


# -- what a visitor does


def _lang(page: Page) -> str:
    return str(page.evaluate("() => document.documentElement.lang"))[:2]


def _post(page: Page, address: str, name: str = "", value: str = "") -> None:
    with page.expect_navigation():
        page.evaluate(_SUBMIT, [f"{address}?lang={_lang(page)}", name, value])


def _posting(address: str, **field: str) -> Callable[[Page], None]:
    return lambda page: _post(page, address, *next(iter(field.items()), ()))


def _from_elsewhere(address: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        here, lang = urlsplit(page.url), _lang(page)
        action = f"{here.scheme}://{here.netloc}{address}?lang={lang}"
        page.goto(f"data:text/html,<form method=post action='{action}'></form>")
        with page.expect_navigation():
            page.evaluate("() => document.forms[0].submit()")

    return act


def _too_often(address: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        for n in range(_WRONG_TOKENS):
            form: dict[str, str | float | bool] = {"token": f"{n:043d}"}
            page.request.post(address, form=form, headers={"Sec-Fetch-Site": "same-origin"})
        _post(page, address, "token", "x" * 43)

    return act


# -- what the portal is in meanwhile


@contextlib.contextmanager
def _maintenance(portal: PortalDir, maintenance: Maintenance) -> Iterator[None]:
    maintenance.write(portal)
    yield
    end_maintenance(portal)


@contextlib.contextmanager
def _unreadable(portal: PortalDir, built: BuiltTask) -> Iterator[None]:
    scores = portal.task(built.task_id).attempt(1).stage(PipelineStage.SHOTER).out / "strain_scores.json"
    before = scores.read_bytes()
    scores.write_bytes(before[: len(before) // 2])
    yield
    scores.write_bytes(before)
