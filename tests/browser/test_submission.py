"""Many genomes in a real browser: chosen at once, watched on one page, found, sorted, shared; by keyboard alone."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from portal.domain.status import TaskStatus
from tests.browser.conftest import LivePortal, NewContext, wait_for_page
from tests.browser.submissions import announced, made, open_shared

# The network is away for one request, which goes again by itself.
_LOSE_THE_FIRST = """() => {
  const send = XMLHttpRequest.prototype.send;
  let lost = false;
  XMLHttpRequest.prototype.send = function (body) {
    if (lost) send.call(this, body);
    else this.onerror();
    lost = true;
  };
}"""
FILES = {
    "A.fna": b">a\nACGTACGT\n",
    "B.fna.gz": gzip.compress(b">b\nACGTTTGACA\n"),
    "<img src=x onerror=alert(1)>.fna": b">c\nACGT\n",
    "twice.fna": b">a\nACGT\n>a\nACGT\n",
    "reads.fna": b"@read\nACGT\n",
}


def put_files(folder: Path) -> list[Path]:
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in FILES]


def test_many_files_become_one_submission_with_one_page(live: LivePortal, page: Page, tmp_path: Path) -> None:
    page.goto("/")
    page.set_input_files("#file", put_files(tmp_path))
    expect(page.locator("#files .ok")).to_have_count(4)
    expect(page.locator("#files-total")).to_have_text(re.compile(r"^\d files, [\d.]+ B\. 1 of them cannot be sent\.$"))
    page.get_by_label("Name of the submission").fill("Yunnan")
    page.evaluate(_LOSE_THE_FIRST)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.get_by_role("button", name="Analyse").click()
    wait_for_page(page, "#submission")
    expect(page.get_by_role("heading", level=1)).to_have_text("Yunnan")
    expect(page.locator("#grid tbody tr")).to_have_count(4)
    expect(page.locator("#strain-1")).to_contain_text("Accepted")
    expect(page.locator("#strain-2")).to_contain_text("B")
    expect(page.locator("#strain-3 th a")).to_have_text("<img src=x onerror=alert(1)>")
    expect(page.locator("#strain-4")).to_contain_text("Not accepted")
    expect(page.locator("#strain-4")).to_contain_text("line 3")
    expect(page.locator("#not-sent li")).to_contain_text("reads.fna: line 1")
    token = page.input_value("#share").partition("#token=")[2]
    assert not [url for url in requests if "token" in url or token in url]
    page.goto("/tasks")
    row = page.locator(".task-row", has_text="Yunnan")
    expect(row).to_contain_text("0 of 3 finished · 1 not accepted")
    row.get_by_role("link").click()
    wait_for_page(page, "#submission")
    led_to = page.evaluate("fetch(document.querySelector('#strain-2 a').href).then((answer) => answer.url)")
    task_id = re.search(r"/tasks/(\w{12})", led_to)
    assert task_id
    packed = live.portal.task(task_id[1]).genome.read_bytes()
    assert packed == gzip.decompress(FILES["B.fna.gz"])
    live.advance(task_id[1], TaskStatus.RUNNING)
    expect(page.locator("#strain-2")).to_contain_text("Running")
    page.get_by_label("State").select_option("running")
    expect(page.locator("#grid tbody tr:visible")).to_have_count(1)
    page.locator("#strain-2 a").first.click()
    wait_for_page(page, "#task")
    page.goto("/tasks")
    expect(page.locator(".task-row.tone-busy")).to_contain_text("Yunnan")
    expect(page.locator(".task-row")).to_have_count(1)


def test_it_is_sorted_found_and_walked_by_keyboard(live: LivePortal, page: Page) -> None:
    address, token, _ = made(live, 6)
    open_shared(page, address, token)
    assert token not in page.url
    page.locator("th[data-key=toxins]").get_by_role("link").click()
    expect(page.locator("th[data-key=toxins]")).to_have_attribute("aria-sort", "descending")
    genes = page.locator("#grid tbody td:nth-child(3)").evaluate_all(
        "(all) => all.map((each) => Number(each.dataset.value))"
    )
    assert genes == sorted(genes, reverse=True)
    page.get_by_label("Find").fill("Bt-004")
    expect(page.locator("#grid tbody tr:visible")).to_have_count(1)
    expect(page).to_have_url(re.compile("find=Bt-004"))
    page.reload()
    expect(page.locator("#grid tbody tr:visible")).to_have_count(1)
    page.get_by_label("Find").fill("")
    expect(page.locator("#grid tbody tr:visible")).to_have_count(6)
    page.locator("#grid tbody a[tabindex='0']").focus()
    for key in ("ArrowDown", "ArrowUp", "End"):
        page.keyboard.press(key)
    expect(page.locator("#grid td.cell a:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_selector("#task")
    expect(page).to_have_url(re.compile("#evidence-"))
    expect(page.get_by_text("Yes, delete it")).to_have_count(0)


def test_the_look_of_a_cell_goes_by_its_score(live: LivePortal, page: Page) -> None:
    address, token, _ = made(live, 4)
    open_shared(page, address, token)
    looks = page.evaluate(
        """() => [...document.querySelectorAll("#grid td.cell[data-value]")].map((cell) =>
          [Math.round(cell.dataset.value * 5), getComputedStyle(cell).backgroundColor])"""
    )
    assert len({step for step, _ in looks}) > 2
    by_step = {step: {colour for other, colour in looks if other == step} for step, _ in looks}
    assert [step for step, colours in by_step.items() if len(colours) > 1] == [], "framed or not"


def test_the_whole_way_without_scripts(live: LivePortal, new_context: NewContext) -> None:
    address, token, task_ids = made(live, 2)
    page = new_context(java_script_enabled=False).new_page()
    page.goto(address)
    page.fill("#token", f"https://portal.example{address}#token={token}")
    page.get_by_role("button", name="Open").click()
    page.get_by_role("link", name="Toxins", exact=True).first.click()
    expect(page.locator(".grid.by-toxins")).to_be_visible()
    page.get_by_label("Find").fill("002")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#grid tbody tr:visible")).to_have_count(1)
    page.get_by_role("link", name="Bt-002").click()
    expect(page).to_have_url(re.compile(f"/tasks/{task_ids[1]}$"))
    page.go_back()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything").click()
    assert download.value.suggested_filename.startswith("Soil_")


def test_what_opens_from_the_row_of_actions_stands_below_it_one_at_a_time(live: LivePortal, page: Page) -> None:
    body = announced(live, 2)
    open_shared(page, f"/submissions/{body['submission_id']}", body["token"])
    summaries = "[...document.querySelectorAll('.across > .act > summary')]"
    tops = f"() => {summaries}.map((each) => each.getBoundingClientRect().top)"
    before = page.evaluate(tops)
    page.locator("#sharing > summary").click()
    label = page.get_by_label("For whom (optional)")
    expect(label).to_be_visible()
    assert page.evaluate(tops) == before
    page.locator("#delete > summary").click()
    expect(page.get_by_role("button", name="Yes, delete everything")).to_be_visible()
    expect(label).to_be_hidden()
    assert page.evaluate(tops) == before
