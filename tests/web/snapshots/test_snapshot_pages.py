"""Snapshot shares on the pages: made without scripts, and what they say."""

from __future__ import annotations

import pytest

from tests.builders import Site
from tests.web.batch import Batch
from tests.web.guests import browser, in_days
from tests.web.snapshots.snapshot import (
    again,
    snapshot_token,
)


@pytest.mark.parametrize(("lang", "said"), [("en", "2 of 4 genomes"), ("zh", "4 个基因组中的 2 个")])
def test_the_page_makes_one_without_scripts_and_says_what_it_shows(
    site: Site, batch: Batch, lang: str, said: str
) -> None:
    client = browser(site)
    batch.open(client)
    panel = client.get(f"{batch.page}/shares?lang={lang}").text
    told = {"en": "that you run again stays as it was", "zh": "重新运行的基因组仍按当时的结果显示"}
    assert told[lang] in panel, "said before one is made"
    made = client.post(f"{batch.page}/shares", data={"label": "", "ends": in_days(9), "snapshot": "1"})
    assert (made.status_code, {"en": "snapshot: 2 of 4", "zh": "快照：2/4"}[lang] in made.text) == (201, True)
    token = made.text.partition("#token=")[2][:43]
    again(site, batch.task_id(2), kept=False)
    guest = browser(site)
    guest.post(f"{batch.page}/unlock", data={"token": token})
    page = guest.get(f"{batch.page}?lang={lang}").text
    assert said in page
    assert {"en": "1 genome was run again since", "zh": "有 1 个基因组此后重新运行"}[lang] in page
    assert {"en": "Run again since", "zh": "此后已重新运行"}[lang] in page
    assert 'id="sharing"' not in page, "it is not passed on by the page"
    assert said.split()[0] in guest.get(f"/tasks/{batch.task_id(1)}").text
    for rows in (f"{batch.page}/rows", f"{batch.page}/compare", f"{batch.page}/changes"):
        text = guest.get(rows).text
        assert batch.task_id(3) not in text, rows


@pytest.mark.parametrize(
    ("lang", "again_since", "left_out"),
    [("en", "1 genome was run again since", "without results"), ("zh", "有 1 个基因组此后重新运行", "尚无结果")],
)
def test_the_compare_pages_say_what_was_run_again(
    site: Site, batch: Batch, lang: str, again_since: str, left_out: str
) -> None:
    client, guest = browser(site), browser(site)
    batch.open(client)
    token = snapshot_token(site, batch.api, batch.token)
    assert guest.post(f"{batch.page}/unlock", data={"token": token}).status_code == 303
    several = f"/compare?tasks={batch.task_id(1)},{batch.task_id(2)}&lang={lang}"
    pages = (f"{batch.page}/compare?lang={lang}", several)
    assert [again_since in guest.get(page).text for page in pages] == [False, False]
    again(site, batch.task_id(2), kept=False)
    for page in pages:
        text = guest.get(page).text
        assert again_since in text, page
        assert left_out not in text, page
        assert ("open to you:" in text, "无权" in text) == (False, False), page
    assert 'id="as-of"' not in client.get(pages[0]).text, "the owner sees all"
    listed = guest.get(f"/tasks/states?tasks={batch.task_id(1)},{batch.task_id(2)}").get_json()["tasks"]
    assert (listed[batch.task_id(1)]["status"], listed[batch.task_id(2)]) == ("completed", None)


def test_the_form_says_that_nothing_is_done(site: Site) -> None:
    batch = Batch(site, "A")
    client = browser(site)
    batch.open(client)
    answer = client.post(f"{batch.page}/shares", data={"ends": in_days(9), "snapshot": "1"})
    assert (answer.status_code, "Nothing is completed yet" in answer.text) == (409, True)
    assert 'id="share-snapshot-error"' in answer.text
