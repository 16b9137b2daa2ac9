"""Many files in one go: one link opens all of them, here and elsewhere. `make test-browser-large` sends 500."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Dialog, Page, Route, expect

from tests.browser.conftest import PATIENCE_MS, LivePortal, NewContext, wait_for_page
from tests.browser.held import Held
from tests.browser.submissions import open_shared
from tests.builders import GENOME

FILES = int(os.environ.get("FILES", "40"))
_PAGES = """async (count) => {
  const codes = {};
  for (let n = 1; n <= count; n += 1) {
    const { status, url } = await fetch(`${location.pathname}/strains/${n}`);
    if (!url.includes("/tasks/")) return url;
    codes[status] = (codes[status] ?? 0) + 1;
  }
  return codes;
}"""

_ASKS = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"


def chosen(page: Page, folder: Path) -> None:
    for n in range(1, FILES + 1):
        (folder / f"strain {n:03d}.fna").write_text(f">contig{n}\nACGTACGTTTGACA\n", encoding="ascii")
    page.goto("/")
    page.wait_for_load_state("networkidle")
    page.set_input_files("#file", sorted(folder.iterdir()))
    expect(page.locator("#files li.ok")).to_have_count(FILES)


def test_all_files_are_reachable_from_one_link(live: LivePortal, new_context: NewContext, tmp_path: Path) -> None:
    page = new_context().new_page()
    chosen(page, tmp_path)
    button = page.get_by_role("button", name="Analyse")
    for width, height in ((390, 844), (1280, 900)):
        page.set_viewport_size({"width": width, "height": height})
        page.get_by_label("Name of the submission").fill("Collection")
        expect(button).to_be_in_viewport(ratio=1)
    # What is being sent is listed already, and is not left without a question.
    held = Held(page, "/items/1$")
    assert page.evaluate(_ASKS) is False
    with page.expect_request(re.compile("/items/1$")):
        button.click()
    assert page.evaluate(_ASKS) is True
    other_tab = page.context.new_page()
    other_tab.goto("/tasks")
    expect(other_tab.locator(".task-row", has_text="Collection")).to_contain_text(f"0 of {FILES} finished")
    other_tab.get_by_role("link", name="Collection").click()
    wait_for_page(other_tab, "#grid.live")
    other_tab.set_input_files("#missing-files", sorted(tmp_path.iterdir())[:1])
    expect(other_tab.locator("#strain-1")).to_contain_text("Accepted")
    expect(other_tab.locator("#missing li[data-n='1']")).to_have_count(0)
    other_tab.close()
    held.let_go()
    wait_for_page(page, "#submission")
    link, all_rows = page.input_value("#share"), str(FILES + 1)
    expect(page.locator("#grid.live")).to_have_attribute("aria-rowcount", all_rows)
    page.goto("/tasks")
    row = page.locator(".task-row", has_text="Collection")
    expect(row).to_contain_text(f"0 of {FILES} finished")
    expect(page.get_by_text(re.compile("gone|closed"))).to_have_count(0)
    other = new_context(viewport={"width": 390, "height": 844}).new_page()
    other.goto(link)
    wait_for_page(other, "#submission")
    expect(other.locator("#grid.live")).to_have_attribute("aria-rowcount", all_rows)
    assert other.evaluate(_PAGES, FILES) == {"200": FILES}


def test_a_file_chosen_before_the_script_is_there_is_listed(live: LivePortal, page: Page, tmp_path: Path) -> None:
    genome = tmp_path / "early.fna"
    genome.write_text(">contig\nACGTACGTTTGACA\n", encoding="ascii")
    held = Held(page, r"/submit\.js")
    with page.expect_request(re.compile(r"/submit\.js")):
        page.goto("/", wait_until="commit")
    page.set_input_files("#file", genome)
    expect(page.locator("#files li")).to_have_count(0)
    held.let_go()
    expect(page.locator("#files li.ok")).to_contain_text("early.fna")


def test_a_change_of_language_asks_about_files_and_keeps_what_was_typed(
    live: LivePortal, chromium: Browser, tmp_path: Path
) -> None:
    for name in "ab":
        (tmp_path / f"{name}.fna").write_text(">contig\nACGTACGTTTGACA\n", encoding="ascii")
    asked: list[str] = []
    answers = iter((False, True))

    def reply(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if next(answers) else dialog.dismiss()

    context = chromium.new_context(base_url=live.url, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.on("dialog", reply)
    page.goto("/")
    wait_for_page(page, "#submit")
    page.set_input_files("#file", sorted(tmp_path.iterdir()))
    expect(page.locator("#files li.ok")).to_have_count(2)
    page.get_by_label("Name of the submission").fill("Loess <b>")
    page.locator("details.settings summary").click()
    page.locator("[name=min_identity]").fill("0.91")
    page.locator("a.language").click()
    expect(page.locator("#files li.ok")).to_have_count(2)
    page.locator("a.language").click()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^zh"))
    expect(page.locator("#choose-again")).to_contain_text("2 个文件")
    expect(page.locator("[name=min_identity]")).to_have_value("0.91")
    page.set_input_files("#file", sorted(tmp_path.iterdir()))
    expect(page.locator("#choose-again")).to_have_count(0)
    expect(page.get_by_label("提交批次名称")).to_have_value("Loess <b>")
    assert len(asked) == 2
    assert "the 2 files must be chosen again" in asked[0]
    page.reload()
    expect(page.locator("[name=min_identity]")).not_to_have_value("0.91")
    context.close()


# A folder as the browser hands it over at a drop.
_DROP_A_FOLDER = """(files) => {
  const entry = ([name, text]) => ({ isFile: true, isDirectory: false, file: (done) => done(new File([text], name)) });
  let parts = [Object.entries(files).map(entry), []];
  const createReader = () => ({ readEntries: (done) => done(parts.shift()) });
  const folder = { isFile: false, isDirectory: true, createReader };
  const drop = new Event("drop", { bubbles: true, cancelable: true });
  drop.dataTransfer = { files: [], items: [{ webkitGetAsEntry: () => folder }] };
  document.dispatchEvent(drop);
}"""


def test_what_is_no_genome_in_a_dropped_folder_is_named_and_blocks_nothing(live: LivePortal, page: Page) -> None:
    page.goto("/")
    wait_for_page(page, "#submit")
    files = {f"s{n}.fna": f">c{n}\nACGTACGTTTGACA\n" for n in (1, 2)}
    page.evaluate(_DROP_A_FOLDER, {**files, "notes <b>.txt": "hello", ".DS_Store": "x"})
    expect(page.locator("#files li.ok")).to_have_count(2)
    expect(page.locator("#files li.bad")).to_have_count(1)
    expect(page.locator("#files li.bad")).to_contain_text("notes <b>.txt")
    expect(page.locator("#files li.bad")).to_contain_text("Not sent: not a FASTA file")
    expect(page.locator("#files-total")).to_have_text(re.compile(r"^2 files, [\d.]+ k?B\.$"))
    page.get_by_role("button", name="Analyse").click()
    wait_for_page(page, "#submission")
    expect(page.locator("#not-sent li")).to_contain_text("notes <b>.txt: Not sent: not a FASTA file")


def test_a_single_genome_of_a_dropped_folder_leads_to_its_page(live: LivePortal, page: Page) -> None:
    page.goto("/")
    wait_for_page(page, "#submit")
    page.evaluate(_DROP_A_FOLDER, {"s.fna": ">c\nACGTACGTTTGACA\n", **{f"n{n}.txt": "x" for n in range(25)}})
    expect(page.locator("#files li.bad")).to_have_count(21)
    expect(page.locator("#files li.bad").last).to_contain_text("5 more files")
    page.get_by_role("button", name="Analyse").click()
    wait_for_page(page, "#task")


def test_the_same_content_by_another_name_is_noticed_before_it_is_sent(
    live: LivePortal, page: Page, tmp_path: Path
) -> None:
    for name, text in (("a", "ACGT"), ("b", "ACGTA"), ("copy", "ACGT")):
        (tmp_path / f"{name}.fna").write_text(f">c\n{text}\n", encoding="ascii")
    page.goto("/")
    page.set_input_files("#file", sorted(tmp_path.iterdir()))
    expect(page.locator("#files li.ok")).to_have_count(3)
    expect(page.locator("#files .same")).to_have_count(1)
    expect(page.locator("#files li").last.locator(".same")).to_contain_text("The same content as a.fna")
    expect(page.locator("#files-total")).to_contain_text("1 has the same content as another.")
    page.get_by_role("button", name="Remove a.fna").click()
    expect(page.locator("#files .same")).to_have_count(0)
    page.set_input_files("#file", tmp_path / "a.fna")
    expect(page.locator("#files li").last.locator(".same")).to_contain_text("The same content as copy.fna")
    page.get_by_role("button", name="Analyse").click()
    wait_for_page(page, "#submission")
    expect(page.locator("#same-content")).to_contain_text("a: same content as copy")


def test_a_name_that_the_portal_refuses_is_marked_and_the_others_can_be_sent(
    live: LivePortal, page: Page, tmp_path: Path
) -> None:
    """To the portal a selector that selects nothing is no letter, and the two files are of one name."""
    for name, text in (("a", "ACGT"), ("a\ufe0f", "ACGTA"), ("tab\there", "ACGTAA")):
        (tmp_path / f"{name}.fna").write_text(f">c\n{text}\n", encoding="ascii")
    page.goto("/")
    wait_for_page(page, "#submit")
    page.set_input_files("#file", sorted(tmp_path.iterdir()))
    expect(page.locator("#files li.ok")).to_have_count(3)
    page.get_by_role("button", name="Analyse").click()
    expect(page.locator("#files li.bad")).to_have_count(1)
    expect(page.locator("#files li.bad")).to_contain_text("a\ufe0f.fna")
    expect(page.locator("#files li.bad .say")).to_contain_text("same")
    expect(page.locator("#submit-status")).to_contain_text("Nothing has been sent yet.")
    page.get_by_role("button", name="Analyse").click()
    wait_for_page(page, "#grid.live")
    expect(page.locator("#grid")).to_contain_text("tab\ufffdhere")
    expect(page.locator("#grid.live")).to_have_attribute("aria-rowcount", "3")
    expect(page.locator("#not-sent")).to_contain_text("a\ufe0f.fna")


def test_two_genomes_of_one_name_and_size_from_two_folders_are_both_listed(
    live: LivePortal, page: Page, tmp_path: Path
) -> None:
    genomes = [tmp_path / folder / "contigs.fasta" for folder in "ab"]
    for n, genome in enumerate(genomes):
        genome.parent.mkdir()
        genome.write_text(f">c\n{'ACGT'[n]}\n", encoding="ascii")
        os.utime(genome, (1_700_000_000 + n, 1_700_000_000 + n))
    page.goto("/")
    wait_for_page(page, "#submit")
    page.set_input_files("#file", genomes)
    expect(page.locator("#files li.ok")).to_have_count(2)
    page.set_input_files("#file", genomes)  # chosen again, they are the same
    page.set_input_files("#file", genomes[:1])
    expect(page.locator("#files li")).to_have_count(2)


def test_what_was_missing_shows_as_soon_as_it_is_sent(live: LivePortal, page: Page, tmp_path: Path) -> None:
    genome = tmp_path / "1.fna"
    genome.write_bytes(GENOME)
    items = [
        {"label": str(n), "size": len(text), "sha256": hashlib.sha256(text).hexdigest()}
        for n, text in enumerate((GENOME, GENOME + b"A\n"), 1)
    ]
    made = httpx.post(f"{live.url}/api/submissions", json={"items": items}).json()

    def without_another_look(route: Route) -> None:
        answer = route.fetch()
        text = answer.text()
        assert 'data-pause="30"' in text
        route.fulfill(response=answer, body=text.replace('data-pause="30"', 'data-pause="86400"'))

    address = f"/submissions/{made['submission_id']}"
    open_shared(page, address, made["token"])
    page.route(re.compile(rf"{address}$"), without_another_look)
    page.goto(address)
    wait_for_page(page, "#grid.live")
    page.set_input_files("#missing-files", genome)
    expect(page.locator("#missing [role=status]")).to_contain_text("1 file has arrived.")
    expect(page.locator("#missing li[data-n='1']")).to_have_count(0)
    expect(page.locator("#strain-1")).not_to_contain_text("Not sent yet")
    expect(page.locator("#strain-2")).to_contain_text("Not sent yet")


def test_the_button_covers_nothing_of_the_list(live: LivePortal, new_context: NewContext, tmp_path: Path) -> None:
    for n in range(14):
        (tmp_path / f"s{n}.fna").write_text(f">c{n}\nACGTACGTTTGACA\n", encoding="ascii")
    (tmp_path / "wrong.fna").write_text("no fasta", encoding="ascii")
    files = sorted(tmp_path.iterdir())
    for width, height in ((1366, 850), (1366, 700), (1920, 1080), (1280, 600), (390, 844), (640, 420)):
        for some in (files[-5:], files):
            page = new_context(viewport={"width": width, "height": height}).new_page()
            page.goto("/")
            wait_for_page(page, "#submit")
            page.set_input_files("#file", some)
            expect(page.locator("#files-total")).to_contain_text("1 of them cannot be sent.")
            expect(page.locator("#files-total")).to_be_in_viewport(ratio=1)
            top, bottom, bar = page.evaluate(
                """() => { const box = (name) => document.querySelector(name).getBoundingClientRect();
                return [box("#files").top, box("#files").bottom, box(".send-bar").top]; }"""
            )
            assert 0 <= top < bottom <= bar, (width, height, len(some))
            page.context.close()


def test_a_file_on_its_way_stops_when_another_tab_closes_the_submission(
    live: LivePortal, new_context: NewContext, tmp_path: Path
) -> None:
    page = new_context().new_page()
    (tmp_path / "large.fna").write_text(">large\n" + "ACGTACGTTTGACA\n" * 1_000_000, encoding="ascii")
    (tmp_path / "small.fna").write_text(">small\nACGTACGTTTGACA\n", encoding="ascii")
    page.goto("/")
    page.wait_for_load_state("networkidle")
    page.set_input_files("#file", [tmp_path / "small.fna", tmp_path / "large.fna"])
    expect(page.locator("#files li.ok")).to_have_count(2)
    page.get_by_label("Name of the submission").fill("Closed early")
    slow = page.context.new_cdp_session(page)
    slow.send("Network.enable")
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 40_000}
    slow.send("Network.emulateNetworkConditions", conditions)  # it would take more than six minutes
    page.get_by_role("button", name="Analyse").click()
    large = page.locator("#files li", has_text="large.fna")
    expect(large.locator("progress")).to_have_count(1)
    other_tab = page.context.new_page()
    other_tab.goto("/tasks")
    other_tab.get_by_role("link", name="Closed early").click()
    wait_for_page(other_tab, "#grid.live")
    expect(other_tab.locator("#strain-1")).not_to_contain_text("Not sent yet")
    other_tab.locator("#close summary").click()
    other_tab.locator("#close button").click()
    expect(other_tab.locator(".never-sent")).to_contain_text("large")
    page.wait_for_url("**/submissions/*")
    wait_for_page(page, "#submission")
    expect(page.locator(".never-sent")).to_contain_text("Closed without 1 file")
