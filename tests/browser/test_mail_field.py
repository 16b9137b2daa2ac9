"""The field for a mail address, as the scripts send it: with many files it is a member of another request."""

from __future__ import annotations

import contextlib
from pathlib import Path

from playwright.sync_api import Browser, expect

from portal.files.notification_request import NotifyFolder
from tests.browser.conftest import PATIENCE_MS, wait_for_page
from tests.builders import GENOME, write_heartbeat
from tests.web.api.server import start_server

ALICE = "alice@example.org"


def test_an_address_goes_with_many_files_and_a_wrong_one_is_told_beside_it(chromium: Browser, tmp_path: Path) -> None:
    files = []
    for name in ("a.fna", "b.fna"):
        files.append(tmp_path / name)
        files[-1].write_bytes(GENOME)
    with (
        contextlib.closing(
            start_server(
                tmp_path, SMTP_URL="smtp://localhost", MAIL_FROM="bt@example.org", PUBLIC_URL="http://localhost"
            )
        ) as server,
        contextlib.closing(chromium.new_context(base_url=server.url)) as context,
    ):
        context.set_default_timeout(PATIENCE_MS)
        write_heartbeat(server.portal, age_s=0.0)
        page = context.new_page()
        page.goto("/")
        page.set_input_files("#file", files)
        expect(page.locator("#files .ok")).to_have_count(2)
        address = page.get_by_label("Mail when it has ended")
        address.fill("alice@localhost")  # which browsers take
        page.get_by_role("button", name="Analyse").click()
        expect(page.locator("#notify_mail-error")).to_have_text("must be a mail address such as name@example.org")
        address.fill(ALICE)
        page.get_by_role("button", name="Analyse").click()
        wait_for_page(page, "#submission")
        (submission,) = (server.portal.own / "submissions").iterdir()
        assert NotifyFolder(submission).request().mail == ALICE
