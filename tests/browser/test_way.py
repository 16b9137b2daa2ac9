"""The whole way in a real browser: submit, watch, read, cancel, share, compare; without scripts and by keyboard."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from portal.domain.status import TaskStatus
from portal.files.wishes import WishKind, read_wishes
from tests.browser.conftest import LivePortal, NewContext, open_with_token


def task_id_of(page: Page) -> str:
    page.wait_for_selector("#task")
    return page.url.rpartition("/tasks/")[2][:12]


def test_submit_watch_and_read(live: LivePortal, page: Page, genome: Path) -> None:
    page.goto("/")
    page.set_input_files("#file", genome)
    expect(page.locator("#files li")).to_contain_text("2 sequences, 24 bp")
    page.get_by_role("button", name="Analyse").click()
    task_id = task_id_of(page)
    expect(page.get_by_role("heading", name="HD-73 draft.fna")).to_be_visible()
    expect(page.locator("#panel")).to_contain_text("Accepted")
    page.evaluate("window.sameDocument = true")
    live.advance(task_id, TaskStatus.RUNNING)
    expect(page.locator("#panel")).to_contain_text("Running")
    expect(page.locator("#panel progress")).to_have_attribute("value", "62")
    expect(page.locator("#announce")).to_have_text(re.compile("^Running"))
    assert page.evaluate("window.sameDocument"), "the page lives without being loaded again"
    live.advance(task_id, TaskStatus.COMPLETED)
    expect(page.get_by_role("heading", name="Likely acts on Lepidoptera")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything").click()
    assert download.value.suggested_filename.endswith(".zip")
    page.get_by_role("link", name="Lepidoptera").click()
    expect(page.locator("#evidence-lepidoptera a").first).to_have_attribute("href", re.compile("^https://doi.org/10."))
    loaded = page.evaluate("[...document.images].every((image) => !image.complete || image.naturalWidth > 0)")
    assert loaded, "a picture did not arrive"


def test_the_toxin_table_sorts_and_filters(live: LivePortal, page: Page) -> None:
    open_with_token(page, live.task())
    first = page.locator("#toxins tbody tr").first
    expect(first).to_contain_text("100.0")
    by_identity = page.get_by_role("button", name="Identity %", exact=True)
    by_identity.click()
    by_identity.click()
    expect(page.locator("#toxins th[aria-sort]")).to_have_count(1)
    expect(first).not_to_contain_text("100.0")
    page.fill("#toxin-filter", "vip3")
    expect(page.locator("#toxins tbody tr:visible")).to_have_count(1)


def test_bad_files_are_told_before_anything_is_sent(live: LivePortal, page: Page, tmp_path: Path) -> None:
    page.goto("/")
    files = {
        "reads.fna": b"\n@read1\nACGT\n",
        "packed.fna": b"\x1f\x8b\x08aaa",
        "notes.txt": b">a\nA\n",
        "no.fa": b"",
        "odd.fna": b">a\r\nACGT\r\nAC!T\r\n",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    before = live.portal.task_ids()
    page.set_input_files("#file", [tmp_path / name for name in files])
    told = page.locator("#files .bad .say")
    expect(told).to_have_count(5)
    texts = " ".join(told.all_text_contents())
    for words in (
        "line 1: this looks like FASTQ", "line 1: this is a gzip archive", "must end in .fna .fa .fasta",
        "the file is empty", "line 3: '!' is not a sequence character",
    ):  # fmt: skip
        assert words in texts
    page.get_by_role("button", name="Analyse").click()
    expect(page.locator("#submit-status")).to_have_text("Choose at least one file that can be accepted.")
    assert live.portal.task_ids() == before


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_says_of_a_file_what_the_server_says(live: LivePortal, page: Page, tmp_path: Path, lang: str) -> None:
    """One text for one fault, whichever way a file is sent."""
    genome = b">a\n" + b"ACGT" * 2000
    files = {
        "utf16.fna": genome.decode().encode("utf-16"),
        "plain.fna.gz": genome,
        "cut.fna.gz": gzip.compress(genome)[:-9],
        "twice.fna.gz": gzip.compress(gzip.compress(genome)),
        "empty.fna": b"",
        "blank.fna": b"\n \n",
        "text.fna": b"\nnot FASTA\n",
        "nul.fna": b">a\nAC\0GT\n",
        "high.fna": b">a\n" + b"ACGT" * 100 + b"\n\xe9\n",
        "page.fna": b"<!DOCTYPE html>",
        "office.fna": b"PK\x03\x04",
    }
    page.goto(f"/?lang={lang}")
    said = {}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        answer = httpx.post(
            f"{live.url}/api/tasks", files={"file": (name, data)}, headers={"Accept-Language": lang}, timeout=30
        )
        assert answer.status_code == 422, name
        said[name] = answer.json()["errors"]["file"][0]
    page.set_input_files("#file", [tmp_path / name for name in files])
    told = page.locator("#files .bad .say")
    expect(told).to_have_count(len(files))
    assert dict(zip(files, told.all_text_contents(), strict=True)) == said


def test_proteins_are_told_from_dna(page: Page, tmp_path: Path) -> None:
    (tmp_path / "p.fna").write_bytes(b">a\nMKLE\n>b\nMNNPEE*\n")
    (tmp_path / "d.fna").write_bytes(b">a\nACGTNRYK\n>b\nacgtu\n")
    page.goto("/")
    page.set_input_files("#file", [tmp_path / "p.fna", tmp_path / "d.fna"])
    expect(page.locator("#files .ok .say")).to_contain_text(["2 proteins, 11 residues", "2 sequences, 13 bp"])


def test_what_only_the_server_finds_stands_beside_the_file(page: Page, tmp_path: Path) -> None:
    bad = tmp_path / "twice.fna"
    bad.write_bytes(b">a\nACGT\n>a\nACGT\n")
    page.goto("/?lang=zh")
    page.set_input_files("#file", bad)
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        page.get_by_role("button", name="分析").click()
    assert answer.value.status == 422
    expect(page.locator("#files .bad .say")).to_contain_text("第 3 行")


def test_tasks_of_this_browser_are_watched_and_compared(live: LivePortal, page: Page) -> None:
    done = [live.task(filename=name) for name in ("A.fna", "B.fna")]
    for built in done:
        open_with_token(page, built)
    running = live.task(TaskStatus.PENDING, filename="C.fna")
    open_with_token(page, running)
    page.goto("/tasks")
    expect(page.locator(".task-row")).to_have_count(3)
    expect(page.locator(".task-row.tone-good")).to_have_count(2)
    live.advance(running.task_id, TaskStatus.COMPLETED)
    expect(page.locator(".task-row.tone-good")).to_have_count(3)
    page.goto(f"/compare#{','.join(built.task_id for built in done)}")  # as earlier versions wrote it
    page.wait_for_selector("#grid.live")
    expect(page).to_have_url(re.compile(r"/compare\?tasks="))
    expect(page.locator("#grid thead")).to_contain_text("Lepidoptera")
    expect(page.locator("#grid tbody tr")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="TSV").first.click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert text.startswith("strain\tlabel\ttask_id\t")
    assert len(text.splitlines()) == 3


def test_a_shared_link_opens_and_hides_its_token(live: LivePortal, page: Page) -> None:
    built = live.task()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    open_with_token(page, built)
    assert built.token not in page.url
    assert not [url for url in requests if built.token in url]
    expect(page.get_by_role("heading", name="Likely acts on Lepidoptera")).to_be_visible()
    page.get_by_text("Share", exact=True).click()
    address, _, shared = page.input_value("#share").partition("#token=")
    assert address.endswith(f"/tasks/{built.task_id}")
    assert shared != built.token, "what is shared only looks"
    assert page.input_value("#owner-link") == f"{address}#token={built.token}"
    page.goto("/tasks")
    row = page.locator(".task-row")
    for words in ("Completed", "Likely acts on Lepidoptera", built.task_id):
        expect(row).to_contain_text(words)
    page.evaluate("window.confirm = () => false")
    row.get_by_role("button").click()
    expect(row).to_have_count(1)
    page.evaluate("window.confirm = () => true")
    row.get_by_role("button").click()
    expect(row).to_have_count(0)
    expect(page.locator("#task-id")).to_be_focused()


def test_cancel_by_keyboard_alone(live: LivePortal, page: Page) -> None:
    built = live.task(TaskStatus.RUNNING)
    open_with_token(page, built)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Cancel":
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("button:focus")).to_have_text("Yes, cancel the task")
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_contain_text("Cancelling")
    assert [wish.kind for wish in read_wishes(live.portal.task(built.task_id))] == [WishKind.CANCEL]


def test_submit_by_keyboard_alone(page: Page, genome: Path) -> None:
    # From here on choosers are caught; `expect_file_chooser` alone asks for that while the key is on its way already.
    page.on("filechooser", lambda _: None)
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to content")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("type", "file")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(genome)
    page.get_by_role("button", name="Analyse").focus()
    page.keyboard.press("Enter")
    task_id_of(page)


def test_everything_works_without_scripts(live: LivePortal, new_context: NewContext, genome: Path) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/")
    page.set_input_files("#file", genome)
    page.click("text=Settings")
    page.fill("#min_identity", "0.5")
    page.get_by_role("button", name="Analyse").click()
    task_id = task_id_of(page)
    assert live.record(task_id).parameters["min_identity"] == 0.5
    page.locator("noscript a", has_text="Refresh now").click()
    live.advance(task_id, TaskStatus.RUNNING)
    page.locator("noscript a", has_text="Refresh every 10 seconds").click()
    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(1)
    expect(page.locator("#panel")).to_contain_text("Running")
    page.goto(f"/tasks/{task_id}")  # which does not renew itself between two clicks
    page.click("summary:has-text('Cancel')")
    page.click("text=Yes, cancel the task")
    expect(page.locator("#panel")).to_contain_text("Cancelling")
    live.advance(task_id, TaskStatus.COMPLETED)
    page.goto(f"/tasks/{task_id}")
    expect(page.get_by_role("heading", name="Likely acts on Lepidoptera")).to_be_visible()
    page.click("summary:has-text('Delete')")
    page.click("text=Yes, delete it")
    expect(page.locator("main")).to_contain_text("You can undo this until")


def test_a_token_can_be_pasted_without_scripts(live: LivePortal, new_context: NewContext) -> None:
    built = live.task(TaskStatus.FAILED)
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"/tasks/{built.task_id}")
    page.fill("#token", built.token)
    page.get_by_role("button", name="Open").click()
    expect(page.locator(".failure")).to_contain_text("What to do:")


def test_the_language_is_one_click_away_and_stays(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("这株菌可能对哪些昆虫有效？")
    page.get_by_role("link", name="队列").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


def test_hostile_names_stay_text_in_the_browser(live: LivePortal, page: Page, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>.fna"
    hostile = tmp_path / name
    hostile.write_text(">a\nACGT\n", encoding="ascii")
    page.goto("/")
    page.set_input_files("#file", hostile)
    expect(page.locator("#files .name")).to_have_text(name)
    page.get_by_role("button", name="Analyse").click()
    task_id_of(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.goto("/tasks")
    expect(page.locator(".task-row a")).to_have_text(name)
