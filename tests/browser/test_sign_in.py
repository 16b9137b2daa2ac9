"""Signing in with a real browser at a provider that runs: own work on two devices, a link taken back, a key, an act."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from portal.files.audit import read_acts
from tests.browser.conftest import PATIENCE_MS
from tests.builders import GENOME, write_heartbeat
from tests.web.api.oidc_provider import running_provider
from tests.web.api.server import Server, start_server

NewDevice = Callable[[], Page]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("people")
    with running_provider(folder) as issuer:
        provider: dict[str, Any] = {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": "portal", "OIDC_CLIENT_SECRET": "s" * 20}
        with contextlib.closing(start_server(folder, IDENTITY="oidc", OPERATORS="alice", **provider)) as server:
            write_heartbeat(server.portal, age_s=0.0)
            yield server


@pytest.fixture
def new_device(chromium: Browser) -> Iterator[NewDevice]:
    """Make browsers without cookies; the style sheet that the provider's page asks for elsewhere is not fetched."""
    with contextlib.ExitStack() as stack:

        def make() -> Page:
            context = stack.enter_context(chromium.new_context(locale="en-GB"))
            context.set_default_timeout(PATIENCE_MS)
            context.route(re.compile(r"^https:"), lambda route: route.abort())
            return context.new_page()

        yield make


def sign_in(page: Page, server: Server, person: str) -> None:
    page.goto(f"{server.url}/")
    page.get_by_role("link", name="Sign in").click()
    page.locator("input[name=sub]").fill(person)
    page.get_by_role("button", name="Authorize").click()
    expect(page.locator(".person")).to_have_text(person)


def submit(page: Page, server: Server) -> str:
    """Send a genome from the start page, and return the address of its task."""
    page.goto(f"{server.url}/")  # until it is loaded, no script hears of a file
    page.set_input_files("input[type=file]", {"name": "C15.fna", "mimeType": "text/plain", "buffer": GENOME})
    expect(page.locator("#files li")).to_contain_text("sequence")
    page.get_by_role("button", name="Analyse").click()
    page.wait_for_url("**/tasks/*")
    return page.url


def test_the_same_task_on_a_second_device_and_a_link_that_is_taken_back(people: Server, new_device: NewDevice) -> None:
    laptop, phone, other, guest = (new_device() for _ in range(4))
    sign_in(laptop, people, "alice")
    address = submit(laptop, people)
    phone.goto(address)
    expect(phone.locator("input[name=token]")).to_be_visible()
    sign_in(phone, people, "alice")
    phone.goto(address)
    expect(phone.get_by_role("heading", name="C15.fna")).to_be_visible()
    sign_in(other, people, "bob")
    other.goto(address)
    expect(other.locator("input[name=token]")).to_be_visible()

    laptop.locator("#sharing > summary").click()
    laptop.get_by_label("For whom (optional)").fill("Bob")
    laptop.get_by_role("button", name="Make a link").click()
    expect(laptop.get_by_label("The new link")).to_have_value(re.compile(re.escape(address) + r"#token=[\w-]{43}"))
    guest.goto(laptop.get_by_label("The new link").input_value())
    expect(guest.get_by_role("heading", name="C15.fna")).to_be_visible()
    expect(guest.locator("#sharing")).to_have_count(0)

    phone.reload()
    phone.locator("#sharing > summary").click()
    phone.get_by_label("Revoke: Bob").click()
    phone.get_by_role("button", name="Yes, revoke it").click()
    expect(phone.locator("#shares")).to_contain_text("revoked")
    expect(phone.locator("#sharing")).to_be_visible()  # on the same page
    guest.reload()
    expect(guest.locator("input[name=token]")).to_be_visible()


def test_a_key_an_act_under_a_name_and_a_sign_out_that_ends_it_all(people: Server, new_device: NewDevice) -> None:
    page = new_device()
    sign_in(page, people, "alice")
    page.goto(f"{people.url}/keys")
    page.get_by_label("Name of the new key").fill("notebook")
    page.get_by_role("button", name="Make a key").click()
    key_field = page.get_by_label("Key", exact=True)
    expect(key_field).to_have_value(re.compile(r"btk\.[a-z2-7]{12}\.[\w-]{43}"))
    headers = {"X-Api-Key": key_field.input_value()}
    me = httpx.get(f"{people.url}/api/me", headers=headers).json()
    assert (me["person_id"], me["signed_in_by"]) == ("alice", "key")
    page.get_by_label("Revoke: notebook").click()
    page.get_by_role("button", name="Yes, revoke it").click()
    expect(page.get_by_label("Revoke: notebook")).to_have_count(0)
    assert httpx.get(f"{people.url}/api/me", headers=headers).status_code == httpx.codes.UNAUTHORIZED

    page.goto(f"{people.url}/admin/drain")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/admin?done=drain")
    page.goto(f"{people.url}/admin/log")
    expect(page.locator("main")).to_contain_text("alice")
    assert [(act["by"], act["action"]) for act in read_acts(people.portal)] == [("alice", "drain")]

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    page.goto(f"{people.url}/work")
    expect(page.locator("input[name=sub]")).to_be_visible()  # at the provider again
