"""Every page of the application, with hostile names in it: axe is silent, no script runs, nothing is too wide.

A browser goes through all routes once for each language; dark is looked at without loading a page again.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.axe import RULES
from tests.browser.conftest import PATIENCE_MS, LivePortal, NewContext
from tests.browser.every_page import PERSON, SETTINGS, World, addresses, make_world
from tests.builders import make_site, write_heartbeat
from tests.web.api.server import start_server

_COLOUR_RULES: dict[str, object] = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# Said aloud, so that the fixture of browsers hears of it.
_TELL_OF_VIOLATIONS = """addEventListener("securitypolicyviolation",
  (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));"""
Look = tuple[Literal["light", "dark"], dict[str, object]]
# Dark changes colours alone, and no colour depends on the language: in Chinese, pages are light and dark in turn.
_IN_ENGLISH: Sequence[Look] = (("light", RULES), ("dark", _COLOUR_RULES))
_IN_CHINESE: Sequence[Sequence[Look]] = ((("light", RULES),), (("dark", RULES),))
_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_OPEN_ALL = "() => { for (const fold of document.querySelectorAll('details')) fold.open = true; }"
_LEAST_PAGES = 50
_LEAST_PACKED_BYTES = 1024
# None takes more than a fraction of a test's time, on a busy machine too.
_PARTS = 5


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePortal]:
    """A portal of its own, where people sign in and operators act."""
    folder = tmp_path_factory.mktemp("every")
    with contextlib.closing(start_server(folder, **SETTINGS)) as server:
        write_heartbeat(server.portal, age_s=0.0)
        yield LivePortal(server.url, server.portal)


@pytest.fixture(scope="module")
def world(live: LivePortal) -> World:
    return make_world(live)


@pytest.fixture(scope="module")
def every_page(
    chromium: Browser, live: LivePortal, world: World, tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    """Return the addresses of pages, each once, and not those that lead to another one."""
    context = chromium.new_context(base_url=live.url, extra_http_headers=PERSON)
    context.set_default_timeout(PATIENCE_MS)
    world.open_all(context)
    pages = {}
    for address in addresses(world, make_site(tmp_path_factory.mktemp("routes") / "jobs", **SETTINGS).app):
        answer = context.request.get(address)
        assert answer.status < 500, f"{address}: {answer.status}"
        is_text = answer.headers.get("content-type", "").startswith(("text/", "application/json", "image/svg"))
        is_packed = answer.headers.get("content-encoding") == "gzip"
        assert is_packed or not is_text or len(answer.body()) <= _LEAST_PACKED_BYTES, f"{address} is not compressed"
        if answer.text().startswith("<!doctype html>"):  # and not a part of one
            arrived = urlsplit(answer.url)
            pages[f"{arrived.path}?{arrived.query}"] = f"{address}{'&' if '?' in address else '?'}lang="
    context.close()
    assert len(pages) >= _LEAST_PAGES, sorted(pages)
    return list(pages.values())


def look(page: Page, address: str, looks: Sequence[Look]) -> Iterator[str]:
    """Yield what is wrong with a page."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(address)
    page.evaluate(_OPEN_ALL)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        if (over := page.evaluate(_TOO_WIDE)) > 0:
            yield f"{over} pixels too wide at {width}"
    for scheme, rules in looks:
        page.emulate_media(color_scheme=scheme)
        for violation in Axe().run(page, options=rules).response["violations"]:
            yield f"{scheme}: {violation['id']}: {json.dumps([node['html'] for node in violation['nodes']])[:400]}"


@pytest.mark.parametrize("part", range(_PARTS))
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_page_holds_out(
    new_context: NewContext, world: World, every_page: list[str], lang: str, part: int
) -> None:
    context = new_context(reduced_motion="reduce", extra_http_headers=PERSON)
    context.add_init_script(_TELL_OF_VIOLATIONS)
    page = context.new_page()
    looks = itertools.cycle((_IN_ENGLISH,) if lang == "en" else _IN_CHINESE)
    wrong = [f"empty: {problem}" for problem in look(page, f"/tasks?lang={lang}", next(looks))]
    world.open_all(context)
    for name, text in world.remembered.items():
        page.evaluate("([name, text]) => localStorage.setItem(name, text)", [name, text])
    wrong += [
        f"{page.url}: {problem}"
        for address in every_page[part::_PARTS]
        for problem in look(page, address + lang, next(looks))
    ]
    assert not wrong, "\n".join(wrong)
