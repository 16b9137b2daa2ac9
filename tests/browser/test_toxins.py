"""The toxin table and its drawings: from a gene to its row and back, by pointer, by keyboard and without scripts."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import LivePortal, NewContext, open_with_token

_NOTE_WORDS_OF_THE_BUTTON = """() => {
  const button = document.querySelector("[data-copy-table=toxins]");
  window.told = [];
  new MutationObserver(() => window.told.push(button.textContent)).observe(button, { childList: true });
}"""


def test_a_gene_is_lit_with_its_row_and_leads_there(live: LivePortal, page: Page) -> None:
    open_with_token(page, live.task())
    row, gene = page.locator("#toxin-2"), page.locator("#gene-2")
    gene.focus()
    expect(row).to_have_class("lit")
    expect(page.locator("#gene-facts")).to_contain_text(row.locator("th").get_attribute("data-text") or "no name")
    page.fill("#toxin-filter", "no such toxin")
    expect(page.locator("#toxin-count")).to_have_text("0 of 7 shown")
    expect(row).to_be_hidden()
    gene.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#toxin-2$"))
    expect(row).to_be_in_viewport()
    row.locator("a[href='#gene-2']").click()
    expect(gene).to_be_in_viewport()


def test_what_is_shown_is_copied_as_plain_cells(live: LivePortal, new_context: NewContext) -> None:
    context = new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live.url)
    page = context.new_page()
    open_with_token(page, live.task())
    page.fill("#toxin-filter", "vip3")
    page.evaluate(_NOTE_WORDS_OF_THE_BUTTON)  # it says so for a moment only
    page.click("[data-copy-table=toxins]")
    page.wait_for_function("() => window.told.includes('Copied')")
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert [len(line.split("\t")) for line in lines] == [8, 8]
    assert re.match(r"Vip3Ac1\tframeshift\t–\t98\.2\t99\.0\tRank\d\t330\tcontig1:\d+-\d+ \([+-]\)", lines[1]), lines[1]


def test_the_table_is_fetched_without_scripts(live: LivePortal, new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False, accept_downloads=True).new_page()
    built = live.task()
    page.goto(f"/tasks/{built.task_id}")
    page.fill("input[name=token]", built.token)
    page.click("form[action$=unlock] button")
    with page.expect_download() as download:
        page.click(".exports a:text-is('TSV')")
    assert download.value.suggested_filename == f"HD-1_{built.task_id}_toxins.tsv"
    assert download.value.path().read_text().count("\n") == 8
    page.click("#gene-1 polygon")
    expect(page.locator("#toxin-1")).to_be_in_viewport()
