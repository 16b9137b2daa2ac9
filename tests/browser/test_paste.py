"""Sequences that are pasted, as text or as files, into their field or anywhere on the page; without scripts too."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import LivePortal, NewContext, wait_for_page

_PASTE = """([selector, text, file]) => {
  const clipboardData = new DataTransfer();
  if (text) clipboardData.setData("text/plain", text);
  if (file) clipboardData.items.add(new File([file], "copied.fna"));
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  return !document.querySelector(selector).dispatchEvent(event);
}"""


def test_what_is_pasted_is_listed_and_sent_like_chosen_files(live: LivePortal, page: Page) -> None:
    page.goto("/")
    page.wait_for_load_state("networkidle")
    assert page.evaluate(_PASTE, ["body", ">a\nACGTAC\n", ""]), "text that begins like FASTA is taken"
    assert page.evaluate(_PASTE, ["body", "", ">c\nACGTTT\n"]), "so are files"
    assert not page.evaluate(_PASTE, ["body", "a note", ""])
    page.locator("#paste > summary").click()
    assert not page.evaluate(_PASTE, ["#pasted", ">a\nACGT\n", ""]), "a field keeps what is pasted into it"
    page.fill("#pasted-name", "<img src=x onerror=alert(1)>")
    page.fill("#pasted", ">d\nACGTAA\n>e\nACGT\n")
    page.get_by_role("button", name="Add to the chosen files").click()
    expect(page.locator("#pasted")).to_have_value("")
    expect(page.locator("#pasted")).to_be_focused()
    page.fill("#pasted", ">f\nACGTGGG\n")  # not added: sent with the others all the same
    names = page.locator("#files .name")
    expect(names).to_have_text(["pasted.fna", "copied.fna", "<img src=x onerror=alert(1)>.fna"])
    expect(page.locator("#files .ok .say").last).to_have_text("2 sequences, 10 bp")
    page.get_by_role("button", name="Analyse").click()
    wait_for_page(page, "#submission")
    expect(page.locator("#grid tbody th a")).to_have_text(
        ["pasted", "copied", "<img src=x onerror=alert(1)>", "pasted_2"]
    )


def test_pasted_sequences_alone_become_a_task(live: LivePortal, new_context: NewContext) -> None:
    for scripts in (True, False):
        page = new_context(java_script_enabled=scripts).new_page()
        page.goto("/?lang=zh")
        page.get_by_text("改为粘贴序列").click()
        page.get_by_label("菌株名称").fill("HD-73")
        page.get_by_label("一个基因组的全部序列").fill(">a\nACGTACGT\n>b\nACGT\n")
        page.get_by_role("button", name="分析").click()
        page.wait_for_selector("#task")
        expect(page.get_by_role("heading", level=1)).to_have_text("HD-73.fna")
        task_id = re.findall(r"/tasks/(\w{12})", page.url)[0]
        assert live.portal.task(task_id).genome.read_bytes().split() == [b">a", b"ACGTACGT", b">b", b"ACGT"]
