"""The notice of the browser: asked for by a click alone, remembered, given once, and honest where it cannot be."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from portal.domain.status import TaskStatus
from tests.browser.conftest import LivePortal, NewContext, open_with_token
from tests.browser.submissions import made, open_shared

# What the page asks of the browser's own interface is noted: a notice itself is drawn by the desktop.
_NOTE = """(() => {
  const given = (notice) => {
    const all = JSON.parse(sessionStorage.getItem("given") ?? "[]");
    sessionStorage.setItem("given", JSON.stringify([...all, notice]));
  };
  const Real = window.Notification;
  window.Notification = class extends Real {
    constructor(title, options) {
      super(title, options);
      if (title) given([title, options.body, options.lang]);
    }
    static requestPermission() {
      given(["asked"]);
      return Real.requestPermission();
    }
  };
})()"""
_GIVEN = "() => JSON.parse(sessionStorage.getItem('given') ?? '[]')"
NAME = "HD-73 <b>draft</b>.fna"


def noting(context: BrowserContext) -> Page:
    context.add_init_script(_NOTE)
    return context.new_page()


@pytest.mark.parametrize(
    ("lang", "label", "promise", "words"),
    [
        ("en", "Notify me in this browser", "as long as this page is open", ("Completed · BtToxin Portal", "en")),
        ("zh", "完成时在此浏览器中通知我", "只要此页面仍在某个标签页中打开", ("已完成 · BtToxin Portal", "zh-Hans")),
    ],
)
def test_the_end_of_a_task_is_told_to_who_asked(
    live: LivePortal, new_context: NewContext, lang: str, label: str, promise: str, words: tuple[str, str]
) -> None:
    context = new_context()
    context.grant_permissions(["notifications"], origin=live.url)
    page = noting(context)
    built = live.task(TaskStatus.RUNNING, filename=NAME)
    open_with_token(page, built, lang)
    button = page.get_by_role("button", name=label)
    expect(button).to_have_attribute("aria-pressed", "false")
    assert page.evaluate(_GIVEN) == [], "nothing is asked by itself"
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#notice-said")).to_contain_text(promise)
    expect(button).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(button).to_have_attribute("aria-pressed", "true")
    live.advance(built.task_id, TaskStatus.COMPLETED)
    expect(page.locator("#verdict-title")).to_be_visible()
    title, tongue = words
    expect(page.locator("#announce")).to_contain_text(title.split(" ")[0])
    assert page.evaluate(_GIVEN) == [["asked"], [title, NAME, tongue]]
    expect(page).to_have_title(f"{title.split(' ')[0]} · {NAME} · BtToxin Portal")
    page.reload()
    expect(page.locator("#verdict-title")).to_be_visible()
    expect(page.locator("#announce")).to_have_text("")
    assert len(page.evaluate(_GIVEN)) == 2, "told once"
    expect(button).to_have_count(0)


def test_the_end_of_a_submission_is_told_on_its_page(live: LivePortal, new_context: NewContext) -> None:
    context = new_context()
    context.grant_permissions(["notifications"], origin=live.url)
    page = noting(context)
    address, token, task_ids = made(live, 2, TaskStatus.RUNNING)
    open_shared(page, address, token)
    button = page.get_by_role("button", name="Notify me in this browser")
    button.click()
    button.click()
    expect(page.locator("#notice-said")).to_have_text("This browser will not notify you.")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    live.advance(task_ids[0], TaskStatus.COMPLETED)
    expect(page).to_have_title("1 of 2 finished · Soil · BtToxin Portal")
    live.advance(task_ids[1], TaskStatus.FAILED)
    expect(page).to_have_title("2 of 2 finished · Soil · BtToxin Portal")
    expect(page.locator("#announce")).to_have_text("2 of 2 finished")
    page.wait_for_function(f"() => ({_GIVEN})().length === 3")
    assert page.evaluate(_GIVEN) == [["asked"], ["asked"], ["2 of 2 finished · BtToxin Portal", "Soil", "en"]]


def test_a_refusal_is_told_and_what_a_browser_lacks_is_not_offered(live: LivePortal, new_context: NewContext) -> None:
    built = live.task(TaskStatus.RUNNING)
    refusing = new_context().new_page()
    refusing.add_init_script("Notification.requestPermission = async () => 'denied'")
    open_with_token(refusing, built)
    button = refusing.get_by_role("button", name="Notify me in this browser")
    button.click()
    expect(refusing.locator("#notice-said")).to_contain_text("does not allow notifications from this site")
    expect(button).to_have_attribute("aria-pressed", "false")
    for lack in ("delete window.Notification", "Notification = class { constructor() { throw new TypeError() } }"):
        lacking = new_context().new_page()
        lacking.add_init_script(lack.replace("constructor", "static permission = 'default'; constructor"))
        open_with_token(lacking, built)
        expect(lacking.locator("html.scripted #notice")).to_be_hidden()
    live.advance(built.task_id, TaskStatus.COMPLETED)
    expect(lacking.locator("#announce")).to_contain_text("Completed")
    expect(lacking.get_by_role("heading", name="Likely acts on")).to_be_visible()
